"""A few people in a real database, beside the same people as the oracle knows them."""

from __future__ import annotations

from typing import Any

from rules_oracle import Event, Oracle, Person, Stay, place

from mautod.core.event import Touched
from mautod.core.identity import Merge
from mautod.core.rules.checker import on_list, on_score
from mautod.store import consent, events, inbox, merges, segments
from mautod.store.db import Tx, to_json
from mautod.store.events import Fresh, Names

TABLES = (
    "person", "event", "event_stat", "event_name", "member", "segment", "person_date", "state",
    "rejected", "run", "listed", "stay", "chain", "merge", "merge_event", "merge_row", "identity",
    "consent", "optout", "suppression", "inbox", "score", "person_score", "definition",
)  # fmt: skip


class World:
    """Changes go to the tables as the digest would write them, and to `people`."""

    def __init__(self, tx: Tx, zone: str = "UTC") -> None:
        self.tx = tx
        self.zone = zone
        self.people: dict[int, Person] = {}
        self.names = Names()
        self.runs = 0
        self.optouts: set[tuple[str, str, str]] = set()
        self.suppressed: set[tuple[str, str]] = set()
        for table in TABLES:
            tx.execute(f"DELETE FROM {table}")

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
        """Let somebody, or whoever has their address, say no; or never use the address again."""
        address = place(self.people[person], "email")
        will = consent.refusal(topic, channel, now, "test")
        if how == "person" and not self.people[person].gone:
            consent.put_consent(self.tx, person, will)
            self.people[person].refused.add((topic, channel))
        elif how == "address" and address:
            consent.put_optout(self.tx, address, will)
            self.optouts.add((address, topic, channel))
        elif how == "suppressed" and address:
            consent.suppress(self.tx, channel, address, "test", now)
            self.suppressed.add((channel, address))
        return self.told()

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
        self.people[winner].refused |= self.people[loser].refused
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
        return Oracle(now, self.zone, optouts=self.optouts, suppressed=self.suppressed, **more)
