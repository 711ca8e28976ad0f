"""Every visit to a message as it came, so that it can be judged again by better rules."""

SCHEMA = """
CREATE TABLE receipt (
  id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL,
  url TEXT NOT NULL, agent TEXT NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL,
  rule TEXT, judge_at BIGINT);
CREATE INDEX receipt_message ON receipt (message_id, at);
CREATE INDEX receipt_waiting ON receipt (judge_at) WHERE rule IS NULL;
CREATE INDEX receipt_at ON receipt (at)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
