"""Find workers that others have started."""
