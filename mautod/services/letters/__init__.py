"""Letters before they are sent: looked at, tried out, checked."""
