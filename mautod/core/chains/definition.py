"""A chain as its file describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Final, TypeVar, get_args

from mautod.core.broadcast import Plan, read_plan
from mautod.core.chains.entry import Keyed, Trigger
from mautod.core.chains.limits import OTHER, SKIP, WAIT, read_limits
from mautod.core.chains.readers import (
    at_once,
    entry_rule,
    holdout,
    priority,
    run_rule,
    test_list,
    where,
    within,
    worth,
)
from mautod.core.chains.step import Step
from mautod.core.chains.steps import kinds
from mautod.core.chains.triggers import read_trigger
from mautod.core.files.definition import (
    Table,
    caps,
    flag,
    key_name,
    label,
    mapping,
    nearest,
    one_of,
    read_toml,
    text,
)
from mautod.core.files.rule_file import RULES
from mautod.core.goals import REFUND, Attribution, GoalSpec, Touch
from mautod.core.rules.hands import by_people
from mautod.core.rules.named import Texts, bind, names
from mautod.core.rules.tree import AtStage, InSegment, Rule, Scored, Where, leaves
from mautod.core.sending.caps import Cap
from mautod.core.sending.holdout import Share
from mautod.core.times.windows import Window
from mautod.duration import DAY
from mautod.errors import DefinitionError, RuleError

_Part = TypeVar("_Part", "Chain", Step, Trigger)

MOST_STEPS: Final = 100
GOAL_WITHIN: Final = 7 * DAY


@dataclass(frozen=True, slots=True)
class Goal:
    """What the chain is for; `value` names a property of the event or is a fixed amount.

    `refund` is the event that takes the money back.
    """

    event: str
    value: str | Decimal | None
    within_ms: int
    from_: Touch = "sent"
    where: Where | None = None
    attribution: Attribution = "last"
    refund: str = REFUND

    def of(self, chain_id: int) -> GoalSpec:
        """The same for crediting: what the messages of the chain with this number are for."""
        return GoalSpec(
            chain_id,
            self.event,
            self.value,
            self.within_ms,
            self.from_,
            self.where,
            self.attribution,
            self.refund,
        )


@dataclass(frozen=True, slots=True)
class Ref:
    """Something that the chain names and that must exist: a template, segment, topic or channel."""

    kind: str
    name: str
    file: str
    line: int
    key: str

    def error(self, message: str, hint: str = "") -> DefinitionError:
        """What to raise about it, in its place."""
        return DefinitionError(message, file=self.file, line=self.line, key=self.key, hint=hint)


@dataclass(frozen=True, slots=True)
class Chain:
    """One version of a chain. `topic` is "" if its messages are no marketing.

    With `test` only those for whom the rule holds enter and are written to. `concurrent`: how many
    of its runs one person may be on. `rules` are the named rules that its own lead to, put in where
    they are named. A broadcast is a chain that nobody enters by themselves: it has a plan in place
    of a trigger.
    `on_edit` says what people under way do when this version comes: stay, move or restart.
    """

    key: str
    name: str
    topic: str
    channel: str
    enter: Trigger
    steps: tuple[Step, ...]
    leave: Rule | None = None
    goal: Goal | None = None
    window: Window | None = None
    caps: tuple[Cap, ...] = ()
    over_cap: str = SKIP
    outside: str = WAIT
    priority: int = 0
    holdout: Share | None = None
    test: Rule | None = None
    concurrent: int | None = None
    expires_ms: int | None = None
    when_unknown: str = "leave"
    on_edit: str = "stay"
    broadcast: Plan | None = None
    rules: Texts = field(default_factory=dict)
    refs: tuple[Ref, ...] = field(default=(), repr=False, compare=False)
    _order: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        order = {step.id: index for index, step in enumerate(self.steps)}
        object.__setattr__(self, "_order", order)

    def step(self, step_id: str) -> Step:
        """The step called `step_id`.

        Raises:
            KeyError: the chain has none.
        """
        return self.steps[self._order[step_id]]

    def after(self, step_id: str) -> str | None:
        """The step that follows `step_id` in the file; None after the last."""
        index = self._order[step_id] + 1
        return self.steps[index].id if index < len(self.steps) else None


def parse_chain(text: str, file: str, key: str) -> Chain:
    """The chain that the file `file` with this text describes.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table = read_toml(text, file)
    table.only(
        "name", "topic", "transactional", "channel", "enter", "leave", "goal", "window", "cap",
        "over_cap", "outside", "priority", "holdout", "test", "concurrent", "expires",
        "when_unknown", "on_edit", "broadcast", "step", RULES,
    )  # fmt: skip
    if table.values.get("outside") == OTHER:
        hint = 'Write outside = "other" in the step that sends.'
        raise table.error("outside", "is for a step with several channels.", hint)
    limits, trigger = read_limits(table), _entry(table)
    steps, goal = _steps(table), _goal(table.table("goal"))
    _check_winners(steps, goal, table.tables("step"))
    _check_neighbours(steps, key, table)
    chain = Chain(
        key=key,
        name=table.need("name", label),
        topic=_topic(table),
        channel=table.get("channel", key_name, "email"),
        enter=trigger,
        steps=steps,
        leave=table.get("leave", run_rule, None),
        goal=goal,
        window=limits.window,
        caps=table.get("cap", caps, ()),
        over_cap=limits.over_cap or SKIP,
        outside=limits.outside or WAIT,
        priority=table.get("priority", priority, 0),
        holdout=table.get("holdout", holdout, None),
        test=table.get("test", test_list, None),
        concurrent=_concurrent(table, trigger),
        expires_ms=limits.expires_ms,
        when_unknown=table.get("when_unknown", one_of("leave", "resend"), "leave"),
        on_edit=table.get("on_edit", one_of("stay", "move", "restart"), "stay"),
        broadcast=read_plan(plan) if (plan := table.table("broadcast")) is not None else None,
        rules=table.get(RULES, _texts, {}),
        refs=tuple(_refs(table)),
    )
    try:
        return _whole(chain) if chain.rules else chain
    except RuleError as error:
        raise DefinitionError(error.message, file=file, key=RULES, hint=error.hint) from error


