"""`send = "cart-1"`: queue a message; when it leaves is the gate's affair.

The windows of the chain, the channel and the workspace must be open as well. With `channels`, it
goes by the first of them that is there and reaches the person; with `next_after`, by the next one
too if it was not read in that time after it left, if the gate or the channel refused it, or if it
came back.
Channels that this installation does not have are passed over.

Keys:
  send: the key of the template
  channels: the channels to try, in this order, instead of the chain's
  next_after: how long a message may stay unread before the next channel is tried
  window: hours in which this message may leave
  outside: "wait" for the window, "skip", or "other": by the next channel that reaches
  over_cap: "skip", or "wait" until the cap has room
  expires: how long it may wait

Example:
  [[step]]
  send = "cart-1"
  channels = ["push", "email", "sms"]
  next_after = "1h"
  window = "mon-fri 10:00-18:00"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from mautod.core.chains.limits import LIMITS, NO_LIMITS, OTHER, Limits, read_limits
from mautod.core.chains.run import Go, Park, Run, Send, Transition, Try, View, over_at
from mautod.core.chains.step import Step
from mautod.core.event import Happened
from mautod.core.files.definition import Table, expected, key_name, nearest, span
from mautod.errors import BadInput

CHANNELS: Final = frozenset({"email", "sms", "push", "telegram", "whatsapp", "vk", "chat", "popup"})
MOST: Final = 8
_READ: Final = "Message Opened"
_SAYING: Final = frozenset(
    {_READ, "Message Clicked", "Message Refused", "Message Failed", "Message Bounced"}
)
"""What a run that waits for a message to be read must hear of."""
_UNDER_WAY: Final = frozenset({"queued", "sending", "sent", "delivered", "unknown"})


@dataclass(frozen=True, slots=True)
class SendStep(Step):
    """Queue the message `message`, a template's key, by one or several of `ways_out`."""

    message: str
    own: Limits = NO_LIMITS
    ways_out: tuple[str, ...] = ()
    next_after_ms: int | None = None

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "send", "channels", "next_after", *LIMITS)
        ways_out = table.get("channels", _channels, ())
        if "next_after" in table and len(ways_out) < 2:  # noqa: PLR2004 - there is no next of one
            hint = 'Write channels = ["push", "email"].'
            raise table.error("next_after", "needs several channels.", hint)
        limits = read_limits(table)
        if limits.outside == OTHER and "next_after" not in table:
            hint = 'Write channels = ["push", "email"] and next_after = "1h".'
            raise table.error("outside", "needs several channels and next_after.", hint)
        return cls(
            id_,
            table.need("send", key_name),
            limits,
            ways_out,
            table.get("next_after", span, None),
        )

    def enter(self, run: Run, view: View) -> Transition:
        if not self.ways_out:
            return Go(commands=(Send(self.id, self.message, run.variant),))
        tried = [each for each in view.tries if each.step == self.id]
        return self.resume(run, view) if tried else self._try(run, view, tried)

    def resume(self, run: Run, view: View) -> Transition:
        tried = [each for each in view.tries if each.step == self.id]
        if any(each.read for each in tried) or self.next_after_ms is None:
            return Go()
        until = over_at(run, self.next_after_ms, view)
        if tried and tried[-1].state in _UNDER_WAY and until > view.now:
            return Park(until, _READ)
        return self._try(run, view, tried)

    def hears(self, run: Run, event: Happened, zone: str) -> bool:  # noqa: ARG002
        return (
            event.name in _SAYING
            and event.props.get("run") == run.id
            and event.props.get("step") == self.id
            and "machine" not in event.props
        )

    @property
    def awaits(self) -> str | None:
        return None if self.next_after_ms is None else _READ

    @property
    def channels(self) -> tuple[str, ...]:
        return self.ways_out

    @property
    def limits(self) -> Limits:
        return self.own

    @property
    def template(self) -> str:
        return self.message

    def _try(self, run: Run, view: View, tried: Sequence[Try]) -> Transition:
        """By the next channel that reaches the person, and wait if there is one after it."""
        gone = {each.channel for each in tried}
        left = [each for each in self.ways_out if each in view.reach and each not in gone]
        if not left:
            return self._none(run, tried)
        key = left[0] if tried else ""
        send = Send(self.id, self.message, run.variant, left[0], key)
        if self.next_after_ms is None or not left[1:]:
            return Go(commands=(send,))
        return Park(view.now + self.next_after_ms, _READ, (send,))

    def _none(self, run: Run, tried: Sequence[Try]) -> Transition:
        """Nothing reaches the person: the gate is to say why, of the chain's own channel."""
        return Go() if tried else Go(commands=(Send(self.id, self.message, run.variant),))


def _channels(value: Any) -> tuple[str, ...]:
    """Reader: some channels, each once."""
    names = value if isinstance(value, list) else [value]
    if not 1 <= len(names) <= MOST or len(set(map(str, names))) < len(names):
        raise expected('channels like ["push", "email"]', value)
    for name in names:
        if name not in CHANNELS:
            raise BadInput(f"there is no channel {name!r}.", hint=nearest(str(name), CHANNELS))
    return tuple(names)


STEP = SendStep
