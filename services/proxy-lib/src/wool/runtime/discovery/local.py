"""Find workers on this machine, at the path where users look for it."""

from wool_common.discovery.local import LocalDiscovery as LocalDiscovery
from wool_common.discovery.local import LocalPublisher as LocalPublisher
