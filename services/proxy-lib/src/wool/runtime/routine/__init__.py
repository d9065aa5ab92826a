"""Routines: async functions that run on workers."""
