"""How big segments were: the size at the end of each hour, and of each day of the workspace."""

SCHEMA = """
CREATE TABLE segment_size (
  span_ms BIGINT NOT NULL, at BIGINT NOT NULL, segment_id INTEGER NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY (span_ms, at, segment_id)) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    db.execute_sql(SCHEMA)
