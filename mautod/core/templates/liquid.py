"""Liquid with its limits on: marketers' text may loop and branch, not eat the machine.

Values are HTML-escaped unless the text is plain; only `sanitise` lets harmless HTML through, since
properties come from browsers. Time is the context's `now`, so that a simulation writes what a real
run would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from liquid import BoundTemplate, Environment, Mode
from liquid.exceptions import LiquidError

from mautod.core.files.definition import nearest
from mautod.core.templates.blame import culprit, place_of
from mautod.core.templates.filters import equip
from mautod.core.templates.liquid_nodes import FastTemplate, TextTag, ValueTag, quicken
from mautod.core.templates.tolerant import soften
from mautod.errors import BadInput, DefinitionError

LOOPS: Final = 10_000
OUTPUT_CHARACTERS: Final = 1_000_000
LOCALS_BYTES: Final = 1_000_000


class _Limited(Environment):
    loop_iteration_limit = LOOPS
    output_stream_limit = OUTPUT_CHARACTERS
    local_namespace_limit = LOCALS_BYTES
    template_class = FastTemplate


@dataclass(frozen=True, slots=True)
class Filled:
    """One piece of compiled Liquid; `names`: variables it reads, with their first lines."""

    _compiled: BoundTemplate
    names: Mapping[str, int]

    def render(self, values: Mapping[str, Any]) -> str:
        """The text with `values` put in.

        Raises:
            BadInput: the text cannot be filled with these values, or goes over a limit.
        """
        try:
            return self._compiled.render(values)
        except LiquidError as error:
            raise BadInput(f"The template cannot be filled: {_plain(error)}") from error
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            # Filters of the library let a few of Python's own errors through on odd values.
            raise BadInput(f"The template cannot be filled: {type(error).__name__}") from error


def compile_html(text: str, *, file: str, line: int = 1) -> Filled:
    """Liquid whose values are HTML-escaped; `line` is where `text` begins in `file`.

    Raises:
        DefinitionError: it does not parse; names the line.
    """
    return _compiled(_HTML, text, file, line)


def compile_text(text: str, *, file: str, line: int = 1) -> Filled:
    """Liquid whose values go in as they are; for subjects and plain text.

    Raises:
        DefinitionError: it does not parse; names the line.
    """
    return _compiled(_TEXT, text, file, line)


def fields_of(text: str) -> set[tuple[str, str]]:
    """The properties that Liquid text reads, as (`person`, `city`).

    Raises:
        DefinitionError: it does not parse.
    """
    used = _compiled(_TEXT, text, "", 1)._compiled.analyze().globals  # noqa: SLF001 - our own
    found = (use.segments for uses in used.values() for use in uses)
    return {(str(path[0]), path[1]) for path in found if len(path) > 1 and isinstance(path[1], str)}


def _compiled(environment: Environment, text: str, file: str, line: int) -> Filled:
    try:
        compiled = environment.from_string(text)
    except LiquidError as error:
        at, shown, column = place_of(text, culprit(environment, text, error))
        raise DefinitionError(
            _plain(error),
            file=file,
            line=line + at - 1,
            hint="See Liquid's tags.",
            spot=(shown, column),
        ) from error
    soften(compiled)
    found = compiled.analyze()
    for name, places in found.filters.items():
        if name not in environment.filters:
            at = places[0].index
            raise DefinitionError(
                "is no filter",
                file=file,
                line=line + place_of(text, at)[0] - 1,
                key=name,
                hint=nearest(name, environment.filters),
                spot=place_of(text, at)[1:],
            )
    used = found.globals
    quicken(compiled.nodes)
    first = {name: min(use.span.index for use in uses) for name, uses in used.items()}
    return Filled(compiled, {n: line + text.count("\n", 0, at) for n, at in first.items()})


def _plain(error: LiquidError) -> str:
    return str(error.args[0]) if error.args else type(error).__name__


def _environment(*, autoescape: bool) -> Environment:
    made = _Limited(autoescape=autoescape, tolerance=Mode.STRICT, strict_filters=True)
    for tag in ("include", "render"):
        made.tags.pop(tag)
    made.add_tag(TextTag)
    made.add_tag(ValueTag)
    equip(made)
    return made


_HTML: Final = _environment(autoescape=True)
_TEXT: Final = _environment(autoescape=False)
