"""What web analytics read in a link: utm_source and its like, put where a link lacks them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit

from mautod.errors import BadInput

OFF: Final = "off"
ALL: Final = "*"
PARAMETERS: Final = ("source", "medium", "campaign", "content", "term")
_FORM: Final = "off, or as: campaign=spring, content=header"
_LONGEST: Final = 200
_HOST: Final = re.compile(r"[\w.-]+")
_HOLES: Final = ("campaign", "template", "topic", "language")
_HOLE: Final = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Utm:
    """Which links are marked, and with what.

    `domains`: hosts, those below them included, or `*` for every link. `values`: parameter without
    `utm_` → text with holes such as `{campaign}`; what comes out empty is left out.
    """

    domains: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.domains) and any(self.values.values())

    def told(self, text: str) -> Utm:
        """The same with what a template says of it; see `read_utm`."""
        own = read_utm(text)
        return Utm() if own is None else Utm(self.domains, {**self.values, **own})

    def filled(self, holes: Mapping[str, str]) -> str:
        """The parameters for one message, as a query string without its `?`; "" for none."""
        if not self:
            return ""
        values = ((key, _fill(self.values.get(key, ""), holes)) for key in PARAMETERS)
        return "&".join(f"utm_{key}={quote(value, safe='')}" for key, value in values if value)

    def means(self, url: str) -> bool:
        """Whether a link is one of those that are marked."""
        return _means(self.domains, url)


def check_domains(domains: tuple[str, ...]) -> None:
    """Nothing, if these are hosts or `*`.

    Raises:
        BadInput: one is not.
    """
    for domain in domains:
        if domain != ALL and not _HOST.fullmatch(domain):
            raise BadInput(f"{domain!r} is no domain", hint='Write "shop.example", or "*" for all.')


def check_holes(text: str) -> None:
    """Nothing, if `text` has only holes that can be filled.

    Raises:
        BadInput: it has another, or is too long.
    """
    strange = next((name for name in _HOLE.findall(text) if name not in _HOLES), None)
    if strange is not None:
        known = ", ".join(f"{{{name}}}" for name in _HOLES)
        raise BadInput(f"{{{strange}}} is not known", hint=f"Known are {known}.")
    if len(text) > _LONGEST:
        raise BadInput(f"{len(text)} characters are too many", hint=f"At most {_LONGEST}.")


def read_utm(text: str) -> dict[str, str] | None:
    """What a template says of its links: None for `off`, else its own parameters.

    Raises:
        BadInput: it is neither.
    """
    if text.strip().lower() in {OFF, "false"}:
        return None
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    found = {key.strip().removeprefix("utm_"): value.strip() for key, _, value in pairs}
    for key, value in found.items():
        if key not in PARAMETERS:
            raise BadInput(f"{key!r} is no parameter", hint=f"Write {_FORM}.")
        check_holes(value)
    return found


def marked(url: str, parameters: str) -> str:
    """`url` with those of `parameters` that it has not; its fragment stays last."""
    address, hash_, fragment = url.partition("#")
    before, _, query = address.partition("?")
    there = {unquote_plus(pair.partition("=")[0]).lower() for pair in query.split("&")}
    new = "&".join(p for p in parameters.split("&") if p.partition("=")[0] not in there)
    if not new:
        return url
    between = "&" if query and not query.endswith("&") else ""
    return f"{before}?{query}{between}{new}{hash_}{fragment}"


def _fill(text: str, holes: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda found: holes.get(found[1], ""), text) if "{" in text else text


@lru_cache(maxsize=4096)
def _means(domains: tuple[str, ...], url: str) -> bool:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    return any(
        domain == ALL or host == domain.lower() or host.endswith(f".{domain.lower()}")
        for domain in domains
    )
