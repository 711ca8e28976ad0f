"""`notify = "Call {{ person.name }}, {{ person.phone }}"`: write to operators by email.

The run goes on at once. The text is Liquid and knows `person`, `event` (that started the run) and
`run`. It goes to the addresses in config.toml, [notify], unless the step names others.

Keys:
  notify: the text, or a table with the following
  text: the text
  subject: the subject; else the first line of the text
  to: addresses

Example:
  [[step]]
  notify = { to = ["sales@shop.example"], subject = "Hot lead", text = "Call {{ person.phone }}" }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from mautod.core.chains.run import NOTIFY, Call, Go, Run, Transition, View
from mautod.core.chains.step import Memo, Step
from mautod.core.files.definition import Table, expected, label, nearest, text
from mautod.core.people.person import clean_email
from mautod.core.templates.liquid import compile_text
from mautod.duration import DAY
from mautod.errors import DefinitionError

VARIABLES: Final = ("person", "event", "run")
TRIED_MS: Final = DAY
LONGEST: Final = 4000  # characters
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Notify(Step):
    """Send `note`, and go on."""

    note: Memo

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "notify")
        if not isinstance(table.values.get("notify"), Mapping):
            return cls(id_, Memo("", _liquid(table, "notify")))
        inner = table.need_table("notify")
        inner.only("text", "subject", "to")
        subject = _liquid(inner, "subject") if "subject" in inner else ""
        return cls(id_, Memo(subject, _liquid(inner, "text"), inner.get("to", _addresses, ())))

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Go(commands=(Call(self.id, NOTIFY, view.now + TRIED_MS),))

    @property
    def memo(self) -> Memo:
        return self.note


def _liquid(table: Table, key: str) -> str:
    """The Liquid under `key`, which names nothing that is not there."""
    value = table.need(key, text)
    if len(value) > LONGEST:
        raise table.error(key, f"is longer than {LONGEST} characters.", "Write less.")
    try:
        names = compile_text(value, file=table.file, line=table.line_of(key)).names
    except DefinitionError as error:
        raise table.error(key, error.message, error.hint) from error
    for name in sorted(names):
        if name not in VARIABLES:
            raise table.error(key, f"{name} is no variable.", nearest(name, VARIABLES))
    return value


def _addresses(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    found = [clean_email(each) for each in given]
    if not 1 <= len(found) <= MOST or None in found:
        raise expected('addresses like ["sales@shop.example"]', value)
    return tuple(label(each) for each in given)


STEP = Notify
