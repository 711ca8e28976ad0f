"""Broadcasts: whom each is for, how far it has come, and which rows of `chain` are one."""

SCHEMA = """
ALTER TABLE chain ADD COLUMN kind TEXT NOT NULL DEFAULT 'chain';
CREATE TABLE broadcast (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, chain_id INTEGER UNIQUE, phase TEXT NOT NULL,
  query TEXT NOT NULL, body TEXT NOT NULL, audience INTEGER NOT NULL,
  asked_at BIGINT NOT NULL, started_at BIGINT, begin_at BIGINT, slot BIGINT NOT NULL DEFAULT 0,
  cursor BIGINT NOT NULL DEFAULT 0, decide_at BIGINT, decided_at BIGINT, ended_at BIGINT);
CREATE INDEX broadcast_open ON broadcast (id) WHERE ended_at IS NULL;
CREATE TABLE broadcast_part (
  broadcast_id INTEGER NOT NULL, part INTEGER NOT NULL, people TEXT NOT NULL,
  PRIMARY KEY (broadcast_id, part)) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
