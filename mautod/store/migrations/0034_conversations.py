"""Conversations: one a person and subject, whatever the channel; and what was said in them."""

SCHEMA = """
CREATE TABLE conversation (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, subject TEXT NOT NULL, thread TEXT NOT NULL,
  channel TEXT NOT NULL, state TEXT NOT NULL, until BIGINT, operator TEXT NOT NULL DEFAULT '',
  opened_at BIGINT NOT NULL, changed_at BIGINT NOT NULL);
CREATE INDEX conversation_person ON conversation (person_id, thread);
CREATE INDEX conversation_state ON conversation (state, changed_at);
CREATE INDEX conversation_changed ON conversation (changed_at);
CREATE TABLE part (
  id INTEGER PRIMARY KEY, conversation_id INTEGER NOT NULL, at BIGINT NOT NULL,
  direction TEXT NOT NULL, author TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
  message_id INTEGER, mail_id INTEGER, letter TEXT, ref TEXT);
CREATE INDEX part_conversation ON part (conversation_id, id);
CREATE INDEX part_message ON part (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX part_mail ON part (mail_id) WHERE mail_id IS NOT NULL;
CREATE UNIQUE INDEX part_ref ON part (ref) WHERE ref IS NOT NULL
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
