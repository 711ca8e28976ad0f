"""Mail that came in, the files with it, and how far mailboxes elsewhere have been read."""

SCHEMA = """
CREATE TABLE mail (
  id INTEGER PRIMARY KEY, at BIGINT NOT NULL, hash TEXT NOT NULL UNIQUE, request_id BIGINT NOT NULL,
  kind TEXT NOT NULL, state TEXT NOT NULL, person_id INTEGER, message_id INTEGER,
  sender TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
  ref TEXT NOT NULL DEFAULT '', refs TEXT NOT NULL DEFAULT '[]', detail TEXT NOT NULL DEFAULT '',
  left_out INTEGER NOT NULL DEFAULT 0);
CREATE INDEX mail_unmatched ON mail (id, kind) WHERE state = 'unmatched';
CREATE INDEX mail_person ON mail (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX mail_sender ON mail (sender) WHERE sender <> '';
CREATE TABLE mail_file (
  id INTEGER PRIMARY KEY, mail_id INTEGER NOT NULL, hash TEXT NOT NULL, name TEXT NOT NULL,
  type TEXT NOT NULL, size BIGINT NOT NULL);
CREATE INDEX mail_file_mail ON mail_file (mail_id);
CREATE INDEX mail_file_hash ON mail_file (hash);
CREATE TABLE mailbox (
  name TEXT PRIMARY KEY, validity BIGINT NOT NULL DEFAULT 0, uid BIGINT NOT NULL DEFAULT 0,
  read_at BIGINT, error TEXT NOT NULL DEFAULT '', error_at BIGINT) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
