"""What a worker says about itself, at the path where users look for it."""

from wool_common.metadata import WorkerId as WorkerId
from wool_common.metadata import WorkerMetadata as WorkerMetadata
