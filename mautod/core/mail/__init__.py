"""Mail that comes in: what it is, whom it is about, what a person wrote."""
