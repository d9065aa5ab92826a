"""Find Wool workers that run in Docker containers."""
