"""What runs routines."""
