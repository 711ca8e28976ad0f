"""What a test of a chain expects, and whether it came: the `[[expect]]` tables of a test file.

    name  = "Whoever leaves a cart gets two letters"
    chain = "abandoned-cart"
    … the person and what happens, as in core/files/script.py …

    [[expect]]
    message = "cart-1"              sent; also refused, step, outcome, entered = true or false
    at      = "+2h"                 to the minute; within = "1h" is less exact
    subject = "your cart"           a piece of it

Every message that the chain sends must be expected. A test that expects none of anything says
`nothing = true`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mautod.core.files import script
from mautod.core.files.definition import Table, flag, key_name, label, nearest, span
from mautod.core.files.script import Script, clock_of, read_script
from mautod.duration import MINUTE
from mautod.errors import DefinitionError

Kind = Literal["message", "refused", "step", "outcome", "entered"]
KEYS: Final = ("name", "chain", "expect", "nothing")
"""What a test has besides its script."""
KINDS: Final[tuple[Kind, ...]] = ("message", "refused", "step", "outcome", "entered")
MOST: Final = 200
_VERBS: Final = {
    "message": "{} to be sent",
    "refused": "{} to be refused",
    "step": "step {} to be reached",
    "outcome": "the run to end as {}",
    "entered": "the person to enter",
}
_OF_KIND: Final = {"subject": "message", "reason": "refused"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that came to pass on the chain; `detail` is a subject, or why it was refused."""

    kind: Kind
    what: str
    at: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One `[[expect]]`. Without `at` any time will do; not `wanted` means: never."""

    kind: Kind
    what: str
    line: int
    at: int | None = None
    within_ms: int = MINUTE
    detail: str = ""
    wanted: bool = True

    def fits(self, seen: Seen) -> bool:
        """Whether that is what was expected, its time aside."""
        return (
            seen.kind == self.kind
            and seen.what == self.what
            and self.detail.lower() in seen.detail.lower()
        )

    def is_timely(self, seen: Seen) -> bool:
        """Whether that came when it should."""
        return self.at is None or abs(seen.at - self.at) < self.within_ms


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what came is not what was expected; `line` 0 stands for the test as a whole."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class ChainTest:
    """One test file: a script, and what is to come of it on `chain`."""

    name: str
    chain: str
    file: str
    script: Script
    expectations: tuple[Expectation, ...]


def read_test(table: Table, zone: str, fallback: str) -> ChainTest:
    """The test in `table`; `zone` is the workspace's, `fallback` names a test without a name.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table.only(*KEYS, *script.KEYS)
    read = clock_of(table, zone).at
    parts = table.tables("expect")
    if len(parts) > MOST:
        raise table.error("expect", f"{len(parts)} are too many.", f"At most {MOST}.")
    nothing = table.get("nothing", flag, default=False)
    if nothing is bool(parts):
        raise _undecided(table, nothing=nothing)
    return ChainTest(
        name=table.get("name", label, fallback),
        chain=table.need("chain", key_name),
        file=table.file,
        script=read_script(table, zone),
        expectations=tuple(_expectation(part, read) for part in parts),
    )


def _undecided(table: Table, *, nothing: bool) -> DefinitionError:
    if nothing:
        return table.error("nothing", "something is expected as well.", "Remove one of them.")
    return table.error("", "expects nothing.", "Write [[expect]], or nothing = true.")


def _expectation(table: Table, at: Callable[[object], int]) -> Expectation:
    table.only("at", "within", "subject", "reason", *KINDS)
    found = [kind for kind in KINDS if kind in table]
    if len(found) != 1:
        words = ", ".join(KINDS)
        raise table.error("", f"needs one of {words}, found {len(found)}.", "Write one of them.")
    kind = found[0]
    for key, of in _OF_KIND.items():
        if key in table and of != kind:
            raise table.error(key, f"belongs to {of}.", "Remove it.")
    wanted = table.need(kind, flag) if kind == "entered" else True
    return Expectation(
        kind=kind,
        what="" if kind == "entered" else table.need(kind, key_name),
        line=table.line_of(kind),
        at=table.get("at", at, None),
        within_ms=table.get("within", span, MINUTE),
        detail=table.get("subject", label, "") or table.get("reason", label, ""),
        wanted=wanted,
    )


def differences(
    expectations: Sequence[Expectation], seen: Sequence[Seen], shown: Callable[[int], str]
) -> Iterator[Difference]:
    """Where `seen`, in order, is not what was expected; `shown` writes an instant.

    Each thing seen answers one expectation, the first that it fits.
    """
    left = list(seen)
    missed = []
    for one in expectations:
        found = next((each for each in left if one.fits(each) and one.is_timely(each)), None)
        if found is not None:
            left.remove(found)
        if (found is not None) != one.wanted:
            missed.append(one)
    for one in missed:
        late = next((each for each in left if one.fits(each)), None)
        yield Difference(one.line, _missed(one, late, left, shown))
        if late is not None:
            left.remove(late)
    for each in left:
        if each.kind == "message":
            words = f"{each.what} was sent {shown(each.at)}, which nothing expects"
            yield Difference(0, words)


def _missed(
    one: Expectation, late: Seen | None, left: Sequence[Seen], shown: Callable[[int], str]
) -> str:
    """What was expected, and what came instead: `late` at another time, or something else."""
    when = "" if one.at is None else f" {shown(one.at)}"
    piece = f" with {one.detail!r}" if one.detail else ""
    if not one.wanted:
        return f"expected nobody to enter{when}, but somebody did"
    words = f"expected {_VERBS[one.kind].format(one.what)}{piece}{when}"
    if late is not None:
        return f"{words}; it was {shown(late.at)}"
    return f"{words}; {_instead(one, left, shown)}"


def _instead(one: Expectation, left: Sequence[Seen], shown: Callable[[int], str]) -> str:
    same = [each for each in left if each.what == one.what and each.kind != "step"]
    if one.kind == "outcome":
        same = [each for each in left if each.kind == "outcome"]
    if not same:
        return "it never was"
    told = same[0]
    match told.kind:
        case "message":
            return f"it was sent {shown(told.at)}, {told.detail!r}"
        case "refused":
            return f"it was refused {shown(told.at)}: {told.detail}"
        case _:
            return f"it was {told.what or told.kind} {shown(told.at)}"


def known_names(test: ChainTest, steps: Sequence[str], templates: Sequence[str]) -> None:
    """Nothing, if what is expected can come at all.

    Raises:
        DefinitionError: a step that the chain does not have, a template that nobody wrote.
    """
    known = {"step": steps, "message": templates, "refused": templates}
    for one in test.expectations:
        if one.kind in known and one.what not in known[one.kind]:
            what = f"{test.chain} has no step" if one.kind == "step" else "there is no template"
            hint = nearest(one.what, known[one.kind]) if known[one.kind] else ""
            raise DefinitionError(
                f"{what} {one.what!r}.",
                file=test.file,
                line=one.line,
                key=f"expect.{one.kind}",
                hint=hint,
            )
