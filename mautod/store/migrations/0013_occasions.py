"""How far chains that time starts have been followed: each moment is taken once."""

SCHEMA = """
CREATE TABLE occasion (
  chain_id INTEGER PRIMARY KEY, moment TEXT NOT NULL, upto BIGINT NOT NULL)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    db.execute_sql(SCHEMA)
