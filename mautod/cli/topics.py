"""`mautod topics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import counts, print_json, table

if TYPE_CHECKING:
    from mautod import wire


@click.group()
def topics() -> None:
    """List topics, and how many people want them."""


@topics.command("list")
@as_json
@click.pass_obj
def list_(place: Place, json_: bool) -> None:
    """List topics: how many people said yes and no, and why they left.

    WAITING did not click in the letter yet; ADDRESSES are those for which somebody said no. Who
    said nothing gets a topic that is IN, and does not get one that is OUT.
    """
    with open_desk(place) as desk:
        found = desk.topics()
    if json_:
        print_json(found)
        return
    rows = [
        (each.key, each.name, _default(each), each.subscribed, each.pending, each.unsubscribed,
         each.addresses, counts(each.left))
        for each in found.items
    ]  # fmt: skip
    heads = ("KEY", "NAME", "DEFAULT", "YES", "WAITING", "NO", "ADDRESSES", "LEFT BECAUSE")
    table(heads, rows, empty="no topics; write workspace/topics.toml")


def _default(topic: wire.TopicNumbers) -> str:
    return f"{topic.default}, double" if topic.double else topic.default
