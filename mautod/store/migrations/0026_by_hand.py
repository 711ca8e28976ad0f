"""When a message was opened and clicked is when people did; machines leave their mark alone."""

SCHEMA = """
UPDATE message SET opened_at = NULL WHERE opened_at IS NOT NULL AND marks & 1 = 0;
UPDATE message SET clicked_at = NULL WHERE clicked_at IS NOT NULL AND marks & 2 = 0
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Forget the instants that no person's mark goes with."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
