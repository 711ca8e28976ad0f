"""Why people left, where they said so."""

SCHEMA = """
CREATE TABLE parting (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, at BIGINT NOT NULL,
  message_id INTEGER NOT NULL UNIQUE, topic TEXT NOT NULL, reason TEXT NOT NULL,
  note TEXT NOT NULL);
CREATE INDEX parting_person ON parting (person_id)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
