"""Files of people that were taken in, and how far each has come."""

SCHEMA = """
CREATE TABLE import (
  id INTEGER PRIMARY KEY, at BIGINT NOT NULL, file TEXT NOT NULL, mark TEXT NOT NULL,
  size BIGINT NOT NULL, ask TEXT NOT NULL, state TEXT NOT NULL, place BIGINT NOT NULL DEFAULT 0,
  counts TEXT NOT NULL DEFAULT '{}', last TEXT NOT NULL DEFAULT '[]');
CREATE INDEX import_running ON import (mark) WHERE state = 'running'
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
