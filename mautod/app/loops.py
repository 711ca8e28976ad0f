"""The event loop: uvloop where it is there, asyncio's own elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec


def new_loop() -> asyncio.AbstractEventLoop:
    """A new event loop of the fastest kind at hand."""
    if find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory()
