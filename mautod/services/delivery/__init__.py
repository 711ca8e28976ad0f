"""Messages leave, or are refused, and either is on record."""
