"""Counts and sums over what is stored."""
