"""The templates of a workspace folder: read, made whole and checked, with what they attach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from mautod.core.files.definition import KEY, KEY_HINT, nearest
from mautod.core.templates.assemble import Assembled, assemble
from mautod.core.templates.attachment import LARGEST_BYTES, Attachment, check_sum, with_content
from mautod.core.templates.front import read_front
from mautod.core.templates.includes import Piece, Whole
from mautod.core.templates.template import SUFFIXES, UNSUBSCRIBE, Template, name_of, parse_template
from mautod.errors import BadInput, DefinitionError, DefinitionErrors
from mautod.services.definitions.text import files_in, text_of

TEMPLATES: Final = "templates"
PIECE: Final = "_"


@dataclass(frozen=True, slots=True)
class Source:
    """One template: as it will be sent, the text that is stored, and where its lines come from."""

    template: Template
    body: str = field(repr=False)
    written: Whole = field(repr=False)


@dataclass(slots=True)
class Letters:
    """What a folder holds. `found` is by key and language, as `cart-1.ru`; `keys` are those of
    templates that are wrong as well. `attached` is what their files hold, by hash.
    """

    found: dict[str, Source] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    attached: dict[str, bytes] = field(default_factory=dict)
    errors: list[DefinitionError] = field(default_factory=list)

    @property
    def variants(self) -> dict[str, dict[str, Template]]:
        """The templates by key, then by language."""
        found: dict[str, dict[str, Template]] = {}
        for source in self.found.values():
            language = name_of(source.template.file)[1]
            found.setdefault(source.template.key, {})[language] = source.template
        return found


def read_letters(workspace: Path) -> Letters:
    """All templates in `workspace/templates/`; what is wrong is gathered, the rest is there."""
    return _Reader(workspace).read()


class _Reader:
    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / TEMPLATES
        self._place = f"{workspace.name}/{TEMPLATES}"
        self._letters = Letters()
        self._named: set[str] = set()

    def read(self) -> Letters:
        files = files_in(self._folder)
        pieces = self._pieces(files)
        others = [path for path in files if not path.name.startswith(PIECE)]
        for path in others:
            if path.suffix in SUFFIXES:
                with self._gathered():
                    self._read(path, pieces)
        for path in others:
            if path.suffix not in SUFFIXES and path.name not in self._named:
                self._letters.errors.append(self._stranger(path))
        return self._letters

    @contextmanager
    def _gathered(self) -> Iterator[None]:
        try:
            yield
        except DefinitionErrors as several:
            self._letters.errors += several.errors
        except DefinitionError as error:
            self._letters.errors.append(error)

    def _name(self, path: Path) -> str:
        return f"{self._place}/{path.name}"

    def _stranger(self, path: Path) -> DefinitionError:
        endings = ", ".join(SUFFIXES)
        hint = f"Name it KEY.liquid ({endings}), or write attachments: {path.name} in a letter."
        return DefinitionError(
            "is no template, and no letter attaches it.", file=self._name(path), hint=hint
        )

    def _pieces(self, files: list[Path]) -> dict[str, Piece]:
        found = {}
        for path in files:
            if path.name.startswith(PIECE) and path.suffix in SUFFIXES:
                with self._gathered():
                    found[path.stem] = Piece(self._name(path), text_of(path, self._name(path)))
        return found

    def _read(self, path: Path, pieces: Mapping[str, Piece]) -> None:
        file = self._name(path)
        key, language = name_of(file)
        self._letters.keys.add(key)
        if not KEY.fullmatch(key):
            raise DefinitionError(f"{key!r} is no fit key.", file=file, hint=KEY_HINT)
        variant = f"{key}.{language}" if language else key
        source = self._source(Piece(file, text_of(path, file)), key, language, pieces)
        if variant in self._letters.found:
            message = f"is the same template as {self._letters.found[variant].template.file}."
            raise DefinitionError(message, file=file)
        self._letters.found[variant] = source

    def _source(
        self, letter: Piece, key: str, language: str, pieces: Mapping[str, Piece]
    ) -> Source:
        made = assemble(letter, language, pieces)
        template = _checked(letter.file, made, key, language)
        body = made.text
        if template.attachments:
            attached = self._attached(template, body)
            body = _with_hashes(body, letter.file, attached)
            template = replace(template, attachments=attached)
        return Source(template, body, made.source)

    def _attached(self, template: Template, body: str) -> tuple[Attachment, ...]:
        front = read_front(body, template.file)[0]
        self._named |= {each.name for each in template.attachments}
        try:
            found = tuple(self._content(each) for each in template.attachments)
            check_sum(found)
        except BadInput as error:
            raise front.error("attachments", error.message, error.hint) from error
        self._letters.attached |= {each.hash: each.content for each in found}
        return found

    def _content(self, attachment: Attachment) -> Attachment:
        path = self._folder / attachment.name
        if not path.is_file() or path.is_symlink():
            known = [each.name for each in files_in(self._folder) if each.suffix not in SUFFIXES]
            hint = nearest(attachment.name, known) if known else f"Put it into {self._place}/."
            raise BadInput(f"there is no file {attachment.name}.", hint=hint)
        with path.open("rb") as file:
            return with_content(attachment, file.read(LARGEST_BYTES + 1))


def _checked(file: str, made: Assembled, key: str, language: str) -> Template:
    """The template; errors name the file in which the line was written."""
    whole = made.source
    try:
        template = parse_template(whole.text, file, key, language)
    except DefinitionError as error:
        place = whole.place(error.line) if error.line else (file, 0)
        if error.key == UNSUBSCRIBE:
            place = (file, max(line for name, line in whole.places if name == file))
        raise error.moved(*place) from error
    return template if made.text == whole.text else parse_template(made.text, file, key, language)


def _with_hashes(body: str, file: str, attached: tuple[Attachment, ...]) -> str:
    """The text to store: it says what the files held."""
    lines = body.split("\n")
    lines[read_front(body, file)[0].line("attachments") - 1] = (
        f"attachments: {', '.join(map(str, attached))}"
    )
    return "\n".join(lines)
