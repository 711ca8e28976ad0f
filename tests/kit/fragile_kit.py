"""A database whose process is killed before its nth write."""

from __future__ import annotations

from contextlib import contextmanager


class Killed(BaseException):
    """Nothing in the program catches it, as nothing catches kill -9."""


class FragileTx:
    """A transaction that dies before its nth write."""

    def __init__(self, tx, lives):
        self.tx, self.lives = tx, lives

    def execute(self, sql, values=()):
        if not sql.lstrip().startswith("SELECT"):
            self.spend()
        return self.tx.execute(sql, values)

    def executemany(self, sql, rows):
        for row in rows:
            self.spend()
            self.tx.execute(sql, row)

    def spend(self):
        if not self.lives:
            raise Killed
        self.lives -= 1


class FragileDatabase:
    def __init__(self, db, lives):
        self.db, self.lives, self.read = db, lives, db.read

    @contextmanager
    def write(self):
        with self.db.write() as tx:
            yield FragileTx(tx, self.lives)
