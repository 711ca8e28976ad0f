"""Splits: the variant that a run drew, on it and on its messages, and how experiments ended."""

SCHEMA = """
ALTER TABLE run ADD COLUMN kept TEXT NOT NULL DEFAULT '{}';
ALTER TABLE message ADD COLUMN variant TEXT NOT NULL DEFAULT '';
CREATE TABLE draw (
  definition_id INTEGER NOT NULL, step TEXT NOT NULL, run_id INTEGER NOT NULL,
  variant TEXT NOT NULL, at BIGINT NOT NULL, lot INTEGER NOT NULL,
  PRIMARY KEY (definition_id, step, run_id)) WITHOUT ROWID;
CREATE TABLE winner (
  definition_id INTEGER NOT NULL, step TEXT NOT NULL, variant TEXT NOT NULL,
  at BIGINT NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (definition_id, step)) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
