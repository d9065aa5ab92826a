"""What a worker's admission hook is told, at the path where users look for it."""

from wool_common.backpressure import BackpressureContext as BackpressureContext
from wool_common.backpressure import BackpressureLike as BackpressureLike
from wool_common.backpressure import Refusal as Refusal
