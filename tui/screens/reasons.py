"""Texts of the sheets: an event in full, a message with its decisions, why a person got nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from textual.content import Content

from mautod import wire
from tui import draw, show
from tui.draw import Now
from tui.show import clean
from tui.words import tr

FIRST_INSTANT: Final = 1_000_000_000_000
"""Whole numbers over this one are instants in milliseconds, not counts."""

_MARKS: Final = {
    "passed": ("✓", "$good"),
    "here": ("◷", "$wait"),
    "perhaps": ("?", "$quiet"),
    "ahead": ("·", "$quiet"),
    "not taken": ("-", "$quiet"),
}
ALSO: Final = "also"
_APART: Final = frozenset({ALSO, "reason"})
_VERDICTS: Final = {"pass": ("✓", "$good"), "refuse": ("✗", "$bad"), "postpone": ("◷", "$wait")}


def lines(*parts: Content | str) -> Content:
    """Parts one below the other."""
    return Content("\n").join([Content(part) if isinstance(part, str) else part for part in parts])


def when(at: int | None, now: Now) -> str:
    """Absolute and relative."""
    if at is None:
        return show.NONE
    full = show.local(at, now.zone).strftime("%-d %b %Y %H:%M:%S")
    past = show.ago(at, now.ms)
    return f"{full} ({past if past == 'now' or past.startswith('in ') else f'{past} ago'})"


def field(name: str, text: str, style: str = "") -> Content:
    """One line of a form."""
    return Content.assemble((f"{show.fit(name, 12)} ", "$quiet"), (text, style))


def fields(items: Mapping[str, Any], *, indent: str = "") -> list[Content]:
    """Properties, one a line, by name."""
    width = min(max((len(clean(key)) for key in items), default=0), 24)
    return [
        Content.assemble(indent, (show.fit(clean(key), width), "$quiet"), "  ", show.value(thing))
        for key, thing in items.items()
    ]


def event(item: wire.EventItem, now: Now) -> Content:
    """An event with everything that is stored about it."""
    return lines(
        field("person", f"{clean(item.person)} (#{item.person_id})"),
        field("happened", when(item.ts, now)),
        field("received", when(item.received_at, now)),
        field("source", clean(item.source) or show.NONE),
        field("id", str(item.id)),
        "",
        *(fields(item.props) or [Content.styled(tr("no properties"), "$quiet")]),
    )


def message(item: wire.Message, now: Now) -> Content:
    """A message: what became of it, and each decision of the gate."""
    sign, color = draw.STATES.get(item.state, ("·", ""))
    head = Content.assemble((f"{sign} {item.state}", f"bold {color}"), "  ", draw.fate(item, now))
    times = (
        ("queued", item.queued_at),
        ("due", item.due_at),
        ("sending", item.sending_at),
        ("done", item.done_at),
        ("opened", item.opened_at),
        ("clicked", item.clicked_at),
    )
    return lines(
        head,
        "",
        field("to", f"{clean(item.person)}  {clean(item.address)}".rstrip()),
        field("template", f"{clean(item.template)} by {clean(item.channel)}"),
        field("topic", clean(item.topic) or tr("none: not marketing")),
        field("campaign", f"{clean(item.chain_name or item.chain)}, step {clean(item.step)}"),
        *(field(name, when(at, now)) for name, at in times if at),
        *([field("attempts", str(item.attempt))] if item.attempt > 1 else []),
        *([field("earned", draw.money(item.money), "$good")] if item.money else []),
        "",
        Content.styled(tr("What the gate decided"), "bold $lead"),
        decisions(item.decisions, now),
    )


def decisions(items: Sequence[wire.Decision], now: Now) -> Content:
    """The gate's answers in order, each with the values it looked at."""
    if not items:
        return Content.styled(tr("  nothing yet"), "$quiet")
    parts: list[Content] = []
    for item in items:
        sign, color = _VERDICTS.get(item.verdict, ("·", ""))
        said = clean(item.reason) if item.verdict != "pass" else tr("may go")
        parts.append(
            Content.assemble(
                "  ",
                (f"{sign} {item.verdict:<9}", color),
                f"{said}  ",
                (when(item.at, now), "$quiet"),
            )
        )
        parts += _evidence(item.evidence, now, "      ")
        parts += [Content.styled(f"      ↳ lacked {clean(it)}", "$wait") for it in item.changes]
    return lines(*parts)


def _evidence(evidence: Mapping[str, Any], now: Now, indent: str) -> list[Content]:
    """The values of a decision, and those of what else stood in the way."""
    seen = {key: _dated(thing, now) for key, thing in evidence.items() if key not in _APART}
    parts = fields(seen, indent=indent)
    for other in evidence.get(ALSO, ()):
        reason = clean(str(other.get("reason", "")))
        parts.append(Content.assemble(indent, (tr("✗ and "), "$bad"), reason))
        parts += _evidence(other, now, f"{indent}    ")
    return parts


def _dated(thing: Any, now: Now) -> Any:
    """Instants among the evidence as people read them."""
    instant = isinstance(thing, int) and not isinstance(thing, bool) and thing > FIRST_INSTANT
    return when(thing, now) if instant else thing


