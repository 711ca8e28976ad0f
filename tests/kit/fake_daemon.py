"""A daemon that serves made-up answers over real HTTP, so that the desk's real client is used.

`python daemon.py PORT` runs it alone, to look at the desk in a terminal.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from mautod import wire
from mautod.errors import Conflict, MautodError, RuleError

NOW = 1_795_389_240_000  # 22 Nov 2026 23:14:00 UTC
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
KEY = "k"

NAMES = (
    ("Anna Petrova", "anna@example.com", "RU", "Europe/Moscow"),
    ("", "", "KZ", "Asia/Almaty"),
    ("Boris K.", "boris@example.com", "RU", "Asia/Yekaterinburg"),
    ("Vera Lind", "vera@example.org", "SE", "Europe/Stockholm"),
    ("", "", "DE", ""),
    ("Георгий Иванов", "g.ivanov@example.net", "RU", "Europe/Samara"),
    ("李 小龙", "li@example.cn", "CN", "Asia/Shanghai"),
    ("Zoë Müller-Lüdenscheidt von und zu", "zoe@example.de", "DE", "Europe/Berlin"),
)
PAGES = (
    "/cart",
    "/sofas/oslo",
    "/checkout",
    "/",
    "/sofas?color=green",
    "/delivery",
    "/chairs/bergen",
    "/sale",
)
SOURCES = ("direct", "yandex", "email", "google", "direct", "vk.com", "direct", "news.example.com")


def person(number: int, **changes: Any) -> wire.Person:
    name, email, country, zone = NAMES[(number - 1) % len(NAMES)]
    turn = (number - 1) // len(NAMES)
    if turn and name:
        name, email = f"{name} {turn + 1}", f"{turn + 1}{email}"
    made = wire.Person(
        id=number,
        label=name or email or f"visitor {number * 7919 % 65536:04x}",
        name=name,
        email=email,
        phone="+7 912 345-67-89" if number == 1 else "",
        user_id=f"u{number}" if name else "",
        created_at=NOW - 40 * DAY,
        first_seen=NOW - 40 * DAY,
        last_seen=NOW - number * number * 20_000,
        sessions=7 + number,
        country=country,
        language="ru" if country in {"RU", "KZ"} else "en",
        timezone=zone,
        page=PAGES[number % len(PAGES)],
        online=number <= 6,
    )
    return msgspec.structs.replace(made, **changes)


def event(
    number: int, name: str, who: wire.Person, props: dict[str, Any] | None = None, **changes: Any
) -> wire.EventItem:
    ts = changes.pop("ts", NOW - 3_000)
    source = changes.pop("source", "site")
    return wire.EventItem(number, ts, ts, who.id, who.label, name, source, props or {})


def story() -> list[wire.EventItem]:
    """Newest first."""
    anna, someone, boris = person(1), person(2), person(3)
    told: list[tuple[int, str, wire.Person, dict[str, Any], str]] = [
        (0, "Product Added", anna, {"product": "Oslo", "price": 12999, "currency": "RUB"}, "site"),
        (0, "Segment Entered", anna, {"segment": "cart-open"}, "mautod"),
        (1, "Chain Entered", anna, {"chain": "abandoned-cart"}, "mautod"),
        (
            4,
            "Message Clicked",
            boris,
            {"template": "welcome-2", "url": "https://shop.example/sale"},
            "mautod",
        ),
        (22, "Page Viewed", someone, {"path": "/sofas/oslo"}, "site"),
        (24, "Page Viewed", boris, {"path": "/checkout"}, "site"),
        (31, "Message Refused", boris, {"template": "cart-1", "reason": "cap"}, "mautod"),
        (40, "Message Sent", anna, {"template": "welcome-2"}, "mautod"),
        (41, "Message Opened", anna, {"template": "welcome-2"}, "mautod"),
        (
            55,
            "Order Completed",
            person(6),
            {"total": 42300, "currency": "RUB", "order_id": "A-1"},
            "shop",
        ),
        (70, "Unsubscribed", person(4), {"topic": "news", "channel": "email"}, "mautod"),
        (
            80,
            "Email Changed",
            person(5),
            {"old": "a@example.com", "new": "b@example.com"},
            "mautod",
        ),
        (90, "Session Started", anna, {}, "mautod"),
        *[
            (100 + 7 * i, "Page Viewed", person(1 + i % 8), {"path": PAGES[i % 8]}, "site")
            for i in range(60)
        ],
    ]
    return [
        wire.EventItem(
            1000 - i, NOW - 1000 * back, NOW - 1000 * back, who.id, who.label, name, source, props
        )
        for i, (back, name, who, props, source) in enumerate(told)
    ]


def letter(number: int, template: str, state: str, **changes: Any) -> wire.Message:
    made = wire.Message(
        id=number, person_id=1, person="Anna Petrova", channel="email", template=template, topic="offers",
        state=state, chain="abandoned-cart", chain_name="Abandoned cart", step="first", run_id=9,
        address="anna@example.com", queued_at=NOW - 2 * HOUR, due_at=NOW + 11 * HOUR,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


LETTERS = [
    letter(3, "cart-1", "queued", reason="window", queued_at=NOW - 4 * MINUTE),
    letter(2, "welcome-2", "sent", done_at=NOW - 40_000, opened_at=NOW - 20_000, clicked_at=NOW - 10_000,
           chain="welcome", chain_name="Welcome", money=[wire.Money(Decimal(12999), "RUB")]),
    letter(1, "news-7", "refused", reason="unsubscribed", detail="news since 3 Nov", queued_at=NOW - 3 * DAY),
]  # fmt: skip
DECISIONS = [
    wire.Decision(
        NOW - 2 * HOUR,
        "postpone",
        "window",
        {"window": "mon-sun 10:00-20:00", "zone": "Europe/Moscow"},
    ),
    wire.Decision(NOW - 5000, "pass", "", {"cap": "1 of 2 in 1d"}),
]
SEGMENTS = [
    wire.Segment(
        "cart-open",
        "Cart open",
        'did "Cart Viewed" in 1d and not did "Order Completed" in 1d',
        37,
        NOW - HOUR,
    ),
    wire.Segment(
        "vip",
        "Best customers",
        'sum "Order Completed".total > 100000 in 90d\n  and not tag "staff"',
        1204,
        NOW - DAY,
    ),
    wire.Segment(
        "sofas",
        "Looked at sofas",
        'did "Page Viewed" where path contains "/sofas" >= 3 times in 30d',
        18330,
        NOW - DAY,
    ),
    wire.Segment(
        "asleep", "Not seen for a month", "last_seen before 30d ago", 90412, NOW - 3 * DAY
    ),
    wire.Segment("broken", "Broken", 'in segment "gone"', 0, None, 'segment "gone" does not exist'),
]
STAGES = [
    wire.JourneyStage(1, ["unaware"], "Came by", 18330, 4120, 1204, 0, 0.292, 3 * HOUR, []),
    wire.JourneyStage(2, ["problem"], "Looks around", 5210, 2980, 640, 212, 0.215, 2 * DAY,
                      [wire.JourneyChain("welcome", "Welcome", 1310), wire.JourneyChain("abandoned-cart", "Abandoned cart", 204)]),
    wire.JourneyStage(3, ["buyers"], "Bought at least once", 612, 700, 0, 31, 0.0, None,
                      [wire.JourneyChain("come-back", "Come back", 12)]),
]  # fmt: skip
PLAN = wire.Plan(
    [wire.Planned("changed", "chain", "welcome", "chains/welcome.toml", 3, ["12 people are waiting in step 2; policy: stay"],
                  '--- v2\n+++ v3\n@@ -1 +1 @@\n-wait = "1d"\n+wait = "2d"')],
    ["segment vip: nothing was ever called 'Ordr Completed'"],
)  # fmt: skip
LINTS = [
    wire.Lint("workspace/chains/abandoned-cart.toml", 14, "step second is never reached", "Lead a way to it, or delete it."),
    wire.Lint("workspace/segments.toml", 3, "this rule holds for nobody", "Say and in place of or."),
]  # fmt: skip
SIMULATED = [
    "UTC                  Europe/Moscow",
    "2026-01-05 08:00:00  Mon 05 Jan 11:00:00  Product Added {}",
    "2026-01-05 08:00:00  Mon 05 Jan 11:00:00  enters abandoned-cart",
    "2026-01-05 09:00:00  Mon 05 Jan 12:00:00  gate, cart-1: pass",
    "2026-01-05 09:00:00  Mon 05 Jan 12:00:00  sent cart-1: You left something",
    "2026-01-06 09:00:00  Tue 06 Jan 12:00:00  gate, cart-2: refuse: cap",
    "2026-01-06 09:00:00  Tue 06 Jan 12:00:00  leaves abandoned-cart: end",
]  # fmt: skip
FINDINGS = [
    wire.Finding("config", "ok", "config.toml is in order."),
    wire.Finding("disk", "ok", "212.4 GB are free."),
    wire.Finding("secrets", "wrong", ".env can be read by others.", "chmod 600 .env"),
    wire.Finding("drift", "note", "2 definitions differ from what runs.", "See: mautod plan.",
                 ["~ chain welcome v3 (chains/welcome.toml)"]),
    wire.Finding("runs", "ok", "Everybody under way in a chain has a time to go on."),
]  # fmt: skip
PUMPS = [wire.Pump("digest", "worker-7", NOW + 9000, alive=True), wire.Pump("advance", "worker-7", NOW + 9000, alive=True),
         wire.Pump("deliver email", "", NOW - HOUR, alive=False)]  # fmt: skip
PROBLEMS = [
    wire.Problem(9, NOW - 4 * MINUTE, "event", "Int too large", "properties.price", "site",
                 '{"event": "Product Added", "userId": "u1", "properties": {"price": 1e99}}'),
    wire.Problem(7, NOW - 3 * HOUR, "run", "step second: there is no template 'cart-9'", "second", "abandoned-cart", "41"),
]  # fmt: skip
LOG = [
    wire.LogLine(NOW - 2000, "worker", "WARNING", "mautod.services.delivery", "mail.example does not answer, next try in 30 s"),
    wire.LogLine(NOW - 60_000, "web", "INFO", "mautod.app", "listening on 127.0.0.1:8484"),
    wire.LogLine(NOW - 61_000, "worker", "ERROR", "mautod.services.intake.digest", "request 812 fails alone and is set aside [KeyError]"),
]  # fmt: skip
RUBLES = wire.Money(Decimal(1860000), "RUB")


def steps() -> list[wire.Step]:
    return [
        wire.Step("1", "wait", "wait 1h", arrows={"": "first"}, here=37),
        wire.Step("first", "send", "send cart-1", "cart-1", {"": "3"}, 0, 37, 1204, 578, 253, 4, 1, 0,
                  {"unsubscribed": 12, "no address": 25}, 143, [RUBLES]),
        wire.Step("3", "await", "click? 1d", arrows={"yes": "4", "no": "second"}, here=61),
        wire.Step("4", "exit", "exit clicked", arrows={}),
        wire.Step("second", "send", "send cart-2", "cart-2", {"": ""}, 0, 0, 610, 201, 80, 0, 0, 3, {"cap": 4}, 31,
                  [wire.Money(Decimal("310500.50"), "RUB")]),
    ]  # fmt: skip


CHAINS = [
    wire.Chain("abandoned-cart", "Abandoned cart", "running", 4, NOW - DAY, "email", "offers", "event Product Added",
               'did "Order Completed" since entry', "Order Completed (total) in 3d", "mon-sun 10:00-20:00", "2 per 1d",
               1402, 98, {"goal": 161, "clicked": 253, "left": 80, "end": 810}, 37, 1814, 779, 333, 4, 1, 3,
               {"unsubscribed": 12, "no address": 25, "cap": 4}, 174, [wire.Money(Decimal("2170500.50"), "RUB")], steps()),
    wire.Chain("welcome", "Welcome", "running", 2, NOW - 9 * DAY, "email", "offers", "event Email Changed", "", "Order Completed in 7d",
               "", "", 3310, 12, {"end": 3298}, 0, 3310, 2019, 596, 0, 0, 0, {}, 402, [wire.Money(Decimal(2100000), "RUB")],
               [wire.Step("1", "send", "send welcome-1", "welcome-1", {"": "2"}, sent=1700, opened=1000),
                wire.Step("2", "wait", "wait 1d", arrows={"": "3"}, here=12),
                wire.Step("3", "send", "send welcome-2", "welcome-2", {"": ""}, sent=1610, opened=1019)]),
    wire.Chain("come-back", "Come back", "paused", 1, NOW - 30 * DAY, "email", "news", 'segment "asleep"', active=1),
]  # fmt: skip


def card(number: int) -> wire.Card:
    who = person(number)
    fields: dict[str, Any] = {
        "person": who,
        "asked_id": number,
        "merged_from": [],
        "identities": [wire.Identity("user_id", "u1"), wire.Identity("anonymous_id", "8f2a-11")],
        "shop": {"revenue": 42300, "orders_count": 3, "cart_amount": 12999, "cart_items": 1},
        "props": {"city": "Moscow", "score": 31, "newsletter": True},
        "segments": [wire.Membership(k, k, NOW - DAY) for k in ("vip", "cart-open", "sofas")],
        "consent": [
            wire.Consent("email", "offers", "subscribed", NOW - 40 * DAY),
            wire.Consent("email", "news", "unsubscribed", NOW - 19 * DAY),
        ],
        "suppressed": {},
        "runs": [
            wire.Run(9, "abandoned-cart", "Abandoned cart", 1, who.label, "", "active", "1", "wait 1h",
                     NOW - MINUTE, NOW - MINUTE, NOW + HOUR),
        ],
        "messages": LETTERS if number == 1 else [],
        "timeline": [e for e in story() if e.person_id == number],
        "earned": [wire.Money(Decimal(12999), "RUB")],
        "events": 212,
        "merges": [wire.Merge(4, NOW - DAY, number, 4711, "login")],
        "scores": [wire.PersonScore("lead", "Lead", 22, 26, "warm")],
        "stage": "product",
    }  # fmt: skip
    if "origin" in wire.Card.__struct_fields__:
        fields["origin"] = {"utm_source": "yandex", "referrer": "https://ya.ru/"}
    return wire.Card(**fields)


def live_page() -> wire.LivePage:
    visitors = [
        wire.Visitor(
            person(n), PAGES[n - 1], SOURCES[n - 1], NOW - n * MINUTE * 3, NOW - n * 1000, n * 3
        )
        for n in range(1, 9)
    ]
    minutes = [(i * 7) % 23 + (i % 5) * 3 for i in range(58)] + [21, 17]
    return wire.LivePage(NOW, 41, visitors, 38, minutes, story()[:50])


def talk(
    number: int, who: int, said: list[tuple[str, str, str]], **changes: Any
) -> wire.ChatThread:
    """A conversation; `said` is (direction, author, text), a minute apart."""
    first = NOW - 2 * MINUTE * number
    parts = [
        wire.ChatPart(number * 100 + i, first - MINUTE * (len(said) - 1 - i), way, author, text)
        for i, (way, author, text) in enumerate(said)
    ]
    waits = said[-1][0] == "in"
    chat = wire.Chat(
        number, who, person(who).label, "Your cart", "email", "open", "", parts[0].at, parts[-1].at,
        len(parts), said[-1][2], waits, since=parts[-1].at if waits else None,
    )  # fmt: skip
    return wire.ChatThread(msgspec.structs.replace(chat, **changes), parts)


TALKS = [
    talk(1, 1, [("in", "", "Is the Oslo in stock in green?"),
                ("out", "Olga", "Yes, three left. Shall I reserve one?"),
                ("note", "Olga", "asked about green before (12 Oct)"),
                ("in", "", "Please! And delivery to Tula?\x1b[2J\x1b[31m")], operator="Olga"),
    talk(2, 3, [("in", "", "My order is late")]),
    talk(3, 4, [("in", "", "Thanks"), ("out", "Olga", "You are welcome")], operator="Olga"),
    talk(4, 8, [("in", "", "Later, please")], state="snoozed", until=NOW + DAY),
    talk(5, 6, [("in", "", "Спасибо!")], state="closed"),
]  # fmt: skip


@dataclass
class World:
    """What the daemon answers; tests change it."""

    live: wire.LivePage = field(default_factory=live_page)
    people: list[wire.Person] = field(default_factory=lambda: [person(n) for n in range(1, 1205)])
    segments: list[wire.Segment] = field(default_factory=lambda: list(SEGMENTS))
    chains: list[wire.Chain] = field(default_factory=lambda: list(CHAINS))
    stages: list[wire.JourneyStage] = field(default_factory=lambda: list(STAGES))
    broadcasts: list[wire.Broadcast] = field(default_factory=list)
    cards: dict[int, wire.Card] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    talks: list[wire.ChatThread] = field(default_factory=lambda: list(TALKS))
    acts: list[str] = field(default_factory=list)
    status: dict[str, Any] = field(default_factory=dict)
    plan: wire.Plan = field(default_factory=lambda: PLAN)
    work: wire.Work = field(default_factory=lambda: wire.Work(1, "simulate", "done", NOW))
    resumed: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    checkup: wire.Checkup = field(default_factory=lambda: wire.Checkup(ok=False, findings=FINDINGS))
    problems: list[wire.Problem] = field(default_factory=lambda: list(PROBLEMS))
    searches: list[wire.Search] = field(
        default_factory=lambda: [wire.Search("buyers", 'did "Order Completed"', NOW)]
    )
    bulk: wire.Bulk = field(default_factory=lambda: wire.Bulk(0, NOW, "", "", "", "", 0, 0, 0))
    streams: set[asyncio.Queue[wire.Update | None]] = field(default_factory=set)
    said: list[tuple[int, wire.SayAsk]] = field(default_factory=list)
    refuses: str = ""
    key: str = KEY
    delay_s: float = 0.0

    def push(self, topic: str, number: int, body: Any) -> None:
        """Send one update to whoever listens."""
        for queue in self.streams:
            queue.put_nowait(wire.Update(topic, number, body))  # type: ignore[arg-type]

    def cut(self) -> None:
        """Let all streams end, as a daemon that stops."""
        for queue in self.streams:
            queue.put_nowait(None)


def application(world: World) -> web.Application:
    app = web.Application(middlewares=[_guard(world)])
    routes = {
        "status": _status, "live": _live, "people": _people, "people/{id}": _person, "events": _events, "why": _why,
        "segments": _segments, "segments/{key}": _segment, "chains": _chains, "chains/{key}": _chain,
        "journey": _journey, "goals": _goals, "broadcasts": lambda w, _: wire.BroadcastPage(w.broadcasts),
        "segments/{key}/moves": _moves, "segments/{key}/explain": _explain,
        "doctor": lambda w, _: w.checkup, "problems": lambda w, _: wire.Problems(w.problems, len(w.problems)),
        "plan": lambda w, _: w.plan, "lint": lambda w, _: wire.Lints(LINTS), "versions/{kind}/{key}": _versions,
        "work/{work}": lambda w, _: w.work,
        "log": lambda w, _: wire.LogPage(LOG),
        "chats": _chats, "chats/counts": _chat_counts, "chats/{id}": _chat,
        "messages": _messages, "messages/{id}": _message, "runs": _runs,
    }  # fmt: skip
    for path, answer in routes.items():
        app.router.add_get(f"/api/{path}", _handler(world, answer))
    app.router.add_post("/api/preview", _preview(world))
    app.router.add_get("/api/searches", _handler(world, lambda w, _: wire.Searches(w.searches)))
    app.router.add_post("/api/searches", _save(world))
    app.router.add_post("/api/searches/{name}/delete", _unsave(world))
    app.router.add_post("/api/bulk", _bulk(world))
    app.router.add_post("/api/bulk/{id}/step", _bulk_step(world))
    app.router.add_post("/api/overlap", _overlap(world))
    app.router.add_post("/api/complete", _complete(world))
    app.router.add_post("/api/segments/{key}", _define(world))
    app.router.add_post("/api/chains/{key}/{act}", _act(world))
    app.router.add_post("/api/simulate", _simulate(world))
    app.router.add_post("/api/apply", _apply(world))
    app.router.add_post("/api/versions/{kind}/{key}/rollback", _rollback(world))
    app.router.add_post("/api/problems/{id}/{act}", _settle(world))
    app.router.add_post("/api/chats/{id}/reply", _reply(world))
    app.router.add_post("/api/chats/{id}/do", _do(world))
    app.router.add_post("/api/chats/{id}/complete", _complete_chat(world))
    app.router.add_get("/api/stream", _stream(world))
    return app


def _answer(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def _guard(world: World) -> Any:
    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        world.asked.append(request.path_qs)
        if world.delay_s and not request.path.endswith("/stream"):
            await asyncio.sleep(world.delay_s)
        if request.headers.get("Authorization") != f"Bearer {world.key}":
            return _answer(
                wire.ErrorAnswer(wire.Fault("unauthorized", "The API key is not known.")), 401
            )
        try:
            return await handler(request)
        except RuleError as e:
            fault = wire.Fault(e.code, e.message, e.field, e.hint, e.text, e.line, e.column)
            return _answer(wire.ErrorAnswer(fault), e.status)
        except MautodError as e:
            return _answer(
                wire.ErrorAnswer(wire.Fault(e.code, e.message, e.field, e.hint)), e.status
            )

    return guard


def _handler(world: World, answer: Callable[[World, web.Request], Any]) -> Any:
    async def handler(request: web.Request) -> web.Response:
        return _answer(answer(world, request))

    return handler


def _chats(world: World, request: web.Request) -> wire.ChatPage:
    state, operator = request.query.get("state", ""), request.query.get("operator", "")
    chats = [talk.chat for talk in world.talks]
    return wire.ChatPage(
        [c for c in chats if state in ("", c.state) and operator in ("", c.operator)]
    )


def _chat_counts(world: World, request: web.Request) -> wire.ChatCounts:
    chats = [talk.chat for talk in world.talks]
    mine = [c for c in chats if c.operator == request.query.get("operator") and c.state == "open"]
    states = [c.state for c in chats]
    return wire.ChatCounts(states.count("open"), len(mine), states.count("snoozed"))


def _chat(world: World, request: web.Request) -> wire.ChatThread:
    return next(t for t in world.talks if t.chat.id == int(request.match_info["id"]))


def _reply(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.SayAsk)
        if world.refuses:
            raise Conflict(world.refuses)
        world.said.append((int(request.match_info["id"]), ask))
        return _answer(wire.Done(1, "Message 9 is queued."))

    return handler


def _do(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.LineAsk)
        world.acts.append(f"{request.match_info['id']} {ask.line} by {ask.operator}")
        return _answer(wire.Ran(1, f"done: {ask.line}"))

    return handler


def _complete_chat(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        line = msgspec.json.decode(await request.read(), type=wire.LineAsk).line
        words = [("/assign", "NAME: give it"), ("/snooze", "TIME: let it rest")]
        items = [wire.Candidate(w, "command", n) for w, n in words if w.startswith(line)]
        return _answer(wire.Candidates(0, len(line), items))

    return handler


def _status(world: World, _: web.Request) -> wire.Status:
    made = wire.Status(
        "0.1.0", "shop.example", NOW, "Europe/Moscow", "RUB", len(world.people), 98123, 38, world.live.online,
        wire.Journal(3), 0, len(world.segments), len(world.chains), {"active": 98},
        {"sent": 1814, "queued": 37, "failed": 4}, {}, len(world.problems), PUMPS, 1000, NOW + 2 * MINUTE,
    )  # fmt: skip
    return msgspec.structs.replace(made, **world.status)


def _versions(world: World, request: web.Request) -> wire.Versions:
    key, file = request.match_info["key"], f"workspace/chains/{request.match_info['key']}.toml"
    if int(request.query.get("limit", 20)) == 1:
        return wire.Versions([wire.Version("chain", key, 4, NOW - DAY, True, file)])
    diff = f'--- {file} v3\n+++ {file} v4\n@@ -9,2 +9,2 @@\n [[step]]\n-wait = "2h"\n+wait = "1h"'
    return wire.Versions([
        wire.Version("chain", key, 4, NOW - DAY, True, file, diff),
        wire.Version("chain", key, 3, NOW - 9 * DAY, False, file, diff.replace("1h", "3h")),
        wire.Version("chain", key, 1, NOW - 400 * DAY, False, file, "+name = 'x'"),
    ])  # fmt: skip


def _simulate(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.SimulateAsk)
        world.scripts.append(ask.script)
        if "broken" in ask.script:
            fault = wire.Fault("bad_definition", "person.toml:2: broken: there is no such key")
            world.work = wire.Work(1, "simulate", "failed", NOW, fault=fault)
        else:
            letters = [wire.Letter("cart-1", "You left something")]
            world.work = wire.Work(
                1, "simulate", "done", NOW, simulated=wire.Simulated(SIMULATED, {}, letters)
            )
        return _answer(wire.Work(1, "simulate", "running", NOW))

    return handler


def _apply(world: World) -> Any:
    async def handler(_: web.Request) -> web.Response:
        world.acts.append("apply")
        changes = wire.Changes(
            [wire.Change("changed", "chain", "welcome", "chains/welcome.toml", 3)]
        )
        world.plan = wire.Plan([])
        return _answer(wire.Work(2, "apply", "done", NOW, changes=changes))

    return handler


def _rollback(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.RollbackAsk)
        key = request.match_info["key"]
        world.acts.append(f"rollback {key} {ask.to}")
        change = wire.Change("changed", "chain", key, f"chains/{key}.toml", 5, ["98 people stay"])
        return _answer(wire.Rolled(change, ask.to or 3, drifts=True))

    return handler


def _settle(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        number, act = int(request.match_info["id"]), request.match_info["act"]
        kept = next(one for one in world.problems if one.id == number)
        if kept.kind != "event" and act == "retry":
            error = Conflict(
                f"a {kept.kind} is not taken in again", hint="Mend its cause, then drop it."
            )
            return _answer(
                wire.ErrorAnswer(wire.Fault(error.code, error.message, "", error.hint)),
                error.status,
            )
        world.acts.append(f"{act} {number}")
        world.problems = [one for one in world.problems if one.id != number]
        return _answer(wire.Done(1, f"problem {number} is settled."))

    return handler


def _live(world: World, _: web.Request) -> wire.LivePage:
    return world.live


def _page(
    items: list[Any], request: web.Request, key: Callable[[Any], int]
) -> tuple[list[Any], int | None]:
    after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 50))
    rest = [item for item in items if key(item) > after]
    return rest[:limit], key(rest[limit - 1]) if len(rest) > limit else None


def _rule(text: str) -> None:
    if text.startswith("did ") and '"' not in text:
        raise RuleError(
            "an event's name in quotes is expected here",
            text=text,
            line=1,
            column=5,
            hint='Write did "Order Completed".',
        )


def _people(world: World, request: web.Request) -> wire.PersonPage:
    query = request.query.get("query", "")
    _rule(query)
    found = [
        p
        for p in world.people
        if query.startswith("did ") or query.casefold() in f"{p.label} {p.email}".casefold()
    ]
    return wire.PersonPage(*_page(found, request, lambda p: p.id))


def _person(world: World, request: web.Request) -> wire.Card:
    number = int(request.match_info["id"])
    return world.cards.get(number) or card(number)


def _events(world: World, request: web.Request) -> wire.EventPage:
    after = int(request.query.get("after", 0))
    who = person(int(request.query.get("person", 1)))
    items = [
        event(i, "Page Viewed", who, {"path": f"/old/{i}"}, ts=NOW - DAY - i)
        for i in range(after - 1, max(after - 51, 0), -1)
    ]
    return wire.EventPage(items, items[-1].id if items and items[-1].id > 1 else None)


def _why(world: World, request: web.Request) -> wire.Why:
    template = request.query["template"]
    who = person(1)
    run = card(1).runs[0]
    one = wire.WhyRun(
        run, story()[0], LETTERS[0], DECISIONS, "The message waits for the window to open at 10:00."
    )
    return wire.Why(
        who, template, f"{template} is on its way: it waits until 10:00 in Europe/Moscow.", [one]
    )


def _segments(world: World, _: web.Request) -> wire.Segments:
    return wire.Segments(world.segments)


def _segment(world: World, request: web.Request) -> wire.SegmentPage:
    found = next(s for s in world.segments if s.key == request.match_info["key"])
    members = [wire.Member(p, NOW - p.id * HOUR) for p in world.people[: found.size]]
    return wire.SegmentPage(found, *_page(members, request, lambda m: m.person.id))


def _preview(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.PreviewAsk)
        _rule(ask.rule)
        return _answer(
            wire.Preview(
                ask.rule, 612, world.people[: ask.limit], ["No event is called Oder."], 14.2
            )
        )

    return handler


def _moves(world: World, request: web.Request) -> wire.MovePage:
    after = int(request.query.get("after", 10_000))
    ids = range(after - 1, max(after - 101, 9_700), -1)
    items = [
        wire.Move(
            str(i), NOW - (10_000 - i) * 60_000, i % 8 + 1, person(i % 8 + 1).label, i % 3 > 0
        )
        for i in ids
    ]
    return wire.MovePage(items, items[-1].id if int(items[-1].id) > 9_701 else None)


def _explain(world: World, request: web.Request) -> wire.Explanation:
    found = next(s for s in world.segments if s.key == request.match_info["key"])
    seen = wire.Reason(
        'did "Cart Viewed" in 1d', "leaf", True, "2 times", 2, None, NOW - HOUR, NOW + DAY
    )
    bought = wire.Reason('did "Order Completed" in 1d', "leaf", False, "never", 0)
    rule = wire.Reason("", "and", True, parts=[seen, wire.Reason("", "not", True, parts=[bought])])
    return wire.Explanation(found, person(1), NOW, True, NOW - HOUR, NOW + DAY, rule)


def _overlap(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.OverlapAsk)
        items = [s for key in ask.keys for s in world.segments if s.key == key]
        people = [[a.size if a is b else min(a.size, b.size) // 4 for b in items] for a in items]
        return _answer(wire.Overlap(items, people))

    return handler


def _save(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.SaveAsk)
        world.searches = [*world.searches, wire.Search(ask.name, ask.query, NOW)]
        return _answer(wire.Done(1, f"search {ask.name} is saved."))

    return handler


def _unsave(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        world.searches = [one for one in world.searches if one.name != name]
        return _answer(wire.Done(1, f"search {name} is gone."))

    return handler


def _bulk(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.BulkAsk)
        total = len(ask.people) or 1204
        text = f"{ask.act} {total} people {ask.value}"
        world.bulk = wire.Bulk(7, NOW, ask.act, ask.value, ask.query, "asked", total, 0, 0, text)
        return _answer(world.bulk)

    return handler


def _bulk_step(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        done = min(world.bulk.done + 1000, world.bulk.total)
        state = "done" if done == world.bulk.total else "running"
        world.bulk = msgspec.structs.replace(world.bulk, done=done, changed=done - 1, state=state)
        world.acts.append(f"step {done}")
        return _answer(world.bulk)

    return handler


def _complete(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        ask = msgspec.json.decode(await request.read(), type=wire.CompleteAsk)
        start = ask.rule.rfind(" ", 0, ask.cursor) + 1
        typed = ask.rule[start : ask.cursor].strip('"').casefold()
        offered = [
            wire.Candidate('"Order Completed"', "event", "312 times"),
            wire.Candidate('"Order Cancelled"', "event", "4 times"),
            wire.Candidate("country", "property"),
            wire.Candidate("did", "word"),
        ]
        items = [item for item in offered if item.text.strip('"').casefold().startswith(typed)]
        return _answer(wire.Candidates(start, ask.cursor, items))

    return handler


def _define(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        key = request.match_info["key"]
        ask = msgspec.json.decode(await request.read(), type=wire.DefineAsk)
        _rule(ask.rule)
        if ask.was == "" and key in {s.key for s in world.segments}:
            raise Conflict(f"segment {key} exists already", hint="Look at it again, then write.")
        made = wire.Segment(key, ask.name or key, ask.rule, 612, NOW)
        world.acts.append(f"define {key} {ask.rule}")
        world.segments = [*(s for s in world.segments if s.key != key), made]
        return _answer(wire.Defined(made, "workspace/segments.toml", 12, [], []))

    return handler


def _goals(world: World, request: web.Request) -> wire.GoalReport:
    chain, since = (
        request.query.get("chain", "abandoned-cart"),
        int(request.query.get("since", NOW - 30 * DAY)),
    )
    rubles = [wire.Money(Decimal(number * 1000), "RUB") for number in (1, 4, 2)]
    spans = [
        wire.GoalSpan(chain, "2026-10-01", since + day * DAY, 9, 5, 2, goals, [amount])
        for day, goals, amount in zip((1, 20, 30), (1, 2, 8), rubles, strict=True)
    ]
    return wire.GoalReport(since, NOW, [], 11, [], by="day", spans=spans)


def _journey(world: World, request: web.Request) -> wire.Journey:
    return wire.Journey(int(request.query["since"]), NOW, world.stages)


def _chains(world: World, _: web.Request) -> wire.Chains:
    return wire.Chains([msgspec.structs.replace(c, steps=[]) for c in world.chains])


def _chain(world: World, request: web.Request) -> wire.Chain:
    for sent in world.broadcasts:
        if sent.key == request.match_info["key"]:
            return wire.Chain(
                sent.key, sent.name, "running", 1, NOW, active=sent.open, steps=CHAINS[0].steps[:1]
            )
    return next(c for c in world.chains if c.key == request.match_info["key"])


def _act(world: World) -> Any:
    async def handler(request: web.Request) -> web.Response:
        key, act = request.match_info["key"], request.match_info["act"]
        world.acts.append(f"{act} {key}")
        state = "paused" if act == "pause" else "running"
        world.chains = [
            msgspec.structs.replace(c, state=state) if c.key == key else c for c in world.chains
        ]
        return _answer(wire.Done(1, f"{key} is {state}."))

    return handler


def _messages(world: World, request: web.Request) -> wire.MessagePage:
    return wire.MessagePage([m for m in LETTERS if m.chain == request.query.get("chain", m.chain)])


def _message(world: World, request: web.Request) -> wire.Message:
    found = next(m for m in LETTERS if m.id == int(request.match_info["id"]))
    return msgspec.structs.replace(found, decisions=DECISIONS)


def _runs(world: World, request: web.Request) -> wire.RunPage:
    return wire.RunPage(card(1).runs)


def _stream(world: World) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        queue: asyncio.Queue[wire.Update | None] = asyncio.Queue()
        world.resumed.append(request.headers.get("Last-Event-ID", ""))
        world.streams.add(queue)
        try:
            while (update := await queue.get()) is not None:
                body = msgspec.json.encode(update.body).decode()
                await answer.write(
                    f"event: {update.topic}\nid: {update.id}\ndata: {body}\n\n".encode()
                )
        finally:
            world.streams.discard(queue)
        return answer

    return handler


async def _alive(world: World) -> None:
    """Something happens all the time."""
    number = 2000
    while True:
        await asyncio.sleep(0.7)
        number += 1
        who = person(1 + number % 8)
        world.push(
            "events",
            number,
            event(number, "Page Viewed", who, {"path": PAGES[number % 8]}, ts=NOW + number * 10),
        )
        size = 37 + number % 9
        world.push("segments", number, wire.SegmentSize("cart-open", "Cart open", size))


async def _main(port: int) -> None:
    world = World()
    runner = web.AppRunner(application(world))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await _alive(world)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
