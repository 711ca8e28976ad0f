"""What one does with a chain besides pausing it: try it, look at its past, change its file."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Final

from textual.app import SuspendNotSupported
from textual.content import Content

from mautod import wire
from mautod.errors import MautodError
from tui import show
from tui.asking import Asking
from tui.screens.campaigns.report import report
from tui.screens.campaigns.script import script_of
from tui.screens.campaigns.try_out import TryOutScreen
from tui.screens.campaigns.versions import VersionsScreen, coloured
from tui.screens.sheets import Decision
from tui.show import clean, clean_lines
from tui.words import many, tr
from tui.working import finished

SIGNS: Final = {"added": ("+", "$good"), "changed": ("~", "$wait"), "removed": ("-", "$bad")}
LOOKS: Final = "campaigns-look"
ASKS: Final = "campaigns-act"
"""Groups of workers: those that only show, and those that ask a question and wait."""
LONGEST_SCRIPT: Final = 200_000


class Acts(Asking):
    """A place from which chains are tried, looked back on and changed."""

    scripts: dict[str, str]
    """Persons' files that were written here, by the chain; they are kept until the desk ends."""

    @property
    def shown(self) -> wire.Chain | None:
        """The chain in view with its steps."""
        raise NotImplementedError

    def _chain(self) -> wire.Chain | None:
        """The chain in view, or a word that a broadcast has no file."""
        chain = self.shown
        if chain is None or not chain.enter:
            self.desk.say(tr("choose a chain; a broadcast has no file"), "wait")
            return None
        return chain

    # --- simulate

    def action_simulate(self) -> None:
        """Ask whom to lead through the chain."""
        if self._chain() is not None:
            hint = tr("a person's file.toml, an email, an id; or nothing for an invented one")
            self.desk.ask_line("simulate", "simulate ", hint=hint)

    def simulate_asked(self, text: str) -> None:
        """The prompt of `action_simulate` was ended."""
        chain = self._chain()
        if chain is not None:
            self.run_worker(self._try(chain, text.strip()), group=LOOKS, exclusive=True)

    async def _try(self, chain: wire.Chain, whom: str) -> None:
        if not whom:
            text = self.scripts.get(chain.key) or script_of(chain)
        elif whom.endswith(".toml"):
            read = self._read(whom)
            if read is None:
                return
            text = read
        else:
            card = await self.fetch(self.desk.client.person(whom))
            if card is None:
                return
            text = script_of(chain, card)
        self.app.push_screen(TryOutScreen(chain, text, self.scripts))

    def _read(self, name: str) -> str | None:
        path = Path(name).expanduser()
        try:
            with path.open(encoding="utf-8-sig") as file:
                return file.read(LONGEST_SCRIPT)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "") or tr("it is no UTF-8 text")
            self.desk.say(f"{path}: {reason}", "bad")
            return None

    # --- looking

    def action_versions(self) -> None:
        chain = self._chain()
        if chain is not None:
            self.app.push_screen(VersionsScreen(chain))

    def action_lint(self) -> None:
        chain = self._chain()
        if chain is not None:
            self.run_worker(self._lint(chain), group=LOOKS, exclusive=True)

    async def _lint(self, chain: wire.Chain) -> None:
        """What is wrong in the file of this chain, and how much in the others."""
        found = await self.fetch(self.desk.client.lint())
        file = await self._file(chain)
        if found is None or file is None:
            return
        mine = [one for one in found.items if one.file.endswith(file)]
        lines = [_finding(one) for one in mine]
        if not mine:
            lines = [Content.assemble(("✓ ", "$good"), tr("Nothing is wrong in this chain."))]
        rest = len(found.items) - len(mine)
        if rest:
            words = many(rest, "thing is wrong in other files|things are wrong in other files")
            lines.append(Content.styled(f"{show.count(rest)} {words}: mautod lint", "$quiet"))
        self.desk.sheet(f"{tr('Lint')} · {clean(chain.key)}", Content("\n\n").join(lines))

    async def _file(self, chain: wire.Chain) -> str | None:
        """The file of a chain, from the daemon's folder on."""
        found = await self.fetch(self.desk.client.versions("chain", chain.key, 1))
        return found.items[0].file if found is not None and found.items else None

    def action_report(self) -> None:
        if self.shown is not None:
            self.run_worker(self._report(self.shown), group=LOOKS, exclusive=True)

    async def _report(self, chain: wire.Chain) -> None:
        found = await self.fetch(self.desk.client.goals(chain.key))
        if found is not None:
            self.desk.sheet(f"{tr('Report')} · {clean(chain.key)}", report(found))

    # --- changing

    def action_edit(self) -> None:
        """The file in the editor of the terminal, then what the change would mean."""
        chain = self._chain()
        if chain is not None:
            self.run_worker(self._edit(chain), group=ASKS, exclusive=True)

    async def _edit(self, chain: wire.Chain) -> None:
        file = await self._file(chain)
        if file is None:
            return
        path = None if self.desk.folder is None else self.desk.folder / file
        if path is None or not path.is_file():
            hint = tr("the files are on the daemon's machine; v shows what runs")
            self.desk.say(hint, "wait")
            return
        before = path.read_bytes()
        if self._in_editor(path) and path.read_bytes() != before:
            await self._plan()

    def _in_editor(self, path: Path) -> bool:
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            with self.app.suspend():
                subprocess.run([*shlex.split(command), str(path)], check=False)  # noqa: S603 - the operator's own
        except SuspendNotSupported:
            self.desk.say(
                tr("this terminal has no room for an editor: edit {path}", path=path), "bad"
            )
            return False
        except OSError as error:
            self.desk.say(f"{command}: {error.strerror}. {tr('Set EDITOR.')}", "bad")
            return False
        return True

    def action_plan(self) -> None:
        """What the files would change, and what it means for people; then put them in force."""
        self.run_worker(self._plan(), group=ASKS, exclusive=True)

    async def _plan(self) -> None:
        try:
            found = await self.desk.client.plan()
        except MautodError as error:
            self.desk.sheet(
                tr("The files are wrong"), Content.styled(clean_lines(str(error)), "$bad")
            )
            return
        if not found.items:
            self.desk.say(tr("nothing differs from what runs"))
            return
        number = show.count(len(found.items))
        words = many(len(found.items), "definition|definitions")
        yes = f"{tr('put in force')}: {number} {words}"
        if await self.app.push_screen_wait(Decision(tr("What would change"), planned(found), yes)):
            await self._apply()

    async def _apply(self) -> None:
        client = self.desk.client
        try:
            work = await finished(client, client.apply(), lambda text: self.desk.say(text, "wait"))
        except MautodError as error:
            self.desk.failed(error)
            return
        done = work.changes.items if work.changes else []
        words = many(len(done), "definition|definitions")
        self.desk.say(tr("{number} {words} in force now", number=len(done), words=words))
        self.applied()

    def applied(self) -> None:
        """Other definitions run now."""


def planned(found: wire.Plan) -> Content:
    """Every change with what it means for people, and its difference."""
    parts = []
    for one in found.items:
        sign, style = SIGNS.get(one.verb, ("·", ""))
        head = f"{one.kind} {clean(one.key)}  ({clean(one.file)})"
        lines = [Content.assemble((f"{sign} ", f"bold {style}"), (head, "bold"))]
        lines += [Content.styled(f"  {clean(effect)}", "$wait") for effect in one.effects]
        parts.append(Content("\n").join([*lines, coloured(one.diff)]))
    parts += [Content.styled(f"! {clean(warning)}", "$wait") for warning in found.warnings]
    return Content("\n\n").join(parts)


def _finding(one: wire.Lint) -> Content:
    place = f"{clean(one.file)}:{one.line}"
    return Content.assemble(
        (place, "bold"), f"  {clean(one.what)}\n", (clean_lines(one.todo), "$quiet")
    )
