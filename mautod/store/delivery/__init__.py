"""The rows of messages, of what came back, and of every no."""
