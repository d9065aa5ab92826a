"""What a worker's admission hook is told, and what it may answer, at the path where users look."""

from wool_common.backpressure import BackpressureContext as BackpressureContext
from wool_common.backpressure import BackpressureLike as BackpressureLike
from wool_common.backpressure import Refusal as Refusal
from wool_common.hooks import MaxLoopLag as MaxLoopLag
from wool_common.hooks import MaxMemory as MaxMemory
from wool_common.hooks import MaxTasks as MaxTasks
