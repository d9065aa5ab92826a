"""Adapters that put one system each through the same measurements."""
