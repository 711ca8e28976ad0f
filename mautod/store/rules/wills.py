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
_SEEN: Final = (
    "EXISTS (SELECT 1 FROM identity se WHERE se.person_id = p.id AND se.kind = 'anonymous')"
)
PLACES: Final = {
    "push": "EXISTS (SELECT 1 FROM browser br WHERE br.person_id = p.id AND br.gone_at IS NULL)",
    "popup": _SEEN,
    "chat": _SEEN,
}
"""Whether a person is at the place that a channel reaches, for those that go to no address.

Indexes browser_person and identity_person.
"""

# primary keys: a later yes of the same person, or for the same address
_LIFTED: Final = (
    "EXISTS (SELECT 1 FROM consent ye WHERE ye.person_id = co.person_id"
    " AND ye.state = 'subscribed' AND ye.firm = 1 AND ye.at > co.at"
    " AND ye.topic IN ({topics}) AND ye.channel IN ({lifting}))"
)
_LIFTED_FOR: Final = (
    "EXISTS (SELECT 1 FROM optout ye WHERE ye.address = oo.address"
    " AND ye.state = 'subscribed' AND ye.at > oo.at"
    " AND ye.topic IN ({topics}) AND ye.channel IN ({lifting}))"
)
# primary key of consent
_SAID_NO: Final = (
    "EXISTS (SELECT 1 FROM consent co WHERE co.person_id = p.id AND co.state <> 'subscribed'"
    f" AND co.topic IN ({{topics}}){{channels}} AND NOT {_LIFTED})"
)
# index optout_address
_FOR_ADDRESS: Final = (
    "EXISTS (SELECT 1 FROM optout oo WHERE oo.address = {address} AND oo.state <> 'subscribed'"
    f" AND oo.topic IN ({{topics}}){{channels}} AND NOT {_LIFTED_FOR})"
)
# primary key of suppression
_SUPPRESSED: Final = (
    "EXISTS (SELECT 1 FROM state st CROSS JOIN suppression su WHERE st.key = {salt}"
    " AND su.channel IN ({channels}) AND su.address_hash IN ("
    "address_hash(st.value, {address}), address_hash(st.value, domain_key({address}))))"
)
# index definition_active, then the primary key of consent
_SAID_YES: Final = (
    "(NOT {asked} OR EXISTS (SELECT 1 FROM consent ye WHERE ye.person_id = p.id"
    " AND ye.state = 'subscribed' AND ye.topic = {topic}{channels}))"
)
_ALL_SAID_YES: Final = (
    "(NOT {asked} OR p.id IN (SELECT ye.person_id FROM consent ye"
    " WHERE ye.state = 'subscribed' AND ye.topic = {topic}{channels}))"
)
_ASKS: Final = (
    "EXISTS (SELECT 1 FROM definition dt WHERE dt.kind = 'topic' AND dt.key = {topic}"
    " AND dt.active = 1 AND json_extract(dt.body, '$.default') = 'out')"
)

# one pass over those who said no; then index person_email, which a column as it is would not use
_ALL_SAID_NO: Final = (
    "p.id IN (SELECT co.person_id FROM consent co WHERE co.state <> 'subscribed'"
    f" AND co.topic IN ({{topics}}){{channels}} AND NOT {_LIFTED})"
)
_ALL_FOR_EMAIL: Final = (
    "p.id IN (SELECT q.id FROM optout oo CROSS JOIN person q WHERE oo.topic IN ({topics}){channels}"
    f" AND oo.state <> 'subscribed' AND NOT {_LIFTED_FOR}"
    " AND q.email IS NOT NULL AND lower(q.email) = COALESCE(oo.address, ''))"
)
_ALL_SUPPRESSED: Final = (
    "p.id IN (SELECT q.id FROM suppression su CROSS JOIN person q WHERE su.channel IN ({channels})"
    " AND q.email IS NOT NULL AND lower(q.email) = COALESCE(su.address, ''))"
)
_SOME_ARE_DOMAINS: Final = (
    "EXISTS (SELECT 1 FROM suppression su WHERE su.channel IN ({channels})"
    " AND su.address LIKE '*@%')"
)
_ALL_OF_DOMAINS: Final = (
    "domain_key(p.email) IN (SELECT su.address FROM suppression su"
    " WHERE su.channel IN ({channels}) AND su.address LIKE '*@%')"
)
_SOME_ARE_HASHES: Final = (
    "EXISTS (SELECT 1 FROM suppression su WHERE su.channel IN ({channels}) AND su.address IS NULL)"
)
_ODD: Final = "COALESCE(lower(p.email) <> fold(p.email), FALSE)"


