"""Conversations by the chat on a site's pages: whose device, who is there, who has read how far."""

SCHEMA = """
ALTER TABLE conversation ADD COLUMN visitor TEXT;
ALTER TABLE conversation ADD COLUMN read_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN seen_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN present_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN writing_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN typing_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN typist TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN owed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN stir BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX conversation_visitor ON conversation (visitor) WHERE visitor IS NOT NULL;
CREATE INDEX conversation_owed ON conversation (present_at) WHERE owed = 1;
CREATE INDEX conversation_stir ON conversation (stir)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
