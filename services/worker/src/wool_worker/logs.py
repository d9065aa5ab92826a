"""Write the worker's log; see `wool_common.logs`, which programs share."""

from wool_common.logs import choose as choose
from wool_common.logs import get as get
