"""Rebuilds routines as the samples make them."""

from pickling_samples import routine as rebuild

__all__ = ["rebuild"]
