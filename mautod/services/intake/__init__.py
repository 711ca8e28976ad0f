"""From the journal to people and events, and what follows at once."""
