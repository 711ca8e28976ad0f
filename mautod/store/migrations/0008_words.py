"""The words by which people are found, of everybody who is there."""

from mautod.store.people.words import FILL

SCHEMA = """
CREATE TABLE word (
  word TEXT NOT NULL, person_id INTEGER NOT NULL, PRIMARY KEY (word, person_id)) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything; the second index when all rows are there, which is quicker."""
    db.execute_sql(SCHEMA)
    db.execute_sql(FILL)
    db.execute_sql("CREATE INDEX word_person ON word (person_id, word)")
