"""Scores, and the points that people have; who has none has no row."""

SCHEMA = """
CREATE TABLE score (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  definition_id INTEGER NOT NULL, rebuilt_at BIGINT, error TEXT,
  active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE person_score (
  person_id INTEGER NOT NULL, score_id INTEGER NOT NULL, points INTEGER NOT NULL,
  PRIMARY KEY (person_id, score_id)) WITHOUT ROWID;
CREATE INDEX person_score_points ON person_score (score_id, points, person_id)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
