"""A template's HTML made ready once: preheader, open pixel, CSS inlined, a plain text derived.

HTML tools know nothing of Liquid and would tear it apart, so it is hidden while they work.
"""

from __future__ import annotations

import re
from typing import Final

from css_inline import CSSInliner
from html2text import HTML2Text

from mautod.core.templates.hidden import LIQUID, Hidden
from mautod.core.templates.template import Template

OPEN_URL: Final = "mautod_open_url"
TRAP_URL: Final = "mautod_trap_url"
LINK_START: Final = "\x02"
LINK_END: Final = "\x03"

_ANCHOR: Final = re.compile(
    rf"<(?:a|area|v:\w+)\s(?:{LIQUID}|\"(?:{LIQUID}|[^\"])*\"|'(?:{LIQUID}|[^'])*'|[^>\"'])*>",
    re.DOTALL | re.IGNORECASE,
)
_HREF: Final = re.compile(
    rf"(\shref\s*=\s*)(?:\"((?:{LIQUID}|[^\"])*)\"|'((?:{LIQUID}|[^'])*)'|((?:{LIQUID}|[^\s>\"'])+))",
    re.DOTALL | re.IGNORECASE,
)
_LATE_BODY: Final = re.compile(r"(<table\b[^>]*>)(\s*(?:<!--lqd\d+x-->\s*)+)<tbody>")
_BODY: Final = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_BODY_END: Final = re.compile(r"</body\s*>", re.IGNORECASE)
_LINK: Final = re.compile(r"\[([^\]\n]*)\]\(<?([^)>\n]*)>?\)")
_ESCAPED: Final = re.compile(r"\\([-+.#>*_`\[\]()!\\])")
_HEADING: Final = re.compile(r"^#+ ", re.MULTILINE)

_PREHEADER: Final = (
    '<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all">'
    "{}</div>"
)
_PIXEL: Final = (
    f'<img src="{{{{ {OPEN_URL} }}}}" width="1" height="1" alt="" style="display:block;border:0">'
)
_TRAP: Final = (
    f'<a href="{{{{ {TRAP_URL} }}}}" rel="nofollow" tabindex="-1" aria-hidden="true"'
    ' style="display:none;mso-hide:all"></a>'
)


def ready_html(template: Template, *, trap: bool = True) -> str:
    """The HTML in Liquid that is filled for each person.

    Where a link leads stands between LINK_START and LINK_END, so that it is found fast.
    """
    html = template.html
    if template.preheader:
        html = _after(_BODY, html, _PREHEADER.format(template.preheader))
    if not template.by_hand:
        html = _before_end(html, f"{_PIXEL}{_TRAP}" if trap else _PIXEL)
    inlined = _inlined(html) if "<style" in html.lower() else html
    return _ANCHOR.sub(lambda anchor: _HREF.sub(_marked, anchor[0], count=1), inlined)


def ready_text(template: Template) -> str:
    """The plain text in Liquid: as written, or what the HTML says."""
    return template.text or _derived(template.html)


def _marked(href: re.Match[str]) -> str:
    quote = "'" if href[3] is not None else '"'
    url = next(value for value in href.groups()[1:] if value is not None)
    return f"{href[1]}{quote}{LINK_START}{url}{LINK_END}{quote}"


def _after(place: re.Pattern[str], html: str, piece: str) -> str:
    found = place.search(html)
    at = found.end() if found else 0
    return html[:at] + piece + html[at:]


def _before_end(html: str, piece: str) -> str:
    ends = list(_BODY_END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + piece + html[at:]


def _inlined(html: str) -> str:
    hidden = Hidden()
    marked = hidden.hide(html, hidden.comment)
    inliner = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    inlined = inliner.inline(marked)
    if "<tbody" not in html.lower():
        # The parser adds <tbody> after a loop's first marker: the loop would open it many times.
        inlined = _LATE_BODY.sub(r"\1<tbody>\2", inlined)
    return hidden.show(inlined)


def _derived(html: str) -> str:
    hidden = Hidden()
    writer = HTML2Text(bodywidth=0)
    writer.ignore_emphasis = True
    writer.ignore_images = True
    writer.ignore_tables = True
    writer.single_line_break = True
    text = writer.handle(hidden.hide(html, hidden.word))
    text = _LINK.sub(_link, _ESCAPED.sub(r"\1", _HEADING.sub("", text)))
    lines = (line.rstrip() for line in text.split("\n"))
    return hidden.show(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"))


def _link(found: re.Match[str]) -> str:
    words, url = found[1].strip(), found[2]
    following = found.string[found.end() : found.end() + 1]
    # What follows at once would become a part of the address.
    gap = "" if not following or following in " \n.,;:!?)" else " "
    return f"{url}{gap}" if not words or words == url else f"{words}: {url}{gap}"
