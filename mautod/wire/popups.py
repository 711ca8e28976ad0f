"""Pop-ups on the site, in numbers."""

from __future__ import annotations

from mautod.wire.shape import Shape


class PopupItem(Shape, frozen=True):
    """One variant of a pop-up: how many people saw, closed, followed and answered it."""

    key: str
    name: str
    kind: str
    variant: str
    when: str
    shown: int
    closed: int
    clicked: int
    submitted: int


class Popups(Shape, frozen=True):
    """All pop-ups in force, by key and variant, since an instant."""

    since: int
    items: list[PopupItem]