def _texts(value: Any) -> Texts:
    return {key: text(rule) for key, rule in mapping(value).items()}


def _whole(chain: Chain) -> Chain:
    """The chain with its named rules put in."""
    steps = tuple(_put_in(step, chain.rules) for step in chain.steps)
    return replace(
        _put_in(chain, chain.rules), enter=_put_in(chain.enter, chain.rules), steps=steps
    )


def _put_in(part: _Part, rules: Texts) -> _Part:
    values = ((each.name, getattr(part, each.name)) for each in fields(part))
    named: dict[str, Any] = {
        n: bind(v, rules) for n, v in values if isinstance(v, Rule) and names(v)
    }
    return replace(part, **named) if named else part


def _concurrent(table: Table, trigger: Trigger) -> int | None:
    """How many runs of one person may be under way; only keyed runs are ever more than one."""
    if "concurrent" in table and not isinstance(trigger.again, Keyed):
        raise table.error(
            "concurrent",
            "a person walks this chain once at a time anyway.",
            'It needs again = "per property …" in enter.',
        )
    return table.get("concurrent", at_once, None)


def _topic(table: Table) -> str:
    """What people unsubscribe from; only who says so outright writes past their will."""
    if table.get("transactional", flag, default=False):
        if "topic" in table:
            raise table.error("topic", "a transactional chain has no topic.", "Remove one of them.")
        return ""
    if "topic" not in table:
        raise table.error(
            "topic", "is missing.", 'Write topic = "offers", or transactional = true.'
        )
    return table.need("topic", key_name)


def _entry(table: Table) -> Trigger:
    """What starts a run; nothing does in a broadcast."""
    if "broadcast" not in table:
        return read_trigger(table.need_table("enter"))
    if "enter" in table:
        raise table.error("enter", "nobody enters a broadcast.", "Remove one of them.")
    return Trigger()


def _goal(table: Table | None) -> Goal | None:
    if table is None:
        return None
    table.only("event", "value", "within", "from", "where", "attribution", "refund")
    touch = table.get("from", one_of(*get_args(Touch)), "sent")
    shared = table.get("attribution", one_of(*get_args(Attribution)), "last")
    event = table.need("event", label)
    return Goal(
        event=event,
        value=table.get("value", worth, None),
        within_ms=table.get("within", within, GOAL_WITHIN),
        from_=next(known for known in get_args(Touch) if known == touch),
        where=by_people(event, table.get("where", where, None)),
        attribution=next(known for known in get_args(Attribution) if known == shared),
        refund=table.get("refund", label, REFUND),
    )


def _steps(table: Table) -> tuple[Step, ...]:
    tables = table.tables("step")
    if not 1 <= len(tables) <= MOST_STEPS:
        message = f"a chain has 1 to {MOST_STEPS} steps, found {len(tables)}."
        raise table.error("step", message, 'Write [[step]] and send = "….".')
    steps: dict[str, Step] = {}
    for index, part in enumerate(tables, start=1):
        step = _step(part, str(index))
        if step.id in steps:
            raise part.error("id", f"another step is called {step.id!r} too.", "Choose another id.")
        steps[step.id] = step
    found = tuple(steps.values())
    _check_ways(found, tables)
    _check_circles(found, tables)
    return found


def _step(table: Table, number: str) -> Step:
    """The step in a `[[step]]` table; without an `id` it is called by its number."""
    named = [key for key in table.values if key in kinds()]
    if len(named) != 1:
        known = ", ".join(sorted(kinds()))
        unknown = next((key for key in table.values if key not in {"id", *named}), None)
        if not named and unknown:
            raise table.error(unknown, "there is no such kind of step.", nearest(unknown, kinds()))
        raise table.error("", f"a step does one thing, found {len(named)}.", f"Known are: {known}.")
    return kinds()[named[0]].read(table.get("id", key_name, number), table)


