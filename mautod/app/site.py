"""What visitors' pages ask of the web process: scripts, and which pop-ups are for them."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from mautod import channels
from mautod.app.parts import Parts
from mautod.channels.popup import Popup
from mautod.channels.port import Net
from mautod.channels.push import Push, PushConfig, vapid
from mautod.clock import now_ms
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.popups import PopupDoor
from mautod.http.push import PushDoor
from mautod.http.site import Site
from mautod.services.delivery.admit import terms_of
from mautod.services.site.popups import Popups
from mautod.services.site.settings import site_settings
from mautod.services.site.waiting import CHANNEL, House, Waiting


def doors(parts: Parts, keys: WriteKeys) -> list[Callable[[web.Application], None]]:
    """What adds their routes."""
    config = parts.settings.config
    push = _push_config(parts)
    public = "" if push is None else vapid.public(vapid.load_key(parts.settings.folder / push.key))
    found: list[Callable[[web.Application], None]] = [
        _popups(parts, keys).mount,
        Site(keys, lambda: site_settings(parts.db, config, now_ms(), public)).mount,
    ]
    return found if push is None else [*found, _push(parts, keys, push).mount]


def _push_config(parts: Parts) -> PushConfig | None:
    section = parts.settings.config.channels.get(Push.kind)
    if section is None:
        return None
    return channels.configured(Push.kind, section)  # type: ignore[no-any-return] # by its kind


def _push(parts: Parts, keys: WriteKeys, push: PushConfig) -> PushDoor:
    config = parts.settings.config
    return PushDoor(
        db=parts.db,
        private=frozenset(host.lower() for host in push.private),
        keys=keys,
        limit=RateLimit(config.http.rate_per_s, config.http.burst),
        secret=parts.settings.secrets.find("MAUTOD_IDENTITY_SECRET"),
        trust_proxy=config.http.trust_proxy,
    )


def _popups(parts: Parts, keys: WriteKeys) -> PopupDoor:
    config = parts.settings.config
    popups = Popups(config.workspace.timezone, config.workspace.language)
    return PopupDoor(
        db=parts.db,
        popups=popups,
        keys=keys,
        limit=RateLimit(config.http.rate_per_s, config.http.burst),
        secret=parts.settings.secrets.find("MAUTOD_IDENTITY_SECRET"),
        trust_proxy=config.http.trust_proxy,
        waiting=_waiting(parts, popups) if CHANNEL in config.channels else None,
    )


def _waiting(parts: Parts, popups: Popups) -> Waiting:
    """The pop-ups that chains send.

    Raises:
        ConfigError: the section of the channel is unfit.
    """
    config = parts.settings.config
    place = config.workspace
    net = Net(parts.settings.folder, place.name, place.url, place.currency)
    channel = channels.create(CHANNEL, config.channels[CHANNEL], net)
    assert isinstance(channel, Popup), "the kind names the class"
    told = {"name": place.name, "url": place.url, "currency": place.currency}
    return Waiting(parts.db, House(channel, parts.links, terms_of(config), told), popups)
