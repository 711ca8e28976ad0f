"""Searches that everybody may use, and acts on many people at once, kept until all are done."""

SCHEMA = """
CREATE TABLE search (name TEXT PRIMARY KEY, query TEXT NOT NULL, saved_at BIGINT NOT NULL);

CREATE TABLE bulk (
  id INTEGER PRIMARY KEY, at BIGINT NOT NULL, act TEXT NOT NULL, value TEXT NOT NULL,
  query TEXT NOT NULL, state TEXT NOT NULL, total INTEGER NOT NULL,
  done INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX bulk_running ON bulk (id) WHERE state = 'running';
CREATE TABLE bulk_part (
  bulk_id INTEGER NOT NULL, part INTEGER NOT NULL, people TEXT NOT NULL,
  PRIMARY KEY (bulk_id, part)) WITHOUT ROWID;
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        if statement.strip():
            db.execute_sql(statement)
