"""The rows of runs and of what they draw, call and give away."""
