"""What the tracker must know of a site: which events to make by itself, which parts to load."""

from __future__ import annotations

from typing import Any

from mautod.config import Config
from mautod.core.capture import AUTO
from mautod.core.times.windows import Window, is_open, parse_window
from mautod.errors import BadInput, ConfigError
from mautod.store import catalog
from mautod.store.db import Database, from_json


def site_settings(db: Database, config: Config, now: int, push: str = "") -> dict[str, Any]:
    """The captures in force, the parts to load and what they must know, as the tracker reads it.

    `push` is the public key of push messages, if there are any.
    """
    tx = db.read()
    found = {each.key: from_json(each.body) for each in catalog.active(tx, "capture")}
    auto = found.pop(AUTO, {}).get(AUTO, [])
    sent = "popup" in config.channels
    parts = ["popups"] if sent or catalog.active(tx, "popup") else []
    told: dict[str, Any] = {"auto": auto, "capture": list(found.values()), "parts": parts}
    if config.chat.enabled:
        parts.append("widget")
        told["chat"] = chat_settings(config, now)
    if push:
        parts.append("push")
        told["push"] = {"key": push}
    return told


def chat_settings(config: Config, now: int) -> dict[str, Any]:
    """What the widget shows over an empty chat, and whether somebody answers now.

    Raises:
        ConfigError: the hours do not parse.
    """
    chat = config.chat
    hours = _hours(chat.hours)
    return {
        "name": chat.name or config.workspace.name,
        "greeting": _words(chat.greeting),
        "away": _words(chat.away),
        "open": hours is None or is_open(hours, config.workspace.timezone, now),
        "sound": chat.sound,
        "language": config.workspace.language,
    }


def _hours(text: str) -> Window | None:
    try:
        return parse_window(text) if text else None
    except BadInput as error:
        place = "chat.hours"
        raise ConfigError(f"{place}: {error.message}", field=place, hint=error.hint) from error


def _words(given: str | dict[str, str]) -> dict[str, str]:
    return {"": given} if isinstance(given, str) else given
