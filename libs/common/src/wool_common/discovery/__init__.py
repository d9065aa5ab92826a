"""Announce workers and find them."""
