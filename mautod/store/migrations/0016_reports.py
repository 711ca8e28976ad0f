"""Shares of goals, and refunds: what a conversion is a part of, and what it takes back.

`conversion.share_e4`: which part of the goal it is, in 1/10 000; 0 for a refund. `refunds`: the
event whose money a refund takes back.
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Whatever was credited before was credited whole."""
    db.execute_sql("ALTER TABLE conversion ADD COLUMN share_e4 INTEGER NOT NULL DEFAULT 10000")
    db.execute_sql("ALTER TABLE conversion ADD COLUMN refunds BIGINT")
