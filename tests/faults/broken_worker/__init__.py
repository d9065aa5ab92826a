"""Stands in for the worker program."""
