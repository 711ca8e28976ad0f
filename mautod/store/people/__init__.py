"""The rows of people: identities, cards, merges, erasures, imports."""
