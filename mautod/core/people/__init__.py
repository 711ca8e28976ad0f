"""One card per person: identity, sessions, shop properties, and the words to find them by."""