def _check_ways(steps: Sequence[Step], tables: Sequence[Table]) -> None:
    """Every step that another one names exists."""
    known = {step.id for step in steps}
    for step, table in zip(steps, tables, strict=True):
        for key, target in step.ways().items():
            if target is not None and target not in known:
                raise _holder(table, key).error(
                    key, f"there is no step {target!r}.", nearest(target, known)
                )


def _holder(table: Table, key: str) -> Table:
    """The table of a step that has `key`: itself or the one inside."""
    if key in table:
        return table
    inner = [table.need_table(k) for k, value in table.values.items() if isinstance(value, Mapping)]
    return [table, *inner[:1], *(part for part in inner if key in part)][-1]


def _check_winners(steps: Sequence[Step], goal: Goal | None, tables: Sequence[Table]) -> None:
    """What a split is to be judged by can happen."""
    for step, table in zip(steps, tables, strict=True):
        by = step.winner.by if step.winner else ""
        if by in {"goal", "money"} and goal is None:
            raise table.error("winner", "the chain has no goal.", 'Write goal = { event = "…" }.')
        if by == "money" and goal is not None and goal.value is None:
            raise table.error("winner", "the goal has no value.", 'Write value = "total" in goal.')


def _check_neighbours(steps: Sequence[Step], key: str, table: Table) -> None:
    """What steps need of their chain is there, and none starts or stops its own."""
    for step, part in zip(steps, table.tables("step"), strict=True):
        if step.needs_window and "window" not in table:
            raise part.error("wait", "the chain has no window.", 'Write window = "10:00-20:00".')
        if step.other_chain == key:
            kind = next(name for name in part.values if name in kinds())
            hint = 'Write exit = "…", or jump = "…".'
            raise part.error(kind, "names the chain that it is a step of.", hint)


def _check_circles(steps: Sequence[Step], tables: Sequence[Table]) -> None:
    """Whoever goes round comes through a step that lets time pass."""
    following = [*(step.id for step in steps[1:]), None]
    ahead: dict[str, set[str]] = {}
    for step, after in zip(steps, following, strict=True):
        ways = set() if step.parks else {way or after for way in step.ways().values()}
        ahead[step.id] = {way for way in ways if way is not None}
    for step, table in zip(steps, tables, strict=True):
        if _comes_back(step.id, ahead):
            raise table.error("", "goes round in a circle without waiting.", "Add a wait.")


def _comes_back(start: str, ahead: Mapping[str, set[str]]) -> bool:
    seen: set[str] = set()
    open_ = set(ahead[start])
    while open_:
        place = open_.pop()
        seen.add(place)
        open_ |= ahead[place] - seen
    return start in seen


def _refs(table: Table) -> Iterator[Ref]:
    """What the chain names, in the order of its file."""
    yield _ref("channel", table.get("channel", key_name, "email"), table, "channel")
    if "topic" in table:
        yield _ref("topic", table.need("topic", key_name), table, "topic")
    if "broadcast" not in table:
        yield from _entry_refs(table.need_table("enter"))
    yield from _segments(table, "test", table.get("test", test_list, None))
    yield from _segments(table, "leave", table.get("leave", run_rule, None))
    for index, part in enumerate(table.tables("step"), start=1):
        step = _step(part, str(index))
        kind = next(key for key in part.values if key in kinds())
        if step.template is not None:
            ways = set(step.channels) or {table.get("channel", key_name, "email")}
            what = "popup" if ways == {"popup"} else "template"
            yield _ref(what, step.template, part, kind)
        if step.pool is not None:
            yield _ref("pool", step.pool, part, kind)
        if step.other_chain is not None:
            yield _ref("chain", step.other_chain, part, kind)
        yield from _segments(part, kind, step.rule)


def _entry_refs(trigger: Table) -> Iterator[Ref]:
    if "segment" in trigger:
        yield _ref("segment", trigger.need("segment", key_name), trigger, "segment")
    if "chain" in trigger:
        yield _ref("chain", trigger.need("chain", key_name), trigger, "chain")
    yield from _segments(trigger, "when", trigger.get("when", entry_rule, None))


def _segments(table: Table, key: str, rule: Rule | None) -> Iterator[Ref]:
    for leaf in leaves(rule) if rule is not None else ():
        if isinstance(leaf, InSegment):
            yield _ref("segment", leaf.key, table, key)
        elif isinstance(leaf, Scored):
            yield _ref("score", leaf.key, table, key)
        elif isinstance(leaf, AtStage):
            yield _ref("stage", leaf.key, table, key)
    for name in names(rule) if rule is not None else ():
        yield _ref("rule", name, table, key)


def _ref(kind: str, name: str, table: Table, key: str) -> Ref:
    place = table.error(key, "")
    return Ref(kind, name, table.file, place.line, place.key)
