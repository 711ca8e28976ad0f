"""The named rules that a segment's rule leads to, as they were when it was applied."""

SCHEMA = "ALTER TABLE segment ADD COLUMN rules TEXT NOT NULL DEFAULT '{}'"


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    db.execute_sql(SCHEMA)
