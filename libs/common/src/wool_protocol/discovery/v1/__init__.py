"""Generated from `proto/` by `task proto`; not to be edited."""
