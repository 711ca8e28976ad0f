"""Takes letters through one session, the next envelope in one write with each message's text.

What is promised about each letter: Sent and Failed were said by the server; Retry means that the
server cannot have the message; Unknown that its last byte left and no answer came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from mautod.channels.email.address import envelope_address
from mautod.channels.email.replies import Cut, Reply, after_data, after_mail, after_rcpt
from mautod.channels.email.session import Session, open_still
from mautod.channels.email.turns import Turns
from mautod.clock import monotonic_s
from mautod.core.sending.bounce import CLOSING
from mautod.core.sending.message import Failed, Letter, Outcome, Retry, Trace, Unknown
from mautod.errors import BadInput

_DOT = b".\r\n"
_RSET = b"RSET\r\n"
_DATA = b"DATA\r\n"


class Batch:
    """The letters of one `send`, those that still wait, and what became of the others.

    `turns` holds back letters to a domain that has all the connections it may have.
    """

    def __init__(self, letters: Sequence[Letter], turns: Turns) -> None:
        self.letters = letters
        self.trouble = Cut("not tried")
        self._turns = turns
        self._outcomes: dict[int, Outcome] = {}
        self._waiting: deque[int] = deque()
        for place, letter in enumerate(letters):
            if unfit := _unfit(letter):
                self._outcomes[place] = unfit
            else:
                self._waiting.append(place)

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, session: Session) -> int | None:
        """The next letter that may go by `session`, as its place; too large ones fail on the way.

        Call `settle` or `put_back` for it: until then it counts among those of its domain.
        """
        for _ in range(len(self._waiting)):
            place = self._waiting.popleft()
            letter, largest = self.letters[place], session.largest
            if largest and len(letter.payload) > largest:
                self._outcomes[place] = _too_large(letter, largest)
            elif self._turns.enter(letter.address, session):
                return place
            else:
                self._waiting.append(place)
        return None

    def put_back(self, place: int, session: Session) -> None:
        self._turns.leave(self.letters[place].address, session)
        self._waiting.appendleft(place)

    def settle(self, place: int, session: Session, outcome: Outcome) -> None:
        self._turns.leave(self.letters[place].address, session)
        self._outcomes[place] = outcome

    async def turn(self) -> None:
        """Wait until a letter of another batch has made room for one of these."""
        await self._turns.wait()

    def outcomes(self) -> list[Outcome]:
        """One for each letter, in order; a letter that nobody took can be tried again."""
        later = self.trouble.retry()
        return [self._outcomes.get(place, later) for place in range(len(self.letters))]


class Courier:
    """One session at work on a batch."""

    def __init__(self, session: Session, batch: Batch) -> None:
        self._session = session
        self._line = session.line
        self._batch = batch
        self._place: int | None = None
        self._next: int | None = None
        self._text_sent = False

    async def run(self) -> None:
        """Carry letters until none waits.

        Raises:
            Cut: the session ended; call `give_up`.
        """
        self._place = self._batch.take(self._session)
        self._begin()
        while self._place is not None:
            refusal = await self._offer()
            if refusal is None:
                await self._hand_over()
            else:
                self._settle(refusal)
                self._place = self._batch.take(self._session)
                self._begin()

    def give_up(self, cut: Cut) -> None:
        """Say what became of the letters under way when the session ended."""
        self._batch.trouble = cut
        if self._next is not None:
            self._batch.put_back(self._next, self._session)
        if self._place is None:
            return
        if self._text_sent and not self._line.held:
            trace = Trace(code=cut.code)
            self._batch.settle(self._place, self._session, Unknown(str(cut), trace))
        elif self._session.served:
            # The session was good for others: the letter gets a fresh one.
            self._batch.put_back(self._place, self._session)
        else:
            self._batch.settle(self._place, self._session, cut.retry())

    def _begin(self) -> None:
        """Open a transaction for the letter at hand, after a reset if one is left open."""
        if self._place is None or not self._session.pipelining:
            return
        reset = _RSET if self._session.dirty else b""
        self._line.write(reset + b"".join(self._envelope(self._place)))

    async def _offer(self) -> Outcome | None:
        """Hear about the envelope at hand; None if the server waits for the text."""
        if self._place is None:
            return None
        if self._session.dirty:
            await self._answer(_RSET)
            self._session.dirty = False
        sender, recipient, data = self._envelope(self._place)
        refusal: Outcome | None = None
        reply = await self._answer(sender)
        if not reply.positive:
            refusal = after_mail(reply)
        if refusal is None or self._session.pipelining:
            reply = await self._answer(recipient)
            if refusal is None and not reply.positive:
                refusal = after_rcpt(reply)
        if refusal is None or self._session.pipelining:
            refusal = await self._asked_for_text(data, refusal)
        self._session.dirty = refusal is not None
        return refusal

    async def _asked_for_text(self, data: bytes, refusal: Outcome | None) -> Outcome | None:
        reply = await self._answer(data, may_go_on=True)
        if not reply.go_on:
            return refusal or after_data(reply)
        if refusal is not None:
            # It waits for a text although it took no recipient: an empty one ends that (RFC 2920).
            self._line.write(_DOT)
            open_still(await self._line.reply())
        return refusal

    async def _answer(self, command: bytes, *, may_go_on: bool = False) -> Reply:
        if not self._session.pipelining:
            self._line.write(command)
        reply = open_still(await self._line.reply())
        # Whoever answers 354 to anything but DATA, or 2xx to DATA, has lost count of our commands.
        if reply.go_on != may_go_on and not reply.refused:
            raise Cut(f"an answer out of turn: {reply.text}")
        return reply

    async def _hand_over(self) -> None:
        if self._place is None:
            return
        letter = self._batch.letters[self._place]
        after = self._next_envelope()
        self._line.write(_stuffed(letter.payload) + after, after=len(after))
        self._text_sent = True
        begun = monotonic_s()
        reply = await self._line.reply()
        if reply.go_on:
            raise Cut(f"an answer out of turn: {reply.text}")
        self._text_sent = False
        took_ms = round((monotonic_s() - begun) * 1000)
        self._settle(_closed(reply) if reply.closing else after_data(reply, took_ms))
        self._place, self._next = self._next, None
        open_still(reply)
        if not self._session.pipelining:
            self._place = self._batch.take(self._session)

    def _next_envelope(self) -> bytes:
        if not self._session.pipelining:
            return b""
        self._next = self._batch.take(self._session)
        return b"" if self._next is None else b"".join(self._envelope(self._next))

    def _settle(self, outcome: Outcome) -> None:
        if self._place is not None:
            self._batch.settle(self._place, self._session, outcome)
        self._place = None
        self._session.served = True

    def _envelope(self, place: int) -> tuple[bytes, bytes, bytes]:
        letter = self._batch.letters[place]
        size = f" SIZE={len(letter.payload)}" if "SIZE" in self._session.features else ""
        sender = f"MAIL FROM:<{envelope_address(letter.sender)}>{size}\r\n"
        recipient = f"RCPT TO:<{envelope_address(letter.address)}>\r\n"
        return sender.encode(), recipient.encode(), _DATA


def _closed(reply: Reply) -> Retry:
    return Retry(reply.text, CLOSING, Trace(code=reply.stated))


def _too_large(letter: Letter, largest: int) -> Failed:
    return Failed(f"{len(letter.payload)} bytes; the server takes {largest} at most")


def _unfit(letter: Letter) -> Outcome | None:
    try:
        envelope_address(letter.address)
    except BadInput as error:
        return Failed(error.message, dead=True)
    try:
        envelope_address(letter.sender)
    except BadInput:
        return Failed("The sender is not an email address.")
    return None


def _stuffed(payload: bytes) -> bytes:
    """The message as DATA takes it, its end included."""
    start = b"." if payload.startswith(b".") else b""
    end = b"" if payload.endswith(b"\r\n") else b"\r\n"
    return b"".join((start, payload.replace(b"\r\n.", b"\r\n.."), end, _DOT))
