"""What is bought together, and what of it a letter shows to one person."""
