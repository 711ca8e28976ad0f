"""Runs walk their chains: they begin, take steps, wake, and end."""
