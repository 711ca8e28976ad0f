"""Mail that came in, its files, and how far each mailbox has been read."""
