"""Which server tried a message and what it said, all tries in numbers, and the servers themselves.

`held` marks messages that have a place in the line of their domain: 1, or 2 if they missed it.
`attempt` counts the outcomes of an hour by server, domain and code; `took_ms` adds up the time to
accept of the `timed` ones. `mail_server` says how each server stands; its warm-up goes on from it.
"""

SCHEMA = """
ALTER TABLE message ADD COLUMN server TEXT;
ALTER TABLE message ADD COLUMN code TEXT;
ALTER TABLE message ADD COLUMN schedule TEXT;
ALTER TABLE message ADD COLUMN held INTEGER;
CREATE INDEX message_held ON message (channel, held, due_at)
  WHERE state = 'queued' AND held IS NOT NULL;
CREATE TABLE attempt (
  hour BIGINT NOT NULL, channel TEXT NOT NULL, server TEXT NOT NULL, domain TEXT NOT NULL,
  outcome TEXT NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL, timed INTEGER NOT NULL,
  took_ms BIGINT NOT NULL, longest_ms INTEGER NOT NULL,
  PRIMARY KEY (hour, channel, server, domain, outcome, code)) WITHOUT ROWID;
CREATE TABLE mail_server (
  channel TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, until BIGINT NOT NULL,
  per_s REAL NOT NULL, rate_per_s REAL NOT NULL, day INTEGER NOT NULL, nth INTEGER NOT NULL,
  sent INTEGER NOT NULL, day_limit INTEGER, error TEXT NOT NULL, error_at BIGINT,
  seen_at BIGINT NOT NULL, PRIMARY KEY (channel, name)) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