def why(item: wire.Why, now: Now) -> Content:
    """The short answer, then every run that could have sent it."""
    parts: list[Content | str] = [Content.styled(show.clean_lines(item.text), "bold"), ""]
    for one in item.runs:
        parts.append(_run(one, now))
        parts += [part for step in one.steps for part in _step(step, now, whole=bool(item.chain))]
        parts += ["", decisions(one.decisions, now), ""] if one.message or not item.chain else [""]
    if item.entry:
        parts += [Content.styled(tr("To enter now"), "bold $lead"), *_entry(item.entry, now)]
    return lines(*parts)


def _step(item: wire.WhyStep, now: Now, *, whole: bool) -> list[Content]:
    """One step on one line, and for a whole chain what the gate decided about its message."""
    sign, style = _MARKS.get(item.mark, ("·", "$quiet"))
    named = f"{clean(item.id)}: " if not item.id.isdecimal() else ""
    line = Content.assemble("  ", (f"{sign} ", style), f"{named}{clean(item.title)}")
    parts = [
        line if not item.text else Content.assemble(line, ("  ", ""), (clean(item.text), "$quiet"))
    ]
    if whole and item.message is not None:
        parts.append(decisions(item.message.decisions, now))
    return parts


def _entry(items: Sequence[wire.Hurdle], now: Now) -> list[Content]:
    """Each condition of entering, what is lacking, and the rule as a tree where there is one."""
    parts = []
    for item in items:
        sign, style = ("✓ ", "bold $good") if item.holds else ("✗ ", "bold $bad")
        parts.append(Content.assemble("  ", (sign, style), clean(item.text)))
        if item.change:
            parts.append(Content.styled(f"      ↳ lacks {clean(item.change)}", "$wait"))
        if item.rule is not None and not item.holds:
            parts += [Content.assemble("      ", line) for line in _tree(item.rule, 0, now)]
    return parts


def _run(item: wire.WhyRun, now: Now) -> Content:
    title = (
        f"{clean(item.run.chain_name)}, since {when(item.run.entered_at, now)}"
        if item.run
        else tr("no run")
    )
    parts: list[Content] = [Content.styled(title, "bold $lead")]
    if item.trigger:
        said = f"{clean(item.trigger.name)}, {when(item.trigger.ts, now)}"
        parts.append(Content.assemble("  ", ("▶ ", "$lead"), said))
    parts.append(Content(f"  {show.clean_lines(item.text)}"))
    if item.run and item.run.error:
        parts.append(Content.styled(f"  ✗ {clean(item.run.error)}", "$bad"))
    return lines(*parts)


_JOINS: Final = {"and": "all of", "or": "any of", "not": "not"}


def explanation(item: wire.Explanation, now: Now) -> Content:
    """Why a person is in a segment or is not: the rule as a tree, and when time turns it."""
    who, name = clean(item.person.label), clean(item.segment.name)
    stands = (
        f"has been in {name} since {when(item.since, now)}" if item.since else f"is not in {name}"
    )
    parts: list[Content | str] = [Content.styled(f"{who} {stands}.", "bold")]
    if item.matches is (item.since is None):
        becomes = "enters" if item.matches else "leaves"
        parts.append(Content.styled(f"… {becomes} at the next event or sweep", "$wait"))
    if item.turns_at is not None:
        parts.append(_turns(tr("the whole rule"), item.matches, item.turns_at, now))
    if item.segment.error:
        parts.append(Content.styled(f"✗ {clean(item.segment.error)}", "$bad"))
    return lines(*parts, "", *_tree(item.rule, 0, now))


def _tree(item: wire.Reason, depth: int, now: Now) -> list[Content]:
    indent = "  " * depth
    sign, style = ("✓ ", "bold $good") if item.holds else ("✗ ", "bold $bad")
    said = _JOINS.get(item.kind) or clean(item.rule)
    found = [
        Content.assemble(indent, (sign, style), (said, "" if item.kind == "leaf" else "$quiet"))
    ]
    if item.kind == "leaf":
        found += [
            Content.assemble(f"{indent}    ", line) for line in _details(item, now) if line.plain
        ]
    for part in item.parts:
        found += _tree(part, depth + 1, now)
    return found


def _details(item: wire.Reason, now: Now) -> list[Content]:
    told = [clean(item.why)] if item.why else []
    if item.last_at is not None:
        told.append(f"last {when(item.last_at, now)}")
    elif item.first_at is not None:
        told.append(f"since {when(item.first_at, now)}")
    turns = Content("")
    if item.turns_at is not None:
        turns = _turns("", item.holds, item.turns_at, now)
    return [Content.styled(", ".join(told), "$quiet"), turns]


def _turns(what: str, holds: bool, at: int, now: Now) -> Content:  # noqa: FBT001
    words = f"{what} turns {'false' if holds else 'true'} {when(at, now)} if nothing happens"
    return Content.styled(f"◷ {words.strip()}", "$wait")
