"""All that is wrong with letters, as they are written and as real people would get them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from mautod import wire
from mautod.channels.email.address import split_mailbox
from mautod.channels.email.prepare import ready_html
from mautod.channels.port import Channel
from mautod.core.letters import body, envelope
from mautod.core.letters.markup import read_markup
from mautod.core.letters.remark import Remark
from mautod.core.letters.variables import bare, is_empty
from mautod.core.templates.front import read_front
from mautod.core.templates.template import Template
from mautod.errors import BadInput, DefinitionError
from mautod.services.definitions.letters import Source
from mautod.services.letters.study import EMAIL, Case, Study
from mautod.store.delivery import readers

_ORDER: Final = {"error": 0, "warning": 1, "note": 2}


def check(study: Study, key: str, sample: int) -> wire.TemplateChecks:
    """What is found in the letter `key`, or in all, tried for the `sample` newest people with an
    email; where there is nobody, for the invented one.

    Raises:
        NotFound: there is no such template.
        ConfigError: the channel cannot work as it is configured.
    """
    people = readers.latest(study.tx, sample)
    keys = [key] if key else sorted(study.letters.keys)
    wrong = study.own_errors(key) if key else study.letters.errors
    items: list[wire.TemplateFinding] = []
    for each in keys:
        try:
            sources = study.sources(each)
        except DefinitionError:
            wrong = wrong or study.errors_of(each)
        else:
            items += _Letter(study, each, people or [0]).findings(sources)
    items += map(_broken, wrong)
    items.sort(key=lambda one: (_ORDER[one.level], one.file, one.line, one.what))
    errors = sum(one.level == "error" for one in items)
    return wire.TemplateChecks(items, len(keys), len(people), errors)


def _broken(error: DefinitionError) -> wire.TemplateFinding:
    what = f"{error.key}: {error.message}" if error.key else error.message
    name = error.file.rpartition("/")[2].partition(".")[0]
    return wire.TemplateFinding(
        "error", name, error.file, error.line, what, error.hint, error.picture()
    )


@dataclass(slots=True)
class _Tried:
    """What came of writing one variant to people."""

    people: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    found: Counter[Remark] = field(default_factory=Counter)


class _Letter:
    """One template under the glass."""

    def __init__(self, study: Study, key: str, people: list[int]) -> None:
        self._study = study
        self._channel: Channel = study.channel()
        self._links = study.bare_links()
        self._cases = study.cases(key, people, lenient=True)

    def findings(self, sources: Iterable[Source]) -> Iterator[wire.TemplateFinding]:
        for source in sources:
            seen = set[tuple[str, str]]()
            for remark in (*self._written(source), *self._tried(source)):
                if (remark.level, remark.what) not in seen:
                    seen.add((remark.level, remark.what))
                    yield _placed(source, remark)

    def _written(self, source: Source) -> Iterator[Remark]:
        template = source.template
        html = ready_html(template)
        shift = _body_line(source)
        for remark in body.remarks(template.html):
            line = remark.line + shift if remark.line and shift else 0
            yield Remark(remark.level, line, remark.what, remark.todo)
        yield from envelope.of_preheader(template.preheader or _mj_preview(html))
        yield from envelope.of_sender(*self._addresses(template))

    def _addresses(self, template: Template) -> tuple[str, str]:
        section = self._study.settings.config.channels.get(EMAIL, {})
        sender = template.sender or str(section.get("sender", ""))
        reply_to = template.reply_to or str(section.get("reply_to", ""))
        return (_address(sender), _address(reply_to))

    def _tried(self, source: Source) -> Iterator[Remark]:
        tried, names = _Tried(), bare(source.written.text)
        for case in self._of(source.template):
            self._try(case, names, tried)
        for message, times in tried.failed.items():
            who = _share(times, tried.people)
            yield Remark(
                "error", 0, f"cannot be written {who}: {message}", "Its message would fail alone."
            )
        for name, times in tried.empty.items():
            what = f"{name} is empty {_share(times, tried.people)}."
            hint = f"Write {{{{ {name} | default: '…' }}}}, or {{% if {name} %}} around it."
            yield Remark("warning", names[name], what, hint)
        for remark, times in tried.found.items():
            who = "" if times == tried.people else f" ({_share(times, tried.people)})"
            yield Remark(remark.level, 0, f"{remark.what.rstrip('.')}{who}.", remark.todo)

    def _of(self, template: Template) -> list[Case]:
        """Those who get this variant; if nobody does, all, so that it is looked at."""
        own = [case for case in self._cases if case.template == template]
        return own or [Case(template, case.draft) for case in self._cases]

    def _try(self, case: Case, names: dict[str, int], tried: _Tried) -> None:
        tried.people += 1
        values = {"person": case.draft.person, "event": case.draft.event}
        known = {name for name in names if case.draft.event or name.startswith("person.")}
        tried.empty.update(name for name in known if is_empty(name, values))
        try:
            letter = self._channel.render(case.template, case.draft, self._links)
        except BadInput as error:
            tried.failed[error.message] += 1
            return
        seen = self._channel.preview(letter)
        markup = read_markup(seen.html)
        found = {
            *envelope.of_subject(seen.subject),
            *envelope.of_size(len(seen.html.encode())),
            *envelope.of_words(markup.words, sum(not one.is_pixel for one in markup.pictures)),
        }
        for link in markup.links:
            found |= {Remark(r.level, 0, r.what, r.todo) for r in body.dead(link, markup.names)}
        tried.found.update(found)


def _share(times: int, people: int) -> str:
    return "for everybody" if times == people else f"for {times} of {people} people"


def _address(text: str) -> str:
    try:
        return split_mailbox(text)[1] if text else ""
    except BadInput:
        return ""


def _mj_preview(html: str) -> str:
    """What MJML hides at the beginning of the body, as a preheader."""
    return "written" if "display:none;font-size:1px" in html else ""


def _body_line(source: Source) -> int:
    """What is added to a line of the body for that of the whole text; 0 where it was made HTML."""
    if source.template.html not in source.written.text:
        return 0
    return read_front(source.written.text, source.template.file)[1].line - 1


def _placed(source: Source, remark: Remark) -> wire.TemplateFinding:
    template = source.template
    file, line = source.written.place(remark.line) if remark.line else (template.file, 0)
    return wire.TemplateFinding(remark.level, template.key, file, line, remark.what, remark.todo)
