"""Products, and which are bought together."""
