"""What is wrong with letters that can be sent all the same."""