def will(leaf: Will, bind: Binder) -> str:
    """The condition under which the leaf is true of person `p`."""
    match leaf:
        case Subscribed(topic, channel):
            said_yes = _said_yes(_SAID_YES, topic, channel, bind)
            return f"(NOT {_refused((topic, ALL), channel, bind)} AND {said_yes})"
        case Reachable(channel) if channel in PLACES:
            return f"({PLACES[channel]} AND NOT {_refused((ALL,), channel, bind)})"
        case Reachable(channel):
            refused = _refused((ALL,), channel, bind)
            suppressed = _suppressed(channel, bind)
            return f"({_address(channel)} <> '' AND NOT {refused} AND NOT {suppressed})"


def will_of_all(leaf: Will, bind: Binder) -> str:
    """The same, of all people at once."""
    match leaf:
        case Subscribed(topic, channel):
            said_yes = _said_yes(_ALL_SAID_YES, topic, channel, bind)
            return f"(NOT {_refused_of_all((topic, ALL), channel, bind)} AND {said_yes})"
        case Reachable(channel):
            return _reachable_by_email(bind) if channel == EMAIL else will(leaf, bind)


def _said_yes(form: str, topic: str, channel: str | None, bind: Binder) -> str:
    """Whether the topic is one that everybody gets, or the person asked for it."""
    name = bind.constant(topic)
    return form.format(
        asked=_ASKS.format(topic=name), topic=name, channels=_only("ye", channel, bind)
    )


def _refused(topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    """Whether the person, or somebody for their address, said no to one of `topics`."""
    said = _no(_SAID_NO, "co", topics, channel, bind)
    by_address = (
        f"p.{column} IS NOT NULL AND {_for_address(column, topics, channel, bind)}"
        for column in _columns(channel)
    )
    return f"({' OR '.join([said, *by_address])})"


def _refused_of_all(topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    said = [_no(_ALL_SAID_NO, "co", topics, channel, bind)]
    for column in _columns(channel):
        one = _for_address(column, topics, channel, bind)
        odd = f"p.{column} IS NOT NULL" if column != EMAIL else _ODD
        said.append(f"{odd} AND {one}")
        if column == EMAIL:
            said.append(_no(_ALL_FOR_EMAIL, "oo", topics, channel, bind))
    return f"({' OR '.join(said)})"


def _no(
    form: str,
    alias: str,
    topics: tuple[str, ...],
    channel: str | None,
    bind: Binder,
    address: str = "",
) -> str:
    """A no to one of `topics` that no later yes lifted, in the words of `form`."""
    lifting = f"{alias}.channel" if channel is None else bind.constant(channel)
    return form.format(
        topics=_list(topics, bind),
        channels=_only(alias, channel, bind),
        lifting=f"{lifting}, {bind.constant(ALL)}",
        address=address,
    )


def _for_address(column: str, topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    return _no(_FOR_ADDRESS, "oo", topics, channel, bind, f"address_key(p.{column})")


def _suppressed(channel: str, bind: Binder) -> str:
    return _SUPPRESSED.format(
        channels=_list((channel, ALL), bind),
        salt=bind.constant(SALT_KEY),
        address=_address(channel),
    )


def _reachable_by_email(bind: Binder) -> str:
    """Of an address that was erased its hash alone is there."""
    channels = _list((EMAIL, ALL), bind)
    one = _suppressed(EMAIL, bind)
    some = _SOME_ARE_DOMAINS.format(channels=channels)
    noes = [
        _no(_ALL_SAID_NO, "co", (ALL,), EMAIL, bind),
        _no(_ALL_FOR_EMAIL, "oo", (ALL,), EMAIL, bind),
        _ALL_SUPPRESSED.format(channels=channels),
        f"{_ODD} AND ({_for_address(EMAIL, (ALL,), EMAIL, bind)} OR {one})",
        f"{some} AND {_ALL_OF_DOMAINS.format(channels=channels)}",
        f"{_SOME_ARE_HASHES.format(channels=channels)} AND {one}",
    ]
    return f"(p.email IS NOT NULL AND p.email <> '' AND NOT ({' OR '.join(noes)}))"


def _columns(channel: str | None) -> tuple[str, ...]:
    """The columns with addresses that a channel, or any, uses."""
    if channel in PLACES:
        return ()
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
