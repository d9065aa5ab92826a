"""Test routines without processes, and balancers and discoveries without workers."""

from wool.testing.discovery import FakeDiscovery as FakeDiscovery
from wool.testing.inline_pool import InlinePool as InlinePool
from wool.testing.inline_pool import inline as inline
from wool.testing.reactions import Accept as Accept
from wool.testing.reactions import Ignore as Ignore
from wool.testing.reactions import Lose as Lose
from wool.testing.reactions import Reaction as Reaction
from wool.testing.reactions import Refuse as Refuse
from wool.testing.worker import FakeWorker as FakeWorker
from wool.testing.worker import FakeWorkers as FakeWorkers
