"""Conversations with people, and mail that nobody is known to have written."""

from __future__ import annotations

from mautod import wire
from mautod.services.conversations import answer, commands, show
from mautod.services.conversations.commands.port import At
from mautod.services.desk.base import After, Base, Limit, Number
from mautod.services.mail import unmatched
from mautod.services.people import find as people
from mautod.store.conversations import listing
from mautod.store.conversations.listing import ChatFilter
from mautod.store.db import Tx
from mautod.store.mail.vault import Vault


class ChatsDesk(Base):
    """Conversations read and answered; unmatched mail."""

    def chats(
        self,
        state: str = "",
        operator: str = "",
        person: str = "",
        after: str = "",
        limit: Limit = 50,
    ) -> wire.ChatPage:
        """Conversations, what happened last first; `operator` "-" for those that are nobody's."""
        tx = self._db.read()
        whose = people.resolve(tx, person) if person else None
        sought = ChatFilter(state=state, operator=operator, person=whose)
        return show.page(tx, sought, after, limit, self._tools.now())

    def chat_counts(self, operator: str = "") -> wire.ChatCounts:
        """How many conversations are open, how many of these are `operator`'s, how many rest."""
        return listing.counts(self._db.read(), operator, self._tools.now())

    def slashes(self) -> wire.Slashes:
        """What may be written in an answer after a slash."""
        return commands.listed()

    def chat(self, chat: Number) -> wire.ChatThread:
        """One conversation with all that was said in it."""
        return show.thread(self._db.read(), chat, self._tools.now())

    def reply_chat(self, chat: Number, ask: wire.SayAsk) -> wire.Done:
        """Answer the person, once for each `ref`."""
        house = self._settings.config.workspace.name
        with self._db.write() as tx:
            return answer.reply(tx, chat, ask, house, self._tools.now())

    def note_chat(self, chat: Number, ask: wire.SayAsk) -> wire.Done:
        """Leave a note that only colleagues see."""
        with self._db.write() as tx:
            return answer.note(tx, chat, ask, self._tools.now())

    def typing_chat(self, chat: Number, ask: wire.TypingAsk) -> wire.Done:
        """Show the person that an operator types, for some seconds."""
        with self._db.write() as tx:
            return answer.typing(tx, chat, ask.operator, self._tools.now())

    def read_chat(self, chat: Number) -> wire.Done:
        """Show the person that all they said was read."""
        with self._db.write() as tx:
            return answer.read(tx, chat, self._tools.now())

    def give_chat(self, chat: Number, ask: wire.GiveAsk) -> wire.Done:
        """Make it an operator's, or nobody's."""
        with self._db.write() as tx:
            return answer.give(tx, chat, ask.operator, self._tools.now())

    def close_chat(self, chat: Number) -> wire.Done:
        """Close it until its person writes again."""
        with self._db.write() as tx:
            return answer.close(tx, chat, self._tools.now())

    def snooze_chat(self, chat: Number, ask: wire.SnoozeAsk) -> wire.Done:
        """Let it rest until an instant, or until its person writes."""
        with self._db.write() as tx:
            return answer.snooze(tx, chat, ask.until, self._tools.now())

    def open_chat(self, chat: Number) -> wire.Done:
        """Open it again, closed or at rest."""
        with self._db.write() as tx:
            return answer.reopen(tx, chat, self._tools.now())

    def do_chat(self, chat: Number, ask: wire.LineAsk) -> wire.Ran:
        """Do what a line with a slash says, as `/snooze 2h`."""
        with self._db.write() as tx:
            return commands.do(self._slash_at(tx), chat, ask)

    def complete_chat(self, chat: Number, ask: wire.LineAsk) -> wire.Candidates:
        """What the line may go on with."""
        return commands.complete(self._slash_at(self._db.read()), chat, ask.line)

    def _slash_at(self, tx: Tx) -> At:
        place = self._settings.config.workspace
        return At(tx, self._tools.now(), self._zone, place.currency)

    def unmatched_mail(
        self, kind: str = "", after: After = None, limit: Limit = 50
    ) -> wire.MailPage:
        """Mail about nobody that is known, the latest first."""
        return unmatched.page(self._db.read(), kind, after, limit)

    def unmatched_letter(self, mail: Number) -> wire.MailLetter:
        """One such mail with what it says."""
        return unmatched.show(self._db.read(), mail)

    def assign_mail(self, mail: Number, ask: wire.MailAsk) -> wire.Done:
        """File a mail in a person's conversation."""
        with self._db.write() as tx:
            return unmatched.assign(tx, mail, ask, self._tools.now())

    def drop_mail(self, mail: Number) -> wire.Done:
        """Forget what a mail says."""
        with self._db.write() as tx:
            return unmatched.drop(tx, mail)

    def mail_file(self, file: Number) -> wire.MailContent:
        """What is in a file that came with a mail."""
        return unmatched.file(self._db.read(), Vault(self._settings.attachments), file)
