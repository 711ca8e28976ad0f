"""Opt-outs by address, for rules that ask about any channel."""

SCHEMA = "CREATE INDEX optout_address ON optout (address, topic)"


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    db.execute_sql(SCHEMA)
