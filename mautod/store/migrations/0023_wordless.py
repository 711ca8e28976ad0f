"""People whose words are still to be written, from one id to another; and when imports moved."""

SCHEMA = """
CREATE TABLE wordless (first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL);
ALTER TABLE import ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0;
UPDATE import SET moved_at = at
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
