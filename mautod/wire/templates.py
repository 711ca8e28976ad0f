"""Letters as files: what there is, how one looks, and what is wrong with it."""

from __future__ import annotations

from mautod.wire.shape import Shape


class Template(Shape, frozen=True):
    """One template with its variants; `state` is how its files differ from what is in force: same,
    new, changed, removed, or wrong where one of them has an error. `chains` are those that send it.
    """

    key: str
    state: str
    languages: list[str]
    file: str
    subject: str
    topic: str
    transactional: bool
    attachments: list[str]
    chains: list[str]


class Templates(Shape, frozen=True):
    """By key; `errors` are those of the files."""

    items: list[Template]
    errors: list[str] = []


class TemplatePreview(Shape, frozen=True):
    """One letter as somebody would get it; `person` is 0 for the invented one.

    `size_bytes` is that of the whole message, `html_bytes` that of its HTML.
    """

    template: str
    language: str
    person: int
    sender: str
    to: str
    subject: str
    preheader: str
    text: str
    html: str
    attachments: list[str]
    size_bytes: int
    html_bytes: int


class LetterTestAsk(Shape, frozen=True):
    """To whom a test letter goes, and who it is written for: a person, or the invented one."""

    to: str
    person: str = ""
    language: str = ""


class TemplateFinding(Shape, frozen=True):
    """One thing about a letter; `level` is error, warning or note. `picture` shows the place."""

    level: str
    template: str
    file: str
    line: int
    what: str
    todo: str = ""
    picture: str = ""


class TemplateChecks(Shape, frozen=True):
    """What was found in so many letters, tried for so many people; errors come first."""

    items: list[TemplateFinding]
    letters: int
    people: int
    errors: int
