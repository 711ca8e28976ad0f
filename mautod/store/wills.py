"""Whether somebody may be written to, as SQL: the rows that the gate reads, asked by a rule."""

from __future__ import annotations

from typing import Final

from mautod.core.consent import ALL
from mautod.core.rules.tree import Reachable, Subscribed, Will
from mautod.store.consent import SALT_KEY
from mautod.store.values import Binder

# primary key of consent
_SAID_NO: Final = (
    "EXISTS (SELECT 1 FROM consent co WHERE co.person_id = p.id AND co.state <> 'subscribed'"
    " AND co.topic IN ({topics}){channels})"
)
# index optout_address
_ADDRESS_SAID_NO: Final = (
    "EXISTS (SELECT 1 FROM optout oo WHERE oo.address IN ({addresses})"
    " AND oo.topic IN ({topics}){channels})"
)
# primary key of suppression
_SUPPRESSED: Final = (
    "EXISTS (SELECT 1 FROM suppression su WHERE su.channel IN ({channels})"
    " AND su.address_hash = address_hash("
    "COALESCE((SELECT st.value FROM state st WHERE st.key = {salt}), ''), {address}))"
)


def will(leaf: Will, bind: Binder) -> str:
    """The condition under which the leaf is true of person `p`."""
    match leaf:
        case Subscribed(topic, channel):
            return f"NOT {_refused((topic, ALL), channel, bind)}"
        case Reachable(channel):
            return _reachable(channel, bind)


def _reachable(channel: str, bind: Binder) -> str:
    address = _address(channel)
    suppressed = _SUPPRESSED.format(
        channels=_list((channel, ALL), bind), salt=bind.constant(SALT_KEY), address=address
    )
    refused = _refused((ALL,), channel, bind)
    return f"({address} <> '' AND NOT {refused} AND NOT {suppressed})"


def _refused(topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    """Whether the person, or somebody for their address, said no to one of `topics`."""
    about, only, addresses = _list(topics, bind), "", ", ".join(map(_address, ("email", "phone")))
    if channel is not None:
        only = f" AND {{}}.channel IN ({_list((channel, ALL), bind)})"
        addresses = _address(channel)
    said = _SAID_NO.format(topics=about, channels=only.format("co"))
    by_address = _ADDRESS_SAID_NO.format(
        addresses=addresses, topics=about, channels=only.format("oo")
    )
    return f"({said} OR {by_address})"


def _address(channel: str) -> str:
    """Where a channel reaches the person, as `address_key` writes it; empty if it cannot."""
    column = "email" if channel == "email" else "phone"
    return f"address_key(p.{column})"


def _list(values: tuple[str, ...], bind: Binder) -> str:
    return ", ".join(bind.constant(value) for value in values)
