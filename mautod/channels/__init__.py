"""Ways to reach people. A new channel is one file or folder here; `kinds` finds it by its name."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from mautod.errors import ConfigError

if TYPE_CHECKING:
    from mautod.channels.port import Channel, Net

_NOT_CHANNELS = {"port", "public"}


def kinds() -> list[str]:
    """Names of all channels; imports none of them."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_CHANNELS)


def load(kind: str) -> type[Any]:
    """The class of one channel: its struct fields are its section `[channels.<kind>]`.

    Raises:
        ConfigError: there is no such channel.
    """
    if kind not in kinds():
        raise ConfigError(
            f"channels.{kind} is no channel", field=f"channels.{kind}", hint=f"Known: {kinds()}."
        )
    made: type[Any] = import_module(f"{__name__}.{kind}").CHANNEL
    return made


def create(kind: str, section: Mapping[str, Any], net: Net) -> Channel:
    """The channel `kind` as `section` of the configuration describes it.

    Raises:
        ConfigError: an unknown key or an unfit value; names it.
    """
    channel: Channel = load(kind)(configured(kind, section), net)
    return channel


def configured(kind: str, section: Mapping[str, Any]) -> Any:
    """The `Config` of the channel `kind` that `section` describes.

    Raises:
        ConfigError: an unknown key or an unfit value; names it.
    """
    try:
        return msgspec.convert(dict(section), load(kind).Config)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"config.toml: channels.{kind}: {error}", field=f"channels.{kind}"
        ) from error
