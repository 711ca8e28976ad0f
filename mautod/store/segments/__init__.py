"""The rows of segments and scores: who is in, since when, with how many points."""
