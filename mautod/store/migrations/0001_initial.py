"""The first schema of mautod.db. Instants are UTC milliseconds; *_e4 is money in 1/10 000."""

SCHEMA = """
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, trusted INTEGER NOT NULL);

CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  created_at BIGINT NOT NULL, first_seen BIGINT, last_seen BIGINT,
  user_id TEXT, email TEXT, phone TEXT, name TEXT,
  timezone TEXT, country TEXT, language TEXT,
  sessions INTEGER NOT NULL DEFAULT 0, session_start BIGINT, page TEXT,
  props TEXT NOT NULL DEFAULT '{}',
  merged_into INTEGER, erased_at BIGINT);
CREATE INDEX person_email ON person (lower(email)) WHERE email IS NOT NULL;
CREATE INDEX person_last_seen ON person (last_seen);
CREATE INDEX person_first_seen ON person (first_seen);
CREATE INDEX person_created ON person (created_at);

CREATE TABLE identity (
  kind TEXT NOT NULL, value TEXT NOT NULL, person_id INTEGER NOT NULL,
  created_at BIGINT NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID;
CREATE INDEX identity_person ON identity (person_id);

CREATE TABLE merge (
  id INTEGER PRIMARY KEY, at BIGINT NOT NULL, winner_id INTEGER NOT NULL, loser_id INTEGER NOT NULL,
  reason TEXT NOT NULL, snapshot TEXT NOT NULL, undone_at BIGINT);
CREATE TABLE merge_event (
  merge_id INTEGER NOT NULL, event_id INTEGER NOT NULL, PRIMARY KEY (merge_id, event_id)) WITHOUT ROWID;

CREATE TABLE event_name (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, count BIGINT NOT NULL DEFAULT 0, last_ts BIGINT);
CREATE TABLE event (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, name_id INTEGER NOT NULL,
  ts BIGINT NOT NULL, received_at BIGINT NOT NULL, source_id INTEGER, props TEXT NOT NULL);
CREATE INDEX event_person_name_ts ON event (person_id, name_id, ts);
CREATE INDEX event_name_ts_person ON event (name_id, ts, person_id);
CREATE TABLE event_stat (
  person_id INTEGER NOT NULL, name_id INTEGER NOT NULL, count INTEGER NOT NULL,
  first_ts BIGINT NOT NULL, last_ts BIGINT NOT NULL, PRIMARY KEY (person_id, name_id)) WITHOUT ROWID;
CREATE TABLE event_minute (minute BIGINT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE person_date (
  prop TEXT NOT NULL, at BIGINT NOT NULL, person_id INTEGER NOT NULL,
  PRIMARY KEY (prop, at, person_id)) WITHOUT ROWID;
CREATE INDEX person_date_person ON person_date (person_id, prop);

CREATE TABLE seen (
  day INTEGER NOT NULL, hash BIGINT NOT NULL, received_day INTEGER NOT NULL,
  PRIMARY KEY (day, hash)) WITHOUT ROWID;
CREATE TABLE inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE rejected (
  id INTEGER PRIMARY KEY, at BIGINT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL,
  field TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '');
CREATE TABLE counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL) WITHOUT ROWID;

CREATE TABLE definition (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
  hash TEXT NOT NULL, file TEXT NOT NULL, body TEXT NOT NULL, applied_at BIGINT NOT NULL,
  active INTEGER NOT NULL, UNIQUE (kind, key, version));
CREATE UNIQUE INDEX definition_active ON definition (kind, key) WHERE active = 1;

CREATE TABLE segment (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, rule TEXT NOT NULL,
  size INTEGER NOT NULL DEFAULT 0, rebuilt_at BIGINT, error TEXT, active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE member (
  segment_id INTEGER NOT NULL, person_id INTEGER NOT NULL, since BIGINT NOT NULL,
  PRIMARY KEY (segment_id, person_id)) WITHOUT ROWID;

CREATE TABLE chain (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, state TEXT NOT NULL,
  definition_id INTEGER NOT NULL, version INTEGER NOT NULL, changed_at BIGINT NOT NULL);
CREATE TABLE run (
  id INTEGER PRIMARY KEY, chain_id INTEGER NOT NULL, definition_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, step TEXT NOT NULL,
  entered_at BIGINT NOT NULL, entry_event INTEGER, step_at BIGINT NOT NULL, wake_at BIGINT,
  awaiting TEXT, vars TEXT NOT NULL DEFAULT '{}', goal_at BIGINT, ended_at BIGINT,
  outcome TEXT, error TEXT, UNIQUE (chain_id, person_id, key));
CREATE INDEX run_due ON run (chain_id, wake_at) WHERE state = 'active' AND wake_at IS NOT NULL;
CREATE INDEX run_active_person ON run (person_id) WHERE state = 'active';
CREATE INDEX run_chain_state ON run (chain_id, state, step);

CREATE TABLE message (
  id INTEGER PRIMARY KEY, run_id INTEGER, chain_id INTEGER, definition_id INTEGER,
  step TEXT NOT NULL, key TEXT NOT NULL, person_id INTEGER NOT NULL,
  channel TEXT NOT NULL, template TEXT NOT NULL, topic TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT, detail TEXT,
  queued_at BIGINT NOT NULL, due_at BIGINT NOT NULL, expires_at BIGINT,
  lease_by TEXT, lease_until BIGINT, attempt INTEGER NOT NULL DEFAULT 0,
  address TEXT, sending_at BIGINT, done_at BIGINT, opened_at BIGINT, clicked_at BIGINT, ref TEXT,
  UNIQUE (run_id, step, key));
CREATE INDEX message_due ON message (channel, due_at) WHERE state = 'queued';
CREATE INDEX message_open ON message (channel, sending_at) WHERE state = 'sending';
CREATE INDEX message_person ON message (person_id, sending_at);
CREATE INDEX message_chain_step ON message (chain_id, step, state, reason);
CREATE INDEX message_state ON message (state, reason);
CREATE TABLE decision (
  id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, at BIGINT NOT NULL,
  verdict TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT NOT NULL);
CREATE INDEX decision_message ON decision (message_id);

CREATE TABLE consent (
  person_id INTEGER NOT NULL, channel TEXT NOT NULL, topic TEXT NOT NULL, state TEXT NOT NULL,
  at BIGINT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (person_id, channel, topic)) WITHOUT ROWID;
CREATE TABLE optout (
  channel TEXT NOT NULL, address TEXT NOT NULL, topic TEXT NOT NULL, at BIGINT NOT NULL,
  source TEXT NOT NULL, PRIMARY KEY (channel, address, topic)) WITHOUT ROWID;
CREATE TABLE suppression (
  channel TEXT NOT NULL, address_hash TEXT NOT NULL, address TEXT, reason TEXT NOT NULL,
  at BIGINT NOT NULL, PRIMARY KEY (channel, address_hash)) WITHOUT ROWID;

CREATE TABLE conversion (
  id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, event_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL, chain_id INTEGER NOT NULL, step TEXT NOT NULL, template TEXT NOT NULL,
  value_e4 BIGINT, currency TEXT, at BIGINT NOT NULL, UNIQUE (message_id, event_id));
CREATE INDEX conversion_chain ON conversion (chain_id, at);
CREATE INDEX conversion_person ON conversion (person_id)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
