"""Carry values, callables and exceptions between processes."""
