"""What must be equal on both sides of a Wool connection."""
