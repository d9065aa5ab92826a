"""Find workers by the name service, where applications look for it."""

from wool_common.discovery.dns import DnsDiscovery as DnsDiscovery
