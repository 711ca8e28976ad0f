"""The card of a person, for eyes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from mautod.cli.show import facts, gauge, money, more, table, telling, visible, when

if TYPE_CHECKING:
    from mautod import wire


def show_card(card: wire.Card) -> None:
    """Print the whole card."""
    facts(_who(card))
    _props("shop", card.shop)
    _props("came from", card.origin)
    _props("properties", card.props)
    if card.segments:
        _title("segments")
        table(
            ("KEY", "NAME", "SINCE"),
            [(each.key, each.name, when(each.since)) for each in card.segments],
        )
    if card.scores:
        _title("scores")
        table(
            ("KEY", "NAME", "POINTS", "", "LEVEL"),
            [
                (each.key, each.name, each.points, gauge(each.points, each.top), each.level)
                for each in card.scores
            ],
        )
    if card.runs:
        _title("chains")
        table(
            ("CHAIN", "STATE", "STEP", "ENTERED", "WAKES"),
            [
                (
                    each.chain,
                    each.outcome or each.state,
                    each.title,
                    when(each.entered_at),
                    when(each.wake_at),
                )
                for each in card.runs
            ],
        )
    if card.messages:
        _title("messages")
        table(
            ("ID", "TEMPLATE", "STATE", "REASON", "QUEUED"),
            [
                (each.id, each.template, each.state, each.reason, when(each.queued_at))
                for each in card.messages
            ],
        )
    if card.merges:
        _title("merges")
        table(
            ("ID", "WHEN", "PERSON", "ABSORBED", "WHY", "UNDONE", "TO UNDO"),
            [
                (
                    each.id,
                    when(each.at),
                    each.winner,
                    each.loser,
                    each.reason,
                    when(each.undone_at),
                    each.undo,
                )
                for each in card.merges
            ],
        )
    _title(f"timeline of {card.events} events")


def show_timeline(page: wire.Timeline) -> None:
    """Print a page of what happened."""
    table(
        ("WHEN", "KIND", "", "", "FROM"),
        [
            (when(each.at), each.kind, each.name, telling(each.props), each.source)
            for each in page.items
        ],
    )
    more(page.next)


def _who(card: wire.Card) -> list[tuple[str, Any]]:
    person = card.person
    asked = f" (asked for {card.asked_id}, absorbed)" if card.asked_id != person.id else ""
    return [
        ("person", f"{person.id}{asked}"),
        ("name", person.name),
        ("email", person.email),
        ("phone", person.phone),
        ("user id", person.user_id),
        ("identities", ", ".join(f"{each.kind} {each.value}" for each in card.identities)),
        ("absorbed", ", ".join(map(str, card.merged_from))),
        ("place", " ".join(filter(None, (person.country, person.language, person.timezone)))),
        ("created", when(person.created_at)),
        ("first seen", when(person.first_seen)),
        ("last seen", when(person.last_seen)),
        ("sessions", person.sessions),
        ("page", person.page),
        ("stage", card.stage),
        ("earned by messages", money(card.earned)),
        ("said yes to", ", ".join(_said(card, "subscribed"))),
        ("said no to", ", ".join(_said(card, "unsubscribed"))),
        ("to confirm", ", ".join(_said(card, "pending"))),
        ("suppressed", ", ".join(f"{on}: {why}" for on, why in card.suppressed.items())),
    ]


def _said(card: wire.Card, state: str) -> list[str]:
    return [
        f"{each.topic} on {each.channel} ({when(each.at)} by {each.source})"
        for each in card.consent
        if each.state == state
    ]


def _props(title: str, props: Mapping[str, Any]) -> None:
    if props:
        _title(title)
        facts(sorted((visible(name), _value(value)) for name, value in props.items()))


def _value(value: Any) -> str:
    import msgspec

    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _title(text: str) -> None:
    click.echo(f"\n{text}")
