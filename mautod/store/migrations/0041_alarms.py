"""How many letters came back, when operators were told, and channels that are held.

`letter_tally` counts marketing letters by the five minutes in which they left; `others` are letters
of the same chains that are no marketing. An `incident` lasts until `ended_at`; operators are told
of it at `tell_at`. Held messages have `held` = 3.
"""

SCHEMA = """
CREATE TABLE letter_tally (
  channel TEXT NOT NULL, slot BIGINT NOT NULL, chain TEXT NOT NULL, sent INTEGER NOT NULL,
  bounced INTEGER NOT NULL, complained INTEGER NOT NULL, others INTEGER NOT NULL,
  PRIMARY KEY (channel, slot, chain)) WITHOUT ROWID;
CREATE TABLE incident (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, chain TEXT NOT NULL, kind TEXT NOT NULL,
  begun_at BIGINT NOT NULL, ended_at BIGINT, sent INTEGER NOT NULL, came_back INTEGER NOT NULL,
  most_e4 INTEGER NOT NULL, paused_at BIGINT, tell_at BIGINT, attempt INTEGER NOT NULL,
  told_at BIGINT, detail TEXT NOT NULL);
CREATE UNIQUE INDEX incident_open ON incident (channel, chain, kind) WHERE ended_at IS NULL;
CREATE INDEX incident_tell ON incident (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX incident_ended ON incident (channel, ended_at) WHERE paused_at IS NOT NULL;
CREATE TABLE channel_pause (
  channel TEXT PRIMARY KEY, at BIGINT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
