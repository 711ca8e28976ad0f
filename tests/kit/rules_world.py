"""A few people in a real database, beside the same people as the oracle knows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules_oracle import Event, Oracle, Person, Stay, domain_of, place
from rules_strategies import NOW

from mautod.core.event import Touched
from mautod.core.people.identity import Merge
from mautod.core.rules.checker import on_list, on_score
from mautod.core.rules.tree import Eventful, Rule, Series
from mautod.store import events, inbox
from mautod.store.db import Tx, to_json
from mautod.store.delivery import consent
from mautod.store.events import Fresh, Names
from mautod.store.people import merges
from mautod.store.segments import membership as segments

TABLES = (
    "person", "event", "event_stat", "event_name", "member", "segment", "person_date", "state",
    "rejected", "run", "listed", "stay", "chain", "merge", "merge_event", "merge_row", "identity",
    "consent", "optout", "suppression", "inbox", "score", "person_score", "definition",
)  # fmt: skip


CLUB = "club"
"""A topic that nobody gets who did not say yes."""


class World:
    """Changes go to the tables as the digest would write them, and to `people`."""

    def __init__(self, tx: Tx, zone: str = "UTC") -> None:
        self.tx = tx
        self.zone = zone
        self.people: dict[int, Person] = {}
        self.names = Names()
        self.runs = 0
        self.for_address: dict[str, dict[tuple[str, str], tuple[bool, int]]] = {}
        self.suppressed: set[tuple[str, str]] = set()
        for table in TABLES:
            tx.execute(f"DELETE FROM {table}")
        tx.execute(
            "INSERT INTO definition (kind, key, version, hash, file, body, applied_at, active)"
            " VALUES ('topic', ?, 1, '', '', ?, 0, 1)",
            (CLUB, '{"name": {"": "Club"}, "default": "out"}'),
        )

    def add(self, columns: dict[str, Any], props: dict[str, Any]) -> int:
        number = len(self.people) + 1
        row = {"id": number, "created_at": 0, **columns, "props": to_json(props)}
        self.tx.execute(
            f"INSERT INTO person ({', '.join(row)}) VALUES ({', '.join(':' + k for k in row)})", row
        )
        self.people[number] = Person(number, {"sessions": 0, **columns}, props)
        return number

    def happen(self, person: int, name: str, ts: int, props: dict[str, Any]) -> Touched:
        ids = self.names.ids(self.tx, [name])
        (stored,) = events.append(self.tx, [Fresh(person, name, ts, ts, None, props)], ids)
        self.people[person].events.append(Event(stored.id, name, ts, props))
        touched = Touched()
        touched.event(name, person)
        return touched

    def set(self, person: int, prop: str, value: Any) -> Touched:
        self.people[person].props[prop] = value
        self.tx.execute(
            "UPDATE person SET props = ? WHERE id = ?",
            (to_json(self.people[person].props), person),
        )
        touched = Touched()
        touched.prop(prop, person)
        return touched

    def see(self, person: int, at: int) -> Touched:
        self.people[person].columns["last_seen"] = at
        self.tx.execute("UPDATE person SET last_seen = ? WHERE id = ?", (at, person))
        touched = Touched()
        touched.prop("last_seen", person)
        return touched

    def enlist(self, person: int, key: str, *, on: bool) -> Touched:
        """Put somebody on the list of a segment, or take them off."""
        found = segments.find(self.tx, key)
        assert found is not None
        if on:
            segments.enlist(self.tx, found.id, [person], 0)
        else:
            segments.unlist(self.tx, found.id, [person])
        if not self.people[person].gone:
            self.people[person].lists.discard(key)
            self.people[person].lists |= {key} if on else set()
        touched = Touched()
        touched.fact(on_list(key), person)
        return touched

    def walk(self, person: int, key: str, now: int, *, on: bool) -> Touched:
        """Let somebody enter a chain, or end their runs through it, as the pumps do."""
        self.tx.execute(
            "INSERT INTO chain (id, key, name, state, definition_id, version, changed_at)"
            " VALUES (1, ?, '', 'running', 1, 1, 0) ON CONFLICT (key) DO NOTHING",
            (key,),
        )
        if on:
            self.runs += 1
            self.tx.execute(
                "INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at,"
                " step_at) VALUES (1, 1, ?, ?, 'active', '', ?, ?)",
                (person, str(self.runs), now, now),
            )
        else:
            self.tx.execute("UPDATE run SET state = 'done' WHERE person_id = ?", (person,))
        self.people[person].chains = {key} if on else set()
        return self.happen(person, "Chain Entered" if on else "Chain Ended", now, {"chain": key})

    def score(self, person: int, key: str, points: int) -> Touched:
        """Give somebody points of a score that nothing keeps true."""
        self.tx.execute(
            "INSERT INTO score (key, name, definition_id, active) VALUES (?, '', 0, 0)"
            " ON CONFLICT (key) DO NOTHING",
            (key,),
        )
        if not self.people[person].gone:
            self.tx.execute(
                "INSERT INTO person_score (person_id, score_id, points)"
                " SELECT ?, id, ? FROM score WHERE key = ?"
                " ON CONFLICT (person_id, score_id) DO UPDATE SET points = excluded.points",
                (person, points, key),
            )
            self.people[person].points[key] = points
        touched = Touched()
        touched.fact(on_score(key), person)
        return touched

    def say_no(self, person: int, how: str, topic: str, channel: str, now: int) -> Touched:
        """Let somebody, or whoever has their address, say no or yes; or never use the address."""
        address = place(self.people[person], "email")
        will = consent.refusal(topic, channel, now, "test")
        whose, _, yes = how.partition(" ")
        if yes:
            will = replace(will, state="subscribed")
        if whose == "person" and not self.people[person].gone:
            consent.put_consent(self.tx, person, will)
            rows = "SELECT topic, channel, state, at FROM consent WHERE person_id = ?"
            self.people[person].wills = self._wills(rows, person)
        elif whose == "address" and address:
            consent.put_optout(self.tx, address, will)
            rows = "SELECT topic, channel, state, at FROM optout WHERE address = ?"
            self.for_address[address] = self._wills(rows, address)
        elif whose in {"suppressed", "domain"} and address:
            entry = address if whose == "suppressed" else domain_of(address)
            if entry:
                consent.suppress(self.tx, channel, entry, "test", now)
                self.suppressed.add((channel, entry))
        return self.told()

    def _wills(self, rows: str, whose: int | str) -> dict[tuple[str, str], tuple[bool, int]]:
        found = self.tx.execute(rows, (whose,)).fetchall()
        return {(topic, by): (state == "subscribed", at) for topic, by, state, at in found}

    def told(self) -> Touched:
        """The facts that wait for the digest."""
        touched = Touched()
        for entry, body in inbox.take(self.tx, 100):
            for fact in body["facts"]:
                touched.fact(fact, body["personId"])
            inbox.drop(self.tx, [entry])
        return touched

    def watch(self, inside: dict[str, set[int]], at: int) -> None:
        """Note who entered and who left since the last look; `at` is when they did."""
        for key, members in inside.items():
            for person in self.people.values():
                stays = person.stays.setdefault(key, [])
                there = next((stay for stay in stays if stay.left is None), None)
                if there is None and person.id in members:
                    stays.append(Stay(at))
                elif there is not None and person.id not in members:
                    there.left = max(at, there.entered)

    def merge(self, winner: int, loser: int, now: int) -> Touched:
        if winner == loser or self.people[winner].gone or self.people[loser].gone:
            return Touched()
        merges.merge(self.tx, Merge(winner, loser, "test", {}), now)
        self.tx.execute("UPDATE person SET merged_into = ? WHERE id = ?", (winner, loser))
        self.people[winner].events += self.people[loser].events
        self.people[loser].events = []
        self.tx.execute("UPDATE run SET person_id = ? WHERE person_id = ?", (winner, loser))
        self.people[winner].lists |= self.people[loser].lists
        self.people[winner].chains |= self.people[loser].chains
        own = self.people[winner].wills
        for key, (yes, at) in self.people[loser].wills.items():
            had = own.get(key)
            if had is None or (at, not yes) > (had[1], not had[0]):
                own[key] = (yes, at)
        for key, points in self.people[loser].points.items():
            own = self.people[winner].points.get(key, points)
            self.people[winner].points[key] = max(own, points)
        self.join_stays(self.people[winner].stays, self.people[loser].stays)
        self.people[loser].gone = True
        touched = Touched()
        touched.everything.add(winner)
        return touched

    def join_stays(self, winners: dict[str, list[Stay]], losers: dict[str, list[Stay]]) -> None:
        for key, stays in losers.items():
            own = winners.setdefault(key, [])
            own += stays
            lasting = [stay for stay in own if stay.left is None]
            for stay in lasting:
                own.remove(stay)
            if lasting:
                own.append(Stay(min(stay.entered for stay in lasting)))
        losers.clear()

    def oracle(self, now: int, **more: Any) -> Oracle:
        told = {"for_address": self.for_address, "suppressed": self.suppressed}
        return Oracle(now, self.zone, asks_yes=frozenset({CLUB}), **told, **more)


def settle(tx: Tx, lives: list[Any], zone: str) -> World:
    """A world in which these lives have been led up to `NOW`."""
    world = World(tx, zone)
    for columns, props, happened, said in lives:
        person = world.add(columns, props)
        for number, (how, topic, channel) in enumerate(said):
            world.say_no(person, how, topic, channel, NOW)
            world.score(person, "lead", 26 * number)
        for name, offset, event_props in happened:
            world.happen(person, name, NOW - offset, event_props)
    return world


def enter(world: World, at: int) -> list[tuple[int, Oracle, Person]]:
    """Let everybody enter a chain, by what they did at that instant if they did; the runs."""
    entered = []
    for person in world.people.values():
        entry = next((event.id for event in person.events if event.ts == at), None)
        run = person.id + 100
        world.tx.execute(
            "INSERT INTO run (id, chain_id, definition_id, person_id, key, state, step,"
            " entered_at, entry_event, step_at) VALUES (?, 1, 1, ?, '', 'active', '', ?, ?, 0)",
            (run, person.id, at, entry),
        )
        oracle = world.oracle(NOW, entered_at=at, entry_event=entry or 0)
        entered.append((run, oracle, person))
    return entered


class AtOnce:
    """Has every leaf about events asked of all people at once, beginning with this event."""

    def __init__(self, lead: int) -> None:
        self.first = lead

    def among(self, rule: Rule) -> AtOnce:
        return self

    def lead(self, leaf: Eventful) -> int | None:
        return min(self.first, len(leaf.then)) if isinstance(leaf, Series) else 0


CROWDS = (None, AtOnce(0), AtOnce(9))

EXAMPLES = [
    'did "A"', 'did "A" >= 3 times', 'did "A" in 7d', 'did "A" where x = 1 >= 2 times in 7d',
    'not did "A" = 0 times since 2026-01-01', 'in segment "vip" or in list "vip" or in chain "x" or email = "a@b"',
    'email ends with "@b" and s starts with "a" and page matches "*/cart?"',
    "d in next 3d and last_seen between 30d ago and 1d ago and n between 1 and 5",
    'l has "x" and l has any (1, true, "ä") and l has all ("x", 2) or l is empty',
    'was in segment "vip" or was in segment "vip" in 30d', 'was in segment "x" since 2026-01-01',
    'was in segment "vip" between 30d ago and 3d ago', 'did "A" or "B"', 'did "A" or "B" >= 3 times', 'did "A" or "B" where x = 1 in 7d',
    'did "A" between 2 and 5 times', 'did "A" where x = 1 between 2 and 5 times in 7d',
    "d anniversary in next 3d and created_at anniversary in next 3d",
    'l contains "x" and d in last 7d and last_seen before 30d ago',
    'country in ("RU", "ä") and o.x != 5 and (did "A" or not did "B" in 1h)',
    'did "A" between 30d ago and 7d ago', 'did "A" where x = person.n or y = person.email >= 2 times',
    'sum "A".total where x = 1 > 5 in 7d', 'avg "A".o.x between 1 and 2 since 2026-01-01',
    'distinct "A".l >= 2', 'min "A".n < 2 or max "A".n > 2',
    'first "A" before 30d ago and last "A" in last 7d', 'last "A" where x = 1 between 9d ago and 2d ago',
    'did "A" then "B" within 2h', 'did "A" where x = 1 then "B" or "C" then "A" on o.x in 7d',
    'did "A" then not "B" within 2h', 'did "A" then "B" then not "C" within 1d on x since 2026-01-01',
]  # fmt: skip
"""Rules of every kind, whose plans are looked at."""
