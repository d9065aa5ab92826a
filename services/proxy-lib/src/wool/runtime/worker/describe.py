"""Ask a worker what it is, where applications look for it."""

from wool_common.describe import DESCRIBE_SECONDS as DESCRIBE_SECONDS
from wool_common.describe import Description as Description
from wool_common.describe import describe as describe
