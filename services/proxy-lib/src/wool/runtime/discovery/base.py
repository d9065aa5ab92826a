"""What every discovery can be asked to do, where applications look for it."""

from wool_common.discovery.protocols import DiscoveryEvent as DiscoveryEvent
from wool_common.discovery.protocols import DiscoveryEventType as DiscoveryEventType
from wool_common.discovery.protocols import DiscoveryLike as DiscoveryLike
from wool_common.discovery.protocols import DiscoveryPublisherLike as DiscoveryPublisherLike
from wool_common.discovery.protocols import DiscoverySubscriberLike as DiscoverySubscriberLike
from wool_common.discovery.protocols import PredicateFunction as PredicateFunction
