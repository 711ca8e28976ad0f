"""What is wrong with one chain by itself and under the limits of its workspace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.core.chains.definition import Chain
from mautod.core.chains.edit import MOVE
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table
from mautod.core.lint.finding import Finding
from mautod.core.lint.logic import Literal, literals, never, surely
from mautod.core.lint.walk import cut_off, hasty, most_in_a_week, reached, soonest_send
from mautod.core.rules.tree import Did, Rule
from mautod.core.sending.caps import Cap
from mautod.core.templates.template import Template
from mautod.core.times.windows import Window
from mautod.duration import show_duration

MOST_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Around:
    """What holds around a chain: windows, caps on all marketing, channel and topic, templates."""

    windows: tuple[Window, ...] = ()
    caps: tuple[Cap, ...] = ()
    templates: tuple[Template, ...] = ()
    most_a_week: int = MOST_A_WEEK


def lint_chain(chain: Chain, table: Table, around: Around) -> Iterator[Finding]:
    """Everything that is wrong with `chain`; `table` is its file."""
    look = _Look(chain, table, around)
    yield from look.steps()
    yield from look.rules()
    yield from look.entry()
    yield from look.goal()
    yield from look.windows()
    yield from look.messages()


@dataclass(frozen=True, slots=True)
class _Look:
    chain: Chain
    table: Table
    around: Around

    def steps(self) -> Iterator[Finding]:
        """Steps that nobody reaches, circles in a hurry, steps that an edit would lose."""
        seen = reached(self.chain)
        for step, part in self._parts():
            if step.id not in seen:
                what = f'nobody ever comes to step "{step.id}".'
                yield self._at(part, "", what, "Let a way lead there, or remove it.")
        for step, part in self._parts():
            why = cut_off(self.chain, step)
            if why is not None:
                what = f'nobody goes on from step "{step.id}" by its event: who does it {why}.'
                yield self._at(part, "await", what, "Await something else, or let the run go on.")
        for step, part in self._parts():
            if step.id in hasty(self.chain):
                what = f'from step "{step.id}" it goes round in less than a minute.'
                yield self._at(part, "", what, 'Wait longer: write wait = "1d" on the way round.')
            if self.chain.on_edit == MOVE and step.parks and "id" not in part:
                what = f"step {step.id} has no id, and an edit moves those who wait there by it."
                yield self._at(part, "", what, 'Write id = "…".')

    def rules(self) -> Iterator[Finding]:
        """Rules and tests of properties that nobody can match."""
        enter = self.table.table("enter")
        if enter is not None:
            yield from self._impossible(enter, "when", self.chain.enter.rule, "nobody ever enters")
            yield from self._impossible(
                enter, "where", self.chain.enter.where, "no event ever starts it"
            )
        yield from self._impossible(self.table, "leave", self.chain.leave, "nobody ever leaves")
        for step, part in self._parts():
            kind = next((key for key in part.values if key not in {"id", "then", "else"}), "")
            yield from self._impossible(part, kind, step.rule, "the answer is always no")

    def entry(self) -> Iterator[Finding]:
        """Whoever enters must not leave at once."""
        leave, trigger = self.chain.leave, self.chain.enter
        known = literals(trigger.rule) if trigger.rule is not None else []
        if len(trigger.events) == 1:
            known.append(Literal(Did(trigger.events, trigger.where), holds=True))
        if leave is not None and surely(leave, known):
            what = "everybody leaves as they enter: this holds for all who come in."
            yield self._at(self.table, "leave", what, 'Add since entry: did "…" since entry.')

    def goal(self) -> Iterator[Finding]:
        """A goal that nothing can be credited with."""
        goal, inner = self.chain.goal, self.table.table("goal")
        if goal is None or inner is None:
            return
        yield from self._impossible(inner, "where", goal.where, "nobody ever reaches the goal")
        seen = reached(self.chain)
        if not any(step.template for step in self.chain.steps if step.id in seen):
            what = "no message is ever sent that the goal could be credited to."
            yield self._at(self.table, "goal", what, "Send something, or remove the goal.")
            return
        soonest = soonest_send(self.chain) or 0
        if self.chain.holdout is not None and soonest >= goal.within_ms:
            what = (
                f"against the holdout goals count within {show_duration(goal.within_ms)} of the"
                f" entry, and no message leaves sooner than {show_duration(soonest)} after it."
            )
            todo = f'Write a longer within, beyond "{show_duration(soonest)}".'
            yield self._at(inner, "within" if "within" in inner else "", what, todo)

    def windows(self) -> Iterator[Finding]:
        """Windows that are never open together."""
        if not self.chain.topic:
            return
        own = self.chain.window
        if own is not None and not _meet((*self.around.windows, own)):
            what = f"\"{own.text}\" is never open while the workspace's or the channel's window is."
            yield self._at(self.table, "window", what, "Widen one of them.")
        around = (*self.around.windows, *([own] if own else []))
        for step, part in self._parts():
            mine = step.limits.window
            if mine is not None and not _meet((*around, mine)):
                what = f'"{mine.text}" is never open while the other windows are.'
                yield self._at(part, "window", what, "Widen one of them.")

    def messages(self) -> Iterator[Finding]:
        """Too many of them, and those that pass by an unsubscribe."""
        most = self.around.most_a_week
        if self.chain.topic and most_in_a_week(self.chain, self._caps(), most) > most:
            what = f"more than {most} messages a week to one person are possible."
            yield self._at(
                self.table, "name", what, f'Write cap = "{most} per 7d", or wait longer.'
            )
        loud = {one.key for one in self.around.templates if one.transactional}
        for step, part in self._parts():
            if self.chain.topic and step.template in loud:
                what = (
                    f"{step.template} calls itself transactional: it is sent in spite of an"
                    f' unsubscribe from "{self.chain.topic}".'
                )
                todo = "Remove transactional from it, or make the chain transactional = true."
                yield self._at(part, "", what, todo)

    def _caps(self) -> tuple[Cap, ...]:
        return (*self.chain.caps, *self.around.caps)

    def _impossible(self, table: Table, key: str, rule: Rule | None, so: str) -> Iterator[Finding]:
        reason = None if rule is None else never(rule)
        if reason is not None:
            yield self._at(table, key, f"{so}: {reason}.", "Correct the rule.")

    def _parts(self) -> Iterable[tuple[Step, Table]]:
        return zip(self.chain.steps, self.table.tables("step"), strict=True)

    def _at(self, table: Table, key: str, what: str, todo: str) -> Finding:
        line = table.line_of(key) if key else table.line_of()
        return Finding(table.file, line, what, todo)


def _meet(windows: Sequence[Window]) -> bool:
    """Whether there is a moment of the week in which all of them are open."""
    together = windows[0].stretches
    for window in windows[1:]:
        together = tuple(
            (max(start, opens), min(end, closes))
            for start, end in together
            for opens, closes in window.stretches
            if max(start, opens) < min(end, closes)
        )
    return bool(together)
