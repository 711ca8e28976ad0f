"""Rules as SQL: one predicate over a person, leaf by leaf."""
