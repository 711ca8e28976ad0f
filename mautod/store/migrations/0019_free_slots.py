"""Broadcasts with a rate: which slots were passed over and are free."""

SCHEMA = "ALTER TABLE broadcast ADD COLUMN free TEXT NOT NULL DEFAULT '[]'"


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    db.execute_sql(SCHEMA)
