"""When a chain was paused: until it goes on, that is the clock of those who wait in it."""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """What is paused now was paused when it last changed."""
    db.execute_sql("ALTER TABLE chain ADD COLUMN paused_at BIGINT")
    db.execute_sql("UPDATE chain SET paused_at = changed_at WHERE state = 'paused'")
