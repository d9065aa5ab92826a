"""Measurements of Wool against raw gRPC, an older release, Ray, Dask."""
