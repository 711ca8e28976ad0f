"""`send = "cart-1"`: queue a message; when it leaves is the gate's affair.

The windows of the chain, the channel and the workspace must be open as well.

Keys:
  send: the key of the template
  window: hours in which this message may leave
  outside: "wait" for the window, or "skip"
  over_cap: "skip", or "wait" until the cap has room
  expires: how long it may wait

Example:
  [[step]]
  send = "cart-1"
  window = "mon-fri 10:00-18:00"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from mautod.core.chains.limits import LIMITS, NO_LIMITS, Limits, read_limits
from mautod.core.chains.run import Go, Run, Send, Transition, View
from mautod.core.chains.step import Step
from mautod.core.definition import Table, key_name


@dataclass(frozen=True, slots=True)
class SendStep(Step):
    """Queue the message `message`, a template's key."""

    message: str
    own: Limits = NO_LIMITS

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "send", *LIMITS)
        return cls(id_, table.need("send", key_name), read_limits(table))

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Go(commands=(Send(self.id, self.message, run.variant),))

    @property
    def limits(self) -> Limits:
        return self.own

    @property
    def template(self) -> str:
        return self.message


STEP = SendStep
