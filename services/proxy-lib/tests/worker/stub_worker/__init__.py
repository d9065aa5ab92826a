"""A worker program whose server is a few lines."""
