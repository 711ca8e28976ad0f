"""What letters show and attach: products, what is bought together, files; and trials of letters."""

SCHEMA = """
CREATE TABLE attachment (hash TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE product (key TEXT PRIMARY KEY, item TEXT NOT NULL, orders BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE companion (
  product TEXT NOT NULL, other TEXT NOT NULL, together BIGINT NOT NULL, score REAL NOT NULL,
  PRIMARY KEY (product, other)) WITHOUT ROWID;
CREATE TABLE trial (id INTEGER PRIMARY KEY, at BIGINT NOT NULL, template TEXT NOT NULL);
CREATE INDEX trial_at ON trial (at)
"""


def up(migrator, db):  # noqa: ANN001, ANN201, ARG001
    """Create everything."""
    for statement in SCHEMA.split(";"):
        db.execute_sql(statement)
