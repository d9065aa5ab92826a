"""Choose which worker runs a task."""
