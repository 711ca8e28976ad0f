"""Subscriptions that were asked for and wait for the click in the letter that confirms them."""

SCHEMA = """
CREATE TABLE optin (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, at BIGINT NOT NULL, address TEXT NOT NULL,
  channel TEXT NOT NULL, topic TEXT NOT NULL, source TEXT NOT NULL, message_id INTEGER,
  confirmed_at BIGINT);
CREATE INDEX optin_address ON optin (address, at);
CREATE INDEX optin_person ON optin (person_id)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
