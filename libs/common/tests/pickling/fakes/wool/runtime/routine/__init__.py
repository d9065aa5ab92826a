"""Stands in for the client library where a pickled routine is rebuilt."""
