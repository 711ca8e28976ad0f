"""Visits: a session is a stretch without a long pause, and says where the visitor came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from mautod.core.people.person import Card

_LOCALE: Final = re.compile(
    r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?(?![A-Za-z])"
)
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
UTM: Final = ("source", "medium", "campaign", "term", "content")


def visit(card: Card, ts: int, pause_ms: int) -> bool:
    """Note that the person was on the site at `ts`; whether that began a session.

    A late event moves the first visit back but begins no session: the stretch it belongs to is
    over, and its own start was counted if it came in time.
    """
    if card.first_seen is None or ts < card.first_seen:
        card.put("first_seen", ts)
    last = card.last_seen
    if last is not None and ts < last:
        return False
    card.put("last_seen", ts)
    if last is not None and ts - last < pause_ms:
        return False
    card.put("sessions", card.sessions + 1)
    card.put("session_start", ts)
    return True


def has_campaign(context: Mapping[str, Any], props: Mapping[str, Any]) -> bool:
    """Whether an event says which campaign brought the visitor; cheap, asked of every event."""
    page = _mapping(context.get("page"))
    return bool(context.get("campaign")) or "utm_" in _text(page.get("url") or props.get("url"))


def origin(context: Mapping[str, Any], props: Mapping[str, Any]) -> dict[str, str]:
    """Where a visit came from: `utm_*` of the page's address and the outside `referrer`."""
    page = _mapping(context.get("page"))
    url = _text(page.get("url") or props.get("url"))
    found = _campaign(_mapping(context.get("campaign")), url)
    referrer = _text(page.get("referrer") or props.get("referrer"))
    if referrer and _host(referrer) and _host(referrer) != _host(url):
        found["referrer"] = referrer
    return found


def note_origin(card: Card, found: Mapping[str, str], *, begins: bool) -> None:
    """Keep the origin of the first visit for ever and that of the last one until the next."""
    if not found and not (begins and any(key in card.props for key in _KEYS)):
        return
    if card.sessions <= 1 and not any(f"first_{key}" in card.props for key in _KEYS):
        for key, value in found.items():
            card.put(f"first_{key}", value)
    if begins or any(key.startswith("utm_") for key in found):
        for key in _KEYS:
            card.put(key, found.get(key))


_KEYS: Final = (*(f"utm_{name}" for name in UTM), "referrer")


def place(context: Mapping[str, Any]) -> Mapping[str, str]:
    """Language, country and time zone as far as the context tells."""
    country = _mapping(context.get("location")).get("country")
    return _place(_text(context.get("locale")), _text(country), _text(context.get("timezone")))


@lru_cache(maxsize=4096)
def _place(locale: str, country: str, zone: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    parts = _LOCALE.match(locale)
    if parts:
        found["language"] = parts[1].lower()
    country = country or (parts[2] or "" if parts else "")
    if _COUNTRY.fullmatch(country):
        found["country"] = country.upper()
    if "/" in zone or zone == "UTC":
        found["timezone"] = zone
    return found


def note_place(card: Card, found: Mapping[str, str]) -> None:
    """Keep where the visitor is: the zone follows the device, the rest only fills what is unknown.

    A language or country that somebody stated is worth more than what a browser is set to.
    """
    for prop, value in found.items():
        if prop == "timezone" or card.get(prop) is None:
            card.put(prop, value)


def page_path(context: Mapping[str, Any], props: Mapping[str, Any]) -> str:
    """The page an event happened on, as path or address; empty when it does not say."""
    page = _mapping(context.get("page"))
    return _text(props.get("path") or page.get("path") or props.get("url") or page.get("url"))[:500]


def _campaign(campaign: Mapping[str, Any], url: str) -> dict[str, str]:
    if campaign:
        given = {
            "campaign": campaign.get("name"),
            **{k: campaign.get(k) for k in UTM if k != "campaign"},
        }
        return {f"utm_{key}": _text(given[key]) for key in UTM if _text(given[key])}
    if "utm_" not in url:
        return {}
    try:
        query = parse_qs(urlsplit(url).query, max_num_fields=100)
    except ValueError:
        return {}
    return {f"utm_{key}": query[f"utm_{key}"][0][:255] for key in UTM if f"utm_{key}" in query}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value[:2000] if isinstance(value, str) else ""
