"""Messages that wait behind no campaign: receipts, confirmations, whatever was asked for.

`message.urgent`: 1 if its template is transactional and no broadcast sends it; set when queued.
"""

SCHEMA = """
ALTER TABLE message ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_urgent ON message (channel, due_at) WHERE state = 'queued' AND urgent = 1
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """What is queued already keeps its place."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
