"""Static segments: who stands on their lists, and what else a segment's table in the file may say."""

SCHEMA = """
ALTER TABLE segment ADD COLUMN kind TEXT NOT NULL DEFAULT 'living';
ALTER TABLE segment ADD COLUMN people TEXT NOT NULL DEFAULT '[]';
ALTER TABLE segment ADD COLUMN exclude TEXT NOT NULL DEFAULT '[]';
ALTER TABLE segment ADD COLUMN stage INTEGER;
ALTER TABLE segment ADD COLUMN made_at BIGINT;
CREATE TABLE listed (
  segment_id INTEGER NOT NULL, person_id INTEGER NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (segment_id, person_id)) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
