"""Traces of tasks across the processes that run them."""
