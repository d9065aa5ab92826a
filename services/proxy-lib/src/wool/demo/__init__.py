"""A pool at work on this machine: `python -m wool.demo`, or `wool-demo`."""
