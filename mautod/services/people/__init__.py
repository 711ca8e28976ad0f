"""People one by one: found, shown, taken in from files, merged, and forgotten."""
