"""What came back of a message as one number, in an index that counts campaigns by itself.

`message.marks`: see `core/sending/returns.py`. What came back before is taken for people's.
"""

SCHEMA = """
ALTER TABLE message ADD COLUMN marks INTEGER NOT NULL DEFAULT 0;
UPDATE message SET marks = (opened_at IS NOT NULL) + 2 * (clicked_at IS NOT NULL)
  WHERE opened_at IS NOT NULL OR clicked_at IS NOT NULL;
DROP INDEX message_chain_step;
CREATE INDEX message_tally ON message
  (chain_id, step, state, reason, template, variant, marks, queued_at);
CREATE INDEX run_entered ON run (chain_id, entered_at, holdout, person_id)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
