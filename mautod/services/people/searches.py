"""Searches of people that are kept under a name, on the server, for everybody."""

from __future__ import annotations

from typing import Final

from mautod import wire
from mautod.errors import BadInput, NotFound
from mautod.services.people.find import Finder
from mautod.store.db import Tx
from mautod.store.people import searches

LONGEST_NAME: Final = 64


def save(tx: Tx, finder: Finder, ask: wire.SaveAsk) -> wire.Done:
    """Keep a search that makes sense; inside `write`.

    Raises:
        RuleError: the query looks like a rule and does not parse.
        BadInput: it is empty, or the name is no name.
    """
    name, query = ask.name.strip(), ask.query.strip()
    if not (name and name.isprintable() and len(name) <= LONGEST_NAME):
        raise BadInput(
            f"{ask.name!r} is no name of a search",
            field="name",
            hint=f"One line of at most {LONGEST_NAME} characters.",
        )
    if not query:
        raise BadInput(
            "there is nothing to search for", field="query", hint="Write words or a rule."
        )
    finder.page(query, None, 1)
    searches.save(tx, name, query, finder.now)
    return wire.Done(1, f"search {name} is saved.")


def delete(tx: Tx, name: str) -> wire.Done:
    """Forget a search; inside `write`.

    Raises:
        NotFound: there is none of this name.
    """
    if not searches.delete(tx, name):
        raise NotFound(f"there is no search {name!r}", field="name")
    return wire.Done(1, f"search {name} is gone.")
