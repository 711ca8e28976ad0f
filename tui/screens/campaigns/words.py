"""What is said about a campaign beside its picture: its steps, its ends, its days, its pause."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from mautod import wire
from tui import draw, show
from tui.show import clean
from tui.words import many, tr

DAYS: Final = 30
"""How far back goals and money are shown day by day."""


def goal(chain: wire.Chain) -> Content:
    """What the chain is for, and how often it came about."""
    if not chain.goal:
        return Content("")
    earned = f"{show.count(chain.goals)} {tr('reached')}  {draw.money(chain.money)}"
    return Content.assemble(
        (tr("goal   "), "$quiet"),
        clean(chain.goal),
        "   ",
        (earned, "$good" if chain.goals else "$quiet"),
    )


def ends(chain: wire.Chain) -> Content:
    """How many are on the way, and how runs ended."""
    ended = " · ".join(
        f"{clean(name)} {show.count(number)}" for name, number in chain.outcomes.items()
    )
    line = Content.assemble(
        (tr("here   "), "$quiet"), f"{show.count(chain.active)} {tr('on the way')}"
    )
    return Content.assemble(line, (tr("   ended  "), "$quiet"), ended) if ended else line


def fate(sent: wire.Broadcast) -> Content:
    """What became of the recipients; the numbers add up to all of them."""
    parts = " · ".join(f"{tr(clean(state))} {show.count(n)}" for state, n in sent.states.items())
    whole = f"{show.count(sent.recipients - sent.open)} of {show.count(sent.recipients)} final"
    won = f"   {clean(sent.winner)} {tr('has won')}" if sent.winner else ""
    return Content.assemble(("people ", "$quiet"), f"{whole}   {parts}", (won, "$good"))


def step_words(step: wire.Step) -> Content:
    """All that is counted at one step, in a line or two."""
    if step.kind != "send":
        here = Content.assemble(
            (clean(step.title or step.id), "bold"), f"   {show.count(step.here)} {tr('here')}"
        )
        return Content("\n").join([here, *variants(step.experiment)])
    head = Content.assemble(
        (clean(step.template or step.id), "bold"), f"   {show.count(step.sent)} {tr('sent')}"
    )
    parts = [
        f"{tr('open')} {show.percent(step.opened, step.sent)}",
        f"{tr('click')} {show.percent(step.clicked, step.sent)}",
        f"{tr('goal')} {show.count(step.goals)}",
    ]
    line = Content.assemble(head, " · ", " · ".join(parts))
    if step.goals:
        line = Content.assemble(line, " · ", (draw.money(step.money), "$good"))
    waits = [(f"◷ {show.count(step.queued)} {tr('wait')}", "$wait")] if step.queued else []
    refused = [
        (f"✗ {clean(why)} {show.count(number)}", "$bad") for why, number in step.refused.items()
    ]
    others = [
        (f"{sign} {tr(word)} {show.count(number)}", color)
        for sign, word, number, color in (
            ("✗", "failed", step.failed, "$bad"),
            ("⌛", "expired", step.expired, "$quiet"),
            ("?", "unknown", step.unknown, "$wait"),
        )
        if number
    ]
    troubles = [Content.styled(text, color) for text, color in (*waits, *refused, *others)]
    return Content.assemble(line, "\n", Content("  ").join(troubles)) if troubles else line


def variants(experiment: wire.Experiment | None) -> list[Content]:
    """The ways of a split side by side: what came of each, and how likely it is the best."""
    if experiment is None:
        return []
    width = max((len(each.name) for each in experiment.variants), default=0)
    return [_variant(each, experiment, width) for each in experiment.variants]


def _variant(each: wire.Variant, experiment: wire.Experiment, width: int) -> Content:
    won = each.name == experiment.winner
    parts = [
        f"{show.count(each.people)} {many(each.people, 'person|people')}",
        f"{tr('open')} {show.percent(each.opened, each.sent)}",
        f"{tr('click')} {show.percent(each.clicked, each.sent)}",
        f"{tr('goal')} {show.count(each.goals)}",
        *([draw.money(each.money, brief=True)] if each.money else []),
    ]
    chance = ""
    if each.chance is not None:
        share = round(each.chance * 100)
        chance = f"   {show.gauge(share, 100)} best with {share} %"
    name = show.fit(clean(each.name), width)
    return Content.assemble(
        ("★ " if won else "  ", "$good"),
        (name, "bold"),
        f"  {' · '.join(parts)}",
        (chance, "$lead"),
    )


def month(found: wire.GoalReport) -> Content:
    """Goals and money of a chain, day by day, in each currency by itself."""
    if not found.spans:
        return Content("")
    line = [Content.styled(f"{DAYS} d   ", "$quiet"), Content("goals ")]
    line.append(
        Content.styled(_spark(found, {s.begins: float(s.goals) for s in found.spans}), "$good")
    )
    for code in sorted({each.currency for span in found.spans for each in span.money}):
        values = {
            span.begins: sum(float(m.amount) for m in span.money if m.currency == code)
            for span in found.spans
        }
        sign = show.CURRENCIES.get(code, clean(code))
        line += [Content(f"   {sign} "), Content.styled(_spark(found, values), "$good")]
    return Content("").join(line)


def _spark(found: wire.GoalReport, values: dict[int, float]) -> str:
    """One bar a day, days without anything too; what was taken back is nothing here."""
    first = found.since or 0
    days = [0.0] * (DAYS + 1)
    for begins, value in values.items():
        number = round((begins - first) / show.DAY)
        if 0 <= number <= DAYS:
            days[number] = max(value, 0.0)
    return show.spark(days, DAYS)


def question(chain: wire.Chain) -> tuple[str, Content, str]:
    """What `p` asks: it names how many people and messages it is about."""
    people = f"{show.count(chain.active)} {many(chain.active, 'person is|people are')}"
    queued = f"{show.count(chain.queued)} {many(chain.queued, 'message waits|messages wait')}"
    name = clean(chain.name)
    numbers = Content.assemble((people, "bold"), tr(" on the way, "), (queued, "bold"), ".\n")
    if chain.state == "running":
        rest = tr("They stay where they are and nothing is sent until you resume.")
        return tr("Pause {name}?", name=name), numbers + Content(rest), tr("pause")
    rest = tr("They go on from where they stand; what is due is sent within its window.")
    return tr("Resume {name}?", name=name), numbers + Content(rest), tr("resume")
