"""May a message leave, and how fast: consent, caps, holdouts, links, and what came back."""
