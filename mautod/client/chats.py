"""Conversations with people, and mail that nobody is known to have written."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class ChatsClient(Http):
    """Conversations read and answered; unmatched mail."""

    async def chats(
        self,
        state: str = "",
        operator: str = "",
        person: str = "",
        after: str = "",
        limit: int = 50,
    ) -> wire.ChatPage:
        query = {"state": state, "operator": operator, "person": person, "after": after}
        return await self._get(wire.ChatPage, "chats", **query, limit=limit)

    async def chat_counts(self, operator: str = "") -> wire.ChatCounts:
        return await self._get(wire.ChatCounts, "chats/counts", operator=operator)

    async def slashes(self) -> wire.Slashes:
        return await self._get(wire.Slashes, "chats/commands")

    async def chat(self, chat: int) -> wire.ChatThread:
        return await self._get(wire.ChatThread, f"chats/{chat}")

    async def reply_chat(self, chat: int, ask: wire.SayAsk) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/reply", ask)

    async def note_chat(self, chat: int, ask: wire.SayAsk) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/note", ask)

    async def typing_chat(self, chat: int, ask: wire.TypingAsk) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/typing", ask)

    async def read_chat(self, chat: int) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/read")

    async def give_chat(self, chat: int, ask: wire.GiveAsk) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/give", ask)

    async def close_chat(self, chat: int) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/close")

    async def snooze_chat(self, chat: int, ask: wire.SnoozeAsk) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/snooze", ask)

    async def open_chat(self, chat: int) -> wire.Done:
        return await self._post(wire.Done, f"chats/{chat}/open")

    async def do_chat(self, chat: int, ask: wire.LineAsk) -> wire.Ran:
        return await self._post(wire.Ran, f"chats/{chat}/do", ask)

    async def complete_chat(self, chat: int, ask: wire.LineAsk) -> wire.Candidates:
        return await self._post(wire.Candidates, f"chats/{chat}/complete", ask)

    async def unmatched_mail(
        self, kind: str = "", after: int | None = None, limit: int = 50
    ) -> wire.MailPage:
        return await self._get(wire.MailPage, "mail", kind=kind, after=after, limit=limit)

    async def unmatched_letter(self, mail: int) -> wire.MailLetter:
        return await self._get(wire.MailLetter, f"mail/{mail}")

    async def assign_mail(self, mail: int, ask: wire.MailAsk) -> wire.Done:
        return await self._post(wire.Done, f"mail/{mail}/assign", ask)

    async def drop_mail(self, mail: int) -> wire.Done:
        return await self._post(wire.Done, f"mail/{mail}/drop")

    async def mail_file(self, file: int) -> wire.MailContent:
        return await self._get(wire.MailContent, f"files/{file}")
