"""Stays: who was in which segment, from when to when; entries by time."""

SCHEMA = """
CREATE TABLE stay (
  person_id INTEGER NOT NULL, segment_id INTEGER NOT NULL, entered_at BIGINT NOT NULL,
  left_at BIGINT NOT NULL, PRIMARY KEY (person_id, segment_id, entered_at)) WITHOUT ROWID;
CREATE INDEX stay_left ON stay (segment_id, left_at, person_id);
CREATE INDEX stay_entered ON stay (segment_id, entered_at, person_id);
CREATE INDEX member_since ON member (segment_id, since, person_id)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
