"""Who visits the demo shop and what they do: a fixed cast, the same in every show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

SIZE: Final = 300
ROLES: Final = (
    "browser", "browser", "browser", "reader", "reader",
    "carter", "carter", "buyer", "sleeper", "odd",
)  # fmt: skip
PRODUCTS: Final = (
    ("oslo", "Oslo sofa", 699.0, "/sofas/oslo"),
    ("bergen", "Bergen armchair", 249.5, "/chairs/bergen"),
    ("lund", "Lund lamp", 79.9, "/lamps/lund"),
    ("narvik", "Narvik rug", 129.0, "/rugs/narvik"),
)
SITES: Final = ("https://www.google.com/", "https://yandex.ru/", "https://news.example/sofas", "")
MEDIA: Final = (("google", "cpc"), ("newsletter", "email"), ("", ""), ("", ""))
NAMES: Final = ("Anna", "Boris", "Vera", "Gleb", "Dina", "Egor", "Zoya", "Ivan", "Kira", "Lev")
ABSENCE: Final = timedelta(days=35)
WAKING_HOUR: Final = 14
SLEEPING_HOUR: Final = 3


@dataclass(frozen=True, slots=True)
class Visitor:
    """One member of the cast; `zone` is where it is now early afternoon, or deep night."""

    number: int
    role: str
    zone: str
    locale: str

    @property
    def anonymous_id(self) -> str:
        return f"visitor-{self.number:04d}"

    @property
    def email(self) -> str:
        return f"{NAMES[self.number % 10].lower()}.{self.number}@example.org"

    @property
    def name(self) -> str:
        return f"{NAMES[self.number % 10]} {self.number}"

    @property
    def has_email(self) -> bool:
        return self.role != "browser"

    @property
    def opens(self) -> bool:
        return self.number % 3 != 0

    @property
    def clicks(self) -> bool:
        return self.opens and self.number % 2 == 0

    @property
    def patience(self) -> int:
        """The letter from which on links are clicked: carts are remembered by the second one."""
        return 2 if self.role == "carter" else 1

    @property
    def buys_after_click(self) -> bool:
        return self.role in {"reader", "carter"} and self.clicks

    @property
    def unsubscribes(self) -> bool:
        return self.role == "leaver"

    def product(self) -> dict[str, Any]:
        key, name, price, path = PRODUCTS[self.number % len(PRODUCTS)]
        return {"product_id": key, "name": name, "price": price, "quantity": 1, "url": path}

    def order(self) -> dict[str, Any]:
        product = self.product()
        return {
            "order_id": f"order-{self.number:04d}",
            "total": product["price"],
            "currency": "USD",
            "products": [product],
        }


def cast(now: datetime) -> list[Visitor]:
    """Everybody who plays, for a show that begins at `now`."""
    awake, asleep = zone_at(now, WAKING_HOUR), zone_at(now, SLEEPING_HOUR)
    return [_visitor(number, awake, asleep) for number in range(SIZE)]


def _visitor(number: int, awake: str, asleep: str) -> Visitor:
    role = ROLES[number % 10]
    if role == "odd":
        role = "owl" if number // 10 % 2 else "leaver"
    zone = asleep if role == "owl" else awake
    return Visitor(number, role, zone, "ru-RU" if number % 4 == 0 else "en-US")


def zone_at(now: datetime, hour: int) -> str:
    """A zone where it is now about `hour` o'clock."""
    offset = (hour - now.astimezone(UTC).hour + 12) % 24 - 12
    zone = f"Etc/GMT{-offset:+d}"  # POSIX signs: Etc/GMT-3 is east of Greenwich
    ZoneInfo(zone)
    return zone


def scenes(visitor: Visitor, now: datetime) -> Iterator[dict[str, Any]]:
    """What the visitor does before any letter, as events of the tracking API."""
    moment = now - ABSENCE if visitor.role == "sleeper" else now
    yield _page(visitor, moment, "/")
    product = visitor.product()
    yield _page(visitor, moment, str(product["url"]))
    yield track(visitor, moment, "Product Viewed", product)
    if visitor.has_email:
        traits = {"email": visitor.email, "name": visitor.name}
        yield _event(visitor, moment, type="identify", traits=traits)
    if visitor.role in {"carter", "buyer"}:
        yield track(visitor, moment, "Product Added", product)
    if visitor.role == "buyer":
        yield track(visitor, moment, "Order Completed", visitor.order())


def track(visitor: Visitor, moment: datetime, name: str, props: dict[str, Any]) -> dict[str, Any]:
    """One track call."""
    return _event(visitor, moment, type="track", event=name, properties=props)


def _page(visitor: Visitor, moment: datetime, path: str) -> dict[str, Any]:
    return _event(visitor, moment, type="page", properties={"path": path})


def _event(visitor: Visitor, moment: datetime, **parts: Any) -> dict[str, Any]:
    source, medium = MEDIA[visitor.number % len(MEDIA)]
    return {
        **parts,
        "anonymousId": visitor.anonymous_id,
        "timestamp": moment.isoformat(timespec="milliseconds"),
        "context": {
            "locale": visitor.locale,
            "timezone": visitor.zone,
            "page": {"referrer": SITES[visitor.number % len(SITES)]},
            **({"campaign": {"source": source, "medium": medium}} if source else {}),
        },
    }
