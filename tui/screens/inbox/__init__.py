"""Conversations: who waits for an answer, what was said, and the answer being written."""
