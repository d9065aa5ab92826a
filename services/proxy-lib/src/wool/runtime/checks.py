"""Tell callers which argument is wrong, and how."""

from wool_common.checks import checked_count as checked_count
from wool_common.checks import checked_credentials as checked_credentials
from wool_common.checks import checked_flag as checked_flag
from wool_common.checks import checked_seconds as checked_seconds
from wool_common.checks import checked_tags as checked_tags
