"""Files of people: what is asked of them, how far they are, what was refused."""

from __future__ import annotations

from mautod.wire.shape import Shape


class ImportAsk(Shape, frozen=True):
    """A file of people to take in; nobody is taken before the first lines are sent.

    `digest` tells the file's bytes from any others: asked for again with the same options, an
    import that is not done goes on where it was. `heads` are the cells of the first line, `map`
    holds `HEAD=property` or `HEAD=property:kind`. `key` says by what people are told apart, `known`
    what becomes of those who are known: update or skip. With `typed`, whoever's card alone has the
    address is its owner, though nothing proves it. With `topic`, people are subscribed to it, and
    `consent` says where they said so; with `ask` each gets a letter that asks for a click, and
    waits for it. `dry` only counts.
    """

    file: str
    digest: str
    size: int
    heads: list[str]
    map: list[str] = []
    key: str = "email"
    known: str = "update"
    typed: bool = False
    tags: list[str] = []
    segment: str = ""
    topic: str = ""
    consent: str = ""
    ask: bool = False
    delimiter: str = ","
    encoding: str = "utf-8"
    dry: bool = False


class Refused(Shape, frozen=True):
    """A line that is not taken: its number in the file, the head of the cell at fault, and why."""

    line: int
    field: str
    reason: str


class ImportRows(Shape, frozen=True):
    """The next lines of a file: each with its number and its cells.

    They reach from byte `start`, where the import stands, to `end`; it is done at the file's size.
    `refused` are lines in between that are no rows of cells at all.
    """

    start: int
    end: int
    rows: list[tuple[int, list[str]]]
    refused: list[Refused] = []


class ImportCounts(Shape, frozen=True):
    """Lines by what became of them, and people by what became of the topic.

    `same`: known, and so already. `declined`: said no, or never confirmed; they stay so. `asked`:
    wait for the click in a letter that was written to them.
    """

    new: int = 0
    updated: int = 0
    same: int = 0
    skipped: int = 0
    refused: int = 0
    subscribed: int = 0
    declined: int = 0
    asked: int = 0


class Outcome(Shape, frozen=True):
    """What would become of a line: new, updated, same or skipped.

    `mark` tells new people apart, so that one who comes twice is not counted as new twice.
    """

    line: int
    what: str
    mark: int = 0


class Import(Shape, frozen=True):
    """How far a file is: `place` bytes of `size`, in `state` dry, running, done or dropped.

    `moved_at`: when its latest lines came. `columns` say what is taken, `left_out` the heads that
    are not. `last` are the lines refused in the latest step, `lines` in a dry run what would become
    of the others.
    """

    id: int
    at: int
    file: str
    state: str
    place: int
    size: int
    counts: ImportCounts
    moved_at: int = 0
    columns: list[str] = []
    left_out: list[str] = []
    last: list[Refused] = []
    lines: list[Outcome] = []


class Imports(Shape, frozen=True):
    """The latest first."""

    items: list[Import]
    next: int | None = None


class Wordless(Shape, frozen=True):
    """How many people who came by imports are not found by words yet."""

    left: int
