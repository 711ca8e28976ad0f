"""What a merge moved, row by row, so that it can be undone; erasures, without the data."""

SCHEMA = """
CREATE TABLE merge_row (
  merge_id INTEGER NOT NULL, kind TEXT NOT NULL, row_id INTEGER NOT NULL, was TEXT,
  PRIMARY KEY (merge_id, kind, row_id)) WITHOUT ROWID;
CREATE INDEX merge_winner ON merge (winner_id);
CREATE INDEX merge_loser ON merge (loser_id);
CREATE INDEX merge_undone ON merge (winner_id, loser_id) WHERE undone_at IS NOT NULL;

CREATE TABLE erasure (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, at BIGINT NOT NULL, stage TEXT NOT NULL,
  keys TEXT NOT NULL DEFAULT '', cursor BIGINT NOT NULL DEFAULT 0, upto BIGINT NOT NULL DEFAULT 0,
  events INTEGER NOT NULL DEFAULT 0, messages INTEGER NOT NULL DEFAULT 0,
  requests INTEGER NOT NULL DEFAULT 0, letters INTEGER NOT NULL DEFAULT 0, done_at BIGINT);
CREATE INDEX erasure_open ON erasure (id) WHERE done_at IS NULL
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
