"""Whether somebody may be written to, as SQL: the rows that the gate reads, asked by a rule.

Of a person the rows are looked up by person and by address. Of all people at once they are read
whole, and whoever has an address among them is found by index person_email. That index knows an
email as SQL's lower() writes it; one that `address_key` writes otherwise is looked up by itself.
"""

from __future__ import annotations

from typing import Final

from mautod.core.rules.tree import Reachable, Subscribed, Will
from mautod.core.sending.consent import ALL
from mautod.store.delivery.consent import SALT_KEY
from mautod.store.rules.values import Binder

EMAIL: Final = "email"

# primary key of consent
_SAID_NO: Final = (
    "EXISTS (SELECT 1 FROM consent co WHERE co.person_id = p.id AND co.state <> 'subscribed'"
    " AND co.topic IN ({topics}){channels})"
)
# index optout_address
_FOR_ADDRESS: Final = (
    "EXISTS (SELECT 1 FROM optout oo WHERE oo.address = {address}"
    " AND oo.topic IN ({topics}){channels})"
)
# primary key of suppression
_SUPPRESSED: Final = (
    "EXISTS (SELECT 1 FROM suppression su WHERE su.channel IN ({channels})"
    " AND su.address_hash = address_hash("
    "COALESCE((SELECT st.value FROM state st WHERE st.key = {salt}), ''), {address}))"
)

# one pass over those who said no; then index person_email, which a column as it is would not use
_ALL_SAID_NO: Final = (
    "p.id IN (SELECT co.person_id FROM consent co WHERE co.state <> 'subscribed'"
    " AND co.topic IN ({topics}){channels})"
)
_ALL_FOR_EMAIL: Final = (
    "p.id IN (SELECT q.id FROM optout oo CROSS JOIN person q WHERE oo.topic IN ({topics}){channels}"
    " AND q.email IS NOT NULL AND lower(q.email) = COALESCE(oo.address, ''))"
)
_ALL_SUPPRESSED: Final = (
    "p.id IN (SELECT q.id FROM suppression su CROSS JOIN person q WHERE su.channel IN ({channels})"
    " AND q.email IS NOT NULL AND lower(q.email) = COALESCE(su.address, ''))"
)
_SOME_ARE_HASHES: Final = (
    "EXISTS (SELECT 1 FROM suppression su WHERE su.channel IN ({channels}) AND su.address IS NULL)"
)
_ODD: Final = "COALESCE(lower(p.email) <> fold(p.email), FALSE)"


def will(leaf: Will, bind: Binder) -> str:
    """The condition under which the leaf is true of person `p`."""
    match leaf:
        case Subscribed(topic, channel):
            return f"NOT {_refused((topic, ALL), channel, bind)}"
        case Reachable(channel):
            refused = _refused((ALL,), channel, bind)
            suppressed = _suppressed(channel, bind)
            return f"({_address(channel)} <> '' AND NOT {refused} AND NOT {suppressed})"


def will_of_all(leaf: Will, bind: Binder) -> str:
    """The same, of all people at once."""
    match leaf:
        case Subscribed(topic, channel):
            return f"NOT {_refused_of_all((topic, ALL), channel, bind)}"
        case Reachable(channel):
            return _reachable_by_email(bind) if channel == EMAIL else will(leaf, bind)


def _refused(topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    """Whether the person, or somebody for their address, said no to one of `topics`."""
    said = _SAID_NO.format(topics=_list(topics, bind), channels=_only("co", channel, bind))
    by_address = (
        f"p.{column} IS NOT NULL AND {_for_address(column, topics, channel, bind)}"
        for column in _columns(channel)
    )
    return f"({' OR '.join([said, *by_address])})"


def _refused_of_all(topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    about = _list(topics, bind)
    said = [_ALL_SAID_NO.format(topics=about, channels=_only("co", channel, bind))]
    for column in _columns(channel):
        one = _for_address(column, topics, channel, bind)
        odd = f"p.{column} IS NOT NULL" if column != EMAIL else _ODD
        said.append(f"{odd} AND {one}")
        if column == EMAIL:
            only = _only("oo", channel, bind)
            said.append(_ALL_FOR_EMAIL.format(topics=about, channels=only))
    return f"({' OR '.join(said)})"


def _for_address(column: str, topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    return _FOR_ADDRESS.format(
        address=f"address_key(p.{column})",
        topics=_list(topics, bind),
        channels=_only("oo", channel, bind),
    )


def _suppressed(channel: str, bind: Binder) -> str:
    return _SUPPRESSED.format(
        channels=_list((channel, ALL), bind),
        salt=bind.constant(SALT_KEY),
        address=_address(channel),
    )


def _reachable_by_email(bind: Binder) -> str:
    """Of an address that was erased its hash alone is there."""
    topics, channels = _list((ALL,), bind), _list((EMAIL, ALL), bind)
    one = _suppressed(EMAIL, bind)
    noes = [
        _ALL_SAID_NO.format(topics=topics, channels=_only("co", EMAIL, bind)),
        _ALL_FOR_EMAIL.format(topics=topics, channels=_only("oo", EMAIL, bind)),
        _ALL_SUPPRESSED.format(channels=channels),
        f"{_ODD} AND ({_for_address(EMAIL, (ALL,), EMAIL, bind)} OR {one})",
        f"{_SOME_ARE_HASHES.format(channels=channels)} AND {one}",
    ]
    return f"(p.email IS NOT NULL AND p.email <> '' AND NOT ({' OR '.join(noes)}))"


def _columns(channel: str | None) -> tuple[str, ...]:
    return (EMAIL, "phone") if channel is None else (_column(channel),)


def _column(channel: str) -> str:
    return EMAIL if channel == EMAIL else "phone"


def _address(channel: str) -> str:
    """Where a channel reaches the person, as `address_key` writes it; empty if it cannot."""
    return f"address_key(p.{_column(channel)})"


def _only(alias: str, channel: str | None, bind: Binder) -> str:
    if channel is None:
        return ""
    return f" AND {alias}.channel IN ({_list((channel, ALL), bind)})"


def _list(values: tuple[str, ...], bind: Binder) -> str:
    return ", ".join(bind.constant(value) for value in values)
