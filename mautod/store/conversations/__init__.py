"""Conversations with people, and what was said in them."""
