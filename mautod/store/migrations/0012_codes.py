"""Promo codes: those of lists and those that were made, and whose each is."""

SCHEMA = """
CREATE TABLE code (
  pool TEXT NOT NULL, code TEXT NOT NULL, person_id INTEGER, at BIGINT,
  PRIMARY KEY (pool, code)) WITHOUT ROWID;
CREATE INDEX code_free ON code (pool, at);
CREATE INDEX code_person ON code (person_id)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
