"""Progress of long work: a bar on a terminal, a line a phase elsewhere."""

from __future__ import annotations

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Shows one bar per phase on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description:<32}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tell(self, phase: str, done: int, total: int) -> None:
        """`done` of `total` of `phase`; a total of 0 is not known yet."""
        if phase not in self._tasks:
            self._finish()
            self._tasks[phase] = self._bars.add_task(phase, total=total or None)
            if not self._console.is_terminal:
                self._console.print(f"{phase} …", highlight=False)
        self._bars.update(self._tasks[phase], completed=done, total=total or None)

    def close(self) -> None:
        """Leave the bars as they are."""
        self._finish()
        self._bars.stop()

    def _finish(self) -> None:
        for task in self._bars.tasks:
            if not task.finished:
                self._bars.update(
                    task.id, total=max(task.completed, 1), completed=max(task.completed, 1)
                )
