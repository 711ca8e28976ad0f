"""A workspace played on a virtual clock: the real pumps, a house of its own, nobody written to."""
