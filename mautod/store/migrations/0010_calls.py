"""What chains have done outside, webhooks and notes to operators: waiting, done or failed."""

SCHEMA = """
CREATE TABLE call (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, definition_id INTEGER NOT NULL,
  chain_id INTEGER NOT NULL, person_id INTEGER NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL, made_at BIGINT NOT NULL, due_at BIGINT NOT NULL, until BIGINT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0, holder TEXT, done_at BIGINT, status INTEGER,
  detail TEXT NOT NULL DEFAULT '', answer TEXT, UNIQUE (run_id, step));
CREATE INDEX call_due ON call (due_at) WHERE state = 'waiting';
CREATE INDEX call_person ON call (person_id);
CREATE INDEX call_failed ON call (id) WHERE state = 'failed'
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
