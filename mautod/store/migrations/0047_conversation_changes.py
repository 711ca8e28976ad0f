"""Conversations by whose they are and by when they rest no more, without looking at all."""

SCHEMA = """
CREATE INDEX conversation_whose ON conversation (operator, state, until);
CREATE INDEX conversation_resting ON conversation (until) WHERE state = 'snoozed'
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
