"""What a kind of step is; each kind is one file in `steps/`, named after its key in the file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from mautod.core.chains.limits import NO_LIMITS, Limits
from mautod.core.chains.run import Run, Transition, View
from mautod.core.event import Happened
from mautod.core.files.definition import Table
from mautod.core.rules.checker import Depends
from mautod.core.rules.tree import Rule

By = Literal["goal", "money", "click", "open"]


@dataclass(frozen=True, slots=True)
class Winner:
    """When one way of a split is the best: by what, judged how long after the draw.

    It must be certain but for `alpha`, with at least `least` people on each way.
    """

    by: By
    after_ms: int
    alpha: float
    least: int


@dataclass(frozen=True, slots=True)
class Post:
    """Where a webhook posts to; in `headers`, `${MAUTOD_NAME}` stands for a secret."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memo:
    """What operators are told: Liquid, and to whom if not to those in the configuration."""

    subject: str
    text: str
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step(ABC):
    """One step of a chain."""

    id: str

    @classmethod
    @abstractmethod
    def read(cls, id_: str, table: Table) -> Self:
        """The step that a `[[step]]` table describes.

        Raises:
            DefinitionError: it describes none.
        """

    @abstractmethod
    def enter(self, run: Run, view: View) -> Transition:
        """What happens when a run comes to this step."""

    def resume(self, run: Run, view: View) -> Transition:
        """What happens when a run that parked here wakes; by default as at coming."""
        return self.enter(run, view)

    def hears(self, run: Run, event: Happened, zone: str) -> bool:  # noqa: ARG002
        """Whether this event is what the run awaits here; `zone` is the workspace's."""
        return False

    def ways(self) -> Mapping[str, str | None]:
        """Where it may go on, by the key that says so; None is the step that follows."""
        return {"": None}

    def least_ms(self, way: str) -> int | None:  # noqa: ARG002
        """The shortest time from coming to going on by this way; None if the clock says it."""
        return 0

    @property
    def parks(self) -> bool:
        """Whether it lets time pass, whoever comes; others go on at once, or may."""
        return False

    @property
    def awaits(self) -> str | None:
        """The name of the event that it awaits."""
        return None

    @property
    def rule(self) -> Rule | None:
        """The rule that it asks."""
        return None

    @property
    def stirred_by(self) -> Depends | None:
        """What may change about a person so that a run that waits here must look again."""
        return None

    @property
    def keyed_on(self) -> str | None:
        """The property of the event that started the run whose value it must know."""
        return None

    @property
    def personal(self) -> bool:
        """Whether it asks for the person's zone or dates."""
        return False

    @property
    def dates(self) -> tuple[tuple[str, ...], ...]:
        """The properties of the person's that it reads as dates."""
        return ()

    @property
    def needs_window(self) -> bool:
        """Whether it waits for the window of its chain."""
        return False

    @property
    def other_chain(self) -> str | None:
        """The other chain that it starts or stops."""
        return None

    @property
    def calls(self) -> bool:
        """Whether it waits for what a call comes to."""
        return False

    @property
    def pool(self) -> str | None:
        """The pool of codes that it asks for one."""
        return None

    @property
    def post(self) -> Post | None:
        """Where its call posts to."""
        return None

    @property
    def memo(self) -> Memo | None:
        """What its call tells operators."""
        return None

    @property
    def winner(self) -> Winner | None:
        """How a winner among its ways is found."""
        return None

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that it tries in turn, if they are not the chain's alone."""
        return ()

    @property
    def limits(self) -> Limits:
        """When its message may leave, where that is not as for the whole chain."""
        return NO_LIMITS

    @property
    def template(self) -> str | None:
        """The template that it sends."""
        return None
