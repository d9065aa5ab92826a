"""Workers, from starting them to talking with them."""
