"""A package whose module is run by `python -m`."""
