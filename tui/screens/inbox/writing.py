"""The right half of the inbox: what was said, and the composer under it."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static, TextArea

from mautod import wire
from mautod.errors import MautodError
from tui import show
from tui.asking import Asking
from tui.outbox import Outbox
from tui.screens.inbox import rows
from tui.widgets.composer import Composer
from tui.widgets.listing import Listing
from tui.widgets.pane import Pane
from tui.words import tr

FITS_S: Final = 0.05
"""A pause in typing after which candidates are asked for."""


class Writing(Asking):
    """A place that shows one conversation and takes words for it."""

    outbox: Outbox
    thread: wire.ChatThread | None = None
    noting: bool = False
    _found: wire.Candidates | None = None
    _fits_timer: Timer | None = None

    def make_right(self) -> None:
        """The widgets of the right half."""
        self.said = Static("", markup=False, id="said")
        self.scroll = VerticalScroll(self.said, id="thread")
        self.composer = Composer()
        self.fits: Listing[wire.Candidate] = Listing(_candidate, lambda c: c.text, id="slashes")
        self.fits.can_focus = False
        self.fits.display = False
        self.thread_pane = Pane("", self.scroll, top=True)
        self.write_pane = Pane(tr("Answer"), self.fits, self.composer, classes="-auto")

    # --- showing

    def put_thread(self, found: wire.ChatThread | None) -> None:
        """Show a conversation with its draft; the same one again keeps what is being written."""
        before = self.thread
        self.keep_draft()
        self.thread = found
        if found is None or before is None or before.chat.id != found.chat.id:
            self.noting = False
            self.composer.write(self.outbox.drafts.get(found.chat.id, "") if found else "")
        self.show_thread(down=_place(before) != _place(found))

    def show_thread(self, *, down: bool = False) -> None:
        """Draw it again; `down`: and show its end."""
        if self.thread is None:
            self.thread_pane.name_it(Content(""))
            self.said.update("")
            return
        now, found = self.desk.now(), self.thread
        owner = show.clean(found.chat.operator) or tr("nobody's")
        self.thread_pane.name_it(rows.head(found.chat, now), Content.styled(owner, "$mark"))
        self.said.update(rows.thread(found, self.outbox.of(found.chat.id), now))
        kind = tr("Note, for colleagues only") if self.noting else tr("Answer")
        self.write_pane.name_it(Content.styled(kind, "$wait") if self.noting else Content(kind))
        if down:
            self.scroll.scroll_end(animate=False, immediate=False)

    def keep_draft(self) -> None:
        """Remember what is written and not yet sent."""
        if self.thread is not None:
            text = self.composer.text
            if text.strip():
                self.outbox.drafts[self.thread.chat.id] = text
            else:
                self.outbox.drafts.pop(self.thread.chat.id, None)

    # --- writing

    @on(Composer.Said)
    def _say(self, event: Composer.Said) -> None:
        event.stop()
        if self.thread is None:
            return
        chat = self.thread.chat.id
        if event.text.startswith("/"):
            self.run_line(chat, event.text)
        elif self.noting:
            self.run_line(chat, f"/note {event.text}")
        elif self.desk.client.read_only:
            self.desk.say(tr("this desk is only for reading"), "bad")
        else:
            self.composer.write("")
            self.outbox.put(chat, event.text, self.desk.now().ms)
            self.show_thread(down=True)

    @on(Composer.Undone)
    def _undone(self, event: Composer.Undone) -> None:
        event.stop()
        self.take_back()

    def take_back(self) -> None:
        """The last answer of this conversation returns into the composer."""
        text = self.outbox.take_back(self.thread.chat.id) if self.thread else ""
        if not text:
            self.desk.say(tr("nothing is on its way here"), "wait")
            return
        self.composer.write(f"{text}\n{self.composer.text}".rstrip("\n"))
        self.composer.focus()
        self.show_thread(down=True)

    def run_line(self, chat: int, line: str) -> None:
        """Do what a line with a slash says in a conversation."""
        self.run_worker(self._run(chat, line), group="inbox-do", exclusive=False)

    async def _run(self, chat: int, line: str) -> None:
        ask = wire.LineAsk(line, self.outbox.operator, self.outbox.name_of(chat, line))
        try:
            ran = await self.desk.client.do_chat(chat, ask)
        except MautodError as error:
            self.desk.failed(error)
            return
        self.outbox.done(chat, line)
        self.desk.say(ran.text)
        if self.thread is not None and self.thread.chat.id == chat:
            self.noting = False
            if self.composer.text.strip() in {line, line.removeprefix("/note ")}:
                self.composer.write(ran.insert)
        self.changed()

    def changed(self) -> None:
        """Something was done; ask the daemon again."""
        raise NotImplementedError

    # --- candidates

    @on(TextArea.Changed, "#composer")
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        if not self.composer.text.startswith("/"):
            self._offer(None)
            return
        if self._fits_timer:
            self._fits_timer.stop()
        self._fits_timer = self.set_timer(FITS_S, self._ask_fits)

    def _ask_fits(self) -> None:
        if self.thread is not None:
            work = self._complete(self.thread.chat.id, self.composer.text)
            self.run_worker(work, group="inbox-fits", exclusive=True)

    async def _complete(self, chat: int, line: str) -> None:
        found = await self.fetch(self.desk.client.complete_chat(chat, wire.LineAsk(line)))
        if self.composer.text == line:
            self._offer(found)

    def _offer(self, found: wire.Candidates | None) -> None:
        line = self.composer.text
        done = found is not None and any(c.text == line[found.start :] for c in found.items)
        self._found = None if done else found
        items = self._found.items if self._found else []
        self.composer.choosing = self.fits.display = bool(items)
        self.fits.styles.height = min(len(items), 6)
        self.fits.put(items)
        self.fits.action_edge(0)

    @on(Composer.Stepped)
    def _step(self, event: Composer.Stepped) -> None:
        event.stop()
        self.fits.action_move(event.by)

    @on(Composer.Taken)
    def _take(self, event: Composer.Taken) -> None:
        event.stop()
        chosen = self.fits.chosen
        if self._found is not None and chosen is not None:
            self.composer.write(f"{self.composer.text[: self._found.start]}{chosen.text} ")


def _place(found: wire.ChatThread | None) -> tuple[int, int] | None:
    """What the end of a thread is known by."""
    return (found.chat.id, len(found.parts)) if found else None


def _candidate(item: wire.Candidate, width: int) -> Content:
    name = min(max(len(item.text) + 2, 12), width)
    return Content.assemble(
        show.fit(show.clean(item.text), name), (show.clean(item.note), "$quiet")
    )
