"""Conversations with people: continued by their answers, and by those of operators."""
