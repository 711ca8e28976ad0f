"""How conversations look: a line of the list, and what was said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.content import Content

from mautod import wire
from tui import show
from tui.draw import Now
from tui.outbox import Waiting
from tui.show import clean, right
from tui.words import tr

MOST_PARTS: Final = 300
_CHANNEL: Final = 6
_TIME: Final = 4
_WHO: Final = 8
_NAME: Final = 24
_BAD: Final = frozenset({"failed", "refused", "expired"})


def chat(item: wire.Chat, width: int, now: Now, *, seen: bool) -> Content:
    """`● Anna Petrova    email   2m  Olga`: a filled mark is unread, an empty one waits."""
    mark = ("○ " if seen else "● ") if item.waits else "  "
    since = item.since or item.changed_at
    time = right(show.ago(since, now.ms), _TIME)
    rest = width - 2 - _CHANNEL - _TIME - _WHO - 3
    name = min(max(rest, 8), _NAME)
    said = clean(item.last or item.subject)
    room = rest - name if rest - name > _WHO else 0
    middle = f" {show.fit(said, room - 1)}" if room else ""
    who = show.fit(clean(item.operator), rest - name - room + _WHO)
    return Content.assemble(
        (mark, "bold $wait"),
        (show.fit(clean(item.person), name), "bold" if item.waits and not seen else ""),
        (middle, "$quiet"), " ",
        (show.fit(clean(item.channel), _CHANNEL), "$quiet"),
        (time, "$wait" if item.waits else "$quiet"), "  ", (who, "$mark"),
    )  # fmt: skip


def thread(found: wire.ChatThread, waiting: Iterable[Waiting], now: Now) -> Content:
    """All that was said, the oldest first, and what is about to leave."""
    parts = found.parts[-MOST_PARTS:]
    lines = [line for part in parts for line in _part(part, found.chat, now)]
    if len(found.parts) > MOST_PARTS:
        lines.insert(0, Content.styled(tr("Older words: mautod chat show."), "$quiet"))
    lines += [line for one in waiting for line in _leaving(one, now)]
    return Content("\n").join(lines)


def head(item: wire.Chat, now: Now) -> Content:
    """`Anna Petrova · email · waits 2m`."""
    state = tr(item.state)
    if item.waits and item.state == "open":
        state = tr("waits {time}", time=show.ago(item.since, now.ms))
    elif item.state == "snoozed":
        state = tr("rests until {time}", time=show.moment(item.until, now.ms, now.zone))
    style = "$wait" if item.waits else "$quiet"
    return Content.assemble(
        (clean(item.person), "bold"), (f" · {clean(item.channel)} · ", "$quiet"), (state, style)
    )


def _part(part: wire.ChatPart, about: wire.Chat, now: Now) -> Iterable[Content]:
    who = about.person if part.direction == "in" else part.author or "mautod"
    style = {"in": "bold $lead", "out": "bold", "note": "bold $wait"}[part.direction]
    note = f" {tr('note')}" if part.direction == "note" else ""
    fate = f"  {tr(part.state)}" if part.state else ""
    state = (fate, "$bad" if part.state in _BAD else "$quiet")
    time = show.moment(part.at, now.ms, now.zone)
    yield Content.assemble((f"{time} ", "$quiet"), (clean(who), style), (note, "$wait"), state)
    said = show.clean_lines(part.text.strip())
    if not said and part.message is not None:
        said = tr(
            "message {number}: {template}", number=part.message, template=clean(part.template)
        )
    for line in said.split("\n") if said else ():
        yield Content.styled(f"  {line}", "$wait" if part.direction == "note" else "")
    for file in part.files:
        yield Content.styled(f"  ⎘ {clean(file.name)} ({clean(file.type)})", "$quiet")
    yield Content("")


def _leaving(one: Waiting, now: Now) -> Iterable[Content]:
    left = max(one.due - now.ms, 0) // 1000 + 1
    words = tr("leaves in {seconds} s, ctrl+z takes it back", seconds=left)
    yield Content.styled(f"… {words}", "bold $wait")
    for line in show.clean_lines(one.text).split("\n"):
        yield Content.styled(f"  {line}", "$quiet")
    yield Content("")
