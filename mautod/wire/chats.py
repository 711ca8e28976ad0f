"""Conversations with people, and mail about nobody that is known."""

from __future__ import annotations

from mautod.wire.shape import Shape

CHAT_STATES = ("open", "snoozed", "closed")


class Chat(Shape, frozen=True):
    """One conversation: `state` is open, snoozed (`until` then) or closed.

    `operator` is whose it is, "" for nobody's. `last`: what was said last, in short; `waits`:
    whether the person said it, so that an answer is due; `since`: when the person said the first
    thing that nobody has answered. Of a chat, `online`: its person has it open, `writes`: and is
    writing. Up to which part the person and operators have read are `read_id` and `seen_id`.
    """

    id: int
    person_id: int
    person: str
    subject: str
    channel: str
    state: str
    operator: str
    opened_at: int
    changed_at: int
    parts: int
    last: str = ""
    waits: bool = False
    until: int | None = None
    online: bool = False
    writes: bool = False
    read_id: int = 0
    seen_id: int = 0
    since: int | None = None


class ChatCounts(Shape, frozen=True):
    """How many conversations are open, how many of these are `mine`, how many rest."""

    open: int
    mine: int
    snoozed: int


class ChatPage(Shape, frozen=True):
    """Newest first by when something last happened; `next` is a place in that order."""

    items: list[Chat]
    next: str | None = None


class MailFile(Shape, frozen=True):
    """A file that came with a mail: `name` is its sender's, `type` is by what is in it."""

    id: int
    name: str
    type: str
    size: int


class MailContent(Shape, frozen=True):
    """What is in a file that came with a mail, as base64 in JSON."""

    file: MailFile
    content: bytes


class ChatPart(Shape, frozen=True):
    """Something that was said: `direction` is in, out or note.

    `message` is the message that carried it, with its `state` and `template`.
    """

    id: int
    at: int
    direction: str
    author: str
    text: str
    message: int | None = None
    state: str = ""
    template: str = ""
    files: list[MailFile] = []
    left_out: int = 0


class ChatThread(Shape, frozen=True):
    """A conversation and all that was said in it, the oldest first."""

    chat: Chat
    parts: list[ChatPart]


class SayAsk(Shape, frozen=True):
    """What an operator says, to the person or as a note to colleagues.

    The same `ref` again is the same: it is said once, however often it is asked for.
    """

    text: str
    operator: str = ""
    ref: str = ""


class TypingAsk(Shape, frozen=True):
    """Show the person that an operator types; say so again every few seconds."""

    operator: str = ""


class GiveAsk(Shape, frozen=True):
    """Give a conversation to an operator; "" for nobody."""

    operator: str


class SnoozeAsk(Shape, frozen=True):
    """Let a conversation rest until an instant, or until its person writes."""

    until: int


class LineAsk(Shape, frozen=True):
    """A line of the composer that begins with a slash, as `/snooze 2h`, and who writes it.

    The same `ref` again is the same: its note is said once.
    """

    line: str
    operator: str = ""
    ref: str = ""


class Ran(Shape, frozen=True):
    """What a slash command did; `insert` is text for the answer that is being written."""

    changed: int
    text: str
    insert: str = ""


class Slash(Shape, frozen=True):
    """A slash command: how it is written, and what it does."""

    name: str
    usage: str
    help: str


class Slashes(Shape, frozen=True):
    """All slash commands, by name."""

    items: list[Slash]


class Mail(Shape, frozen=True):
    """A mail that is about nobody and nothing known here.

    `kind` is what it seems to be: bounce, delayed, complaint, automatic, reply, unclear. Its
    `sender` is what it says itself, which proves nothing; `guess` is who has that address.
    """

    id: int
    at: int
    kind: str
    sender: str
    subject: str
    detail: str = ""
    guess_id: int | None = None
    guess: str = ""


class MailPage(Shape, frozen=True):
    """Newest first; `counts` are of all that is unmatched, by kind."""

    items: list[Mail]
    counts: dict[str, int]
    next: int | None = None


class MailLetter(Shape, frozen=True):
    """One such mail with what it says; `left_out`: files that were too large or too many."""

    mail: Mail
    text: str
    files: list[MailFile] = []
    left_out: int = 0


class MailAsk(Shape, frozen=True):
    """Say whose a mail is: an id, a user id, an anonymous id or an email."""

    person: str
