"""The ledger of consent; yeses that lift noes; suppressed domains with a note; people's wishes.

Until now a yes came from an imported file alone, so none of those is firm.
"""

SCHEMA = """
CREATE TABLE consent_log (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, at BIGINT NOT NULL, channel TEXT NOT NULL,
  topic TEXT NOT NULL, state TEXT NOT NULL, source TEXT NOT NULL, address TEXT NOT NULL,
  ip TEXT NOT NULL, agent TEXT NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL,
  message_id INTEGER);
CREATE INDEX consent_log_person ON consent_log (person_id, id);
INSERT INTO consent_log (person_id, at, channel, topic, state, source, address, ip, agent, language,
  text)
  SELECT person_id, at, channel, topic, state, source, '', '', '', '', '' FROM consent;
ALTER TABLE consent ADD COLUMN firm INTEGER NOT NULL DEFAULT 1;
UPDATE consent SET firm = 0 WHERE state = 'subscribed';
ALTER TABLE optout ADD COLUMN state TEXT NOT NULL DEFAULT 'unsubscribed';
ALTER TABLE suppression ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE TABLE preference (
  person_id INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (person_id, kind)) WITHOUT ROWID
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
