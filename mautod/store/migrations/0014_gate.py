"""Who is held out, and whose message goes first.

`run.holdout`: 0 for nobody's holdout, 1 the chain's, 2 the workspace's, 3 both; set when the run
begins. `message.priority`: of one person's messages that are due, the greater goes first.
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Runs that began before are in no holdout."""
    db.execute_sql("ALTER TABLE run ADD COLUMN holdout INTEGER NOT NULL DEFAULT 0")
    db.execute_sql("ALTER TABLE message ADD COLUMN priority INTEGER NOT NULL DEFAULT 0")
