"""The program that runs routines: `python -m wool_worker`, or `wool-worker`."""
