"""The domains that letters are from: their keys, and what DNS must say of them."""
