"""Browsers that agreed to be told things: whose each is, where and by which keys it is told."""

SCHEMA = """
CREATE TABLE browser (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, endpoint TEXT NOT NULL UNIQUE,
  p256dh TEXT NOT NULL, auth TEXT NOT NULL, since BIGINT NOT NULL, seen_at BIGINT NOT NULL,
  gone_at BIGINT);
CREATE INDEX browser_person ON browser (person_id, gone_at)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
