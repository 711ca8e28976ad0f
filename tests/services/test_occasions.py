"""Chains that time starts: by a schedule, by a date; each occasion once, whatever is killed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from digest_kit import Mill
from fragile_kit import FragileDatabase, Killed

from mautod.core.envelope import STARTED
from mautod.duration import DAY, HOUR, MINUTE, SECOND
from mautod.services.chains import occasions
from mautod.services.chains.advance import advance
from mautod.services.chains.enter import Chains
from mautod.services.chains.versions import Versions
from mautod.services.intake.digest import OWN
from mautod.services.intake.react import Reactions
from mautod.services.people import bulk
from mautod.services.segments.refresh import Segments
from mautod.services.segments.sweep import sweep
from mautod.store import catalog
from mautod.store.people import bulk as acts

HEAD = 'name = "X"\ntopic = "t"\n'
BODY = '\n[[step]]\nexit = "over"\n'
MONDAY = int(datetime(2026, 7, 6, 9, 0, tzinfo=ZoneInfo("UTC")).timestamp() * 1000)


@pytest.fixture
def mill(tmp_path):
    mill = Mill(tmp_path)
    mill.db.read().execute("PRAGMA synchronous = off")
    mill.now = MONDAY
    yield mill
    mill.close()


def chain(mill: Mill, enter: str, key: str = "news", zone: str = "UTC") -> None:
    mill.chain(key, f"{HEAD}enter = {enter}{BODY}")
    look(mill, zone)  # it is followed from now on


def people(mill: Mill, *traits: dict) -> None:
    mill.play(
        *(
            {"type": "identify", "userId": f"u{n}", "messageId": f"m{n}-{mill.now}", "traits": each}
            for n, each in enumerate(traits)
        ),
        source="server",
    )


def look(mill: Mill, zone: str = "UTC") -> int:
    """What a worker does every ten seconds, and what follows."""
    sweep(mill.db, Reactions(Segments(zone), Chains(zone), mill.sources[OWN][0], "RUB"), mill.now)
    count = occasions.take(mill.db, Versions(zone), mill.now)
    while bulk.go_on(mill.db, bulk.At(mill.now, zone)):
        pass
    mill.drain()
    advance(mill.db, Chains(zone), mill.now)
    return count


def pass_time(mill: Mill, span: int, step: int = 10 * SECOND) -> list[int]:
    """At which instants, counted from Monday 9:00, somebody's chain was started."""
    found = []
    for _ in range(0, span, step):
        mill.now += step
        if look(mill):
            found.append(mill.now - MONDAY)
    return found


def started(mill: Mill) -> list[tuple[int, int]]:
    """(person, runs) of those who entered."""
    return mill.rows("SELECT person_id, count(*) FROM run GROUP BY person_id ORDER BY person_id")


def test_a_schedule_starts_its_chain_for_those_who_match_when_it_is_time(mill):
    people(mill, {"vip": True}, {"vip": False}, {"vip": True})
    chain(mill, "{ schedule = 'mon 10:00', when = 'vip = true' }")
    assert pass_time(mill, 2 * HOUR, MINUTE) == [HOUR]
    assert started(mill) == [(1, 1), (3, 1)]
    assert pass_time(mill, 7 * DAY, HOUR) == [7 * DAY + HOUR]
    assert started(mill) == [(1, 2), (3, 2)]


def test_a_schedule_over_a_segment_starts_for_who_is_in_it_then(mill):
    people(mill, {"vip": True}, {"vip": False})
    mill.segment("vip", "vip = true")
    chain(mill, "{ schedule = '0 10 * * *', segment = 'vip', again = 'once' }")
    mill.now += MINUTE
    people(mill, {"vip": True}, {"vip": True})
    pass_time(mill, 3 * DAY, HOUR)
    assert started(mill) == [(1, 1), (2, 1)]


def test_of_several_missed_occurrences_the_latest_is_made_up_for_and_none_older_than_a_day(mill):
    people(mill, {"vip": True})
    chain(mill, "{ schedule = '0 */6 * * *', when = 'vip = true' }")
    mill.now += 10 * DAY
    assert [look(mill), look(mill)] == [1, 0]
    chain(mill, "{ schedule = 'mon 10:00', when = 'vip = true' }", key="weekly")
    mill.now = MONDAY + 15 * DAY + HOUR
    occasions.take(mill.db, Versions("UTC"), mill.now)
    mill.drain()
    weekly = "SELECT count(*) FROM run r JOIN chain c ON c.id = r.chain_id WHERE c.key = 'weekly'"
    assert mill.one(weekly) == 0


def test_a_schedule_is_by_the_clock_of_the_workspace(mill):
    people(mill, {"vip": True})
    chain(mill, "{ schedule = 'mon 14:00', when = 'vip = true' }", zone="Europe/Moscow")
    found = []
    for _ in range(180):
        mill.now += MINUTE
        if look(mill, "Europe/Moscow"):
            found.append(mill.now - MONDAY)
    assert found == [2 * HOUR]


def test_a_changed_schedule_is_followed_from_the_change_and_an_unchanged_one_goes_on(mill):
    people(mill, {"vip": True})
    chain(mill, "{ schedule = '10:00', when = 'vip = true' }")
    mill.now += 2 * HOUR
    chain(mill, "{ schedule = '10:30', when = 'vip = true' }")
    assert pass_time(mill, HOUR, MINUTE) == []
    chain(mill, "{ schedule = '12:30', when = 'vip = true' }")
    mill.now += HOUR
    mill.chain("news", f"{HEAD}enter = {{ schedule = '12:30', when = 'vip = true' }}\n{BODY}\n#")
    assert look(mill) == 1


def test_a_clock_that_steps_back_repeats_nothing(mill):
    people(mill, {"vip": True})
    chain(mill, "{ schedule = '10:00', when = 'vip = true' }")
    mill.now += HOUR
    assert look(mill) == 1
    mill.now -= 2 * HOUR
    assert pass_time(mill, 3 * HOUR, MINUTE) == []


def test_a_large_crowd_is_written_down_and_started_part_by_part(mill):
    with mill.db.write() as tx:
        tx.executemany(
            "INSERT INTO person (id, created_at, props) VALUES (?, 0, '{}')",
            ((n,) for n in range(1, 1201)),
        )
    chain(mill, "{ schedule = '10:00', when = 'email is unknown' }")
    mill.now += HOUR
    assert occasions.take(mill.db, Versions("UTC"), mill.now) == 1200
    assert mill.rows("SELECT state, total, done FROM bulk") == [(acts.RUNNING, 1200, 0)]
    look(mill)
    assert mill.one("SELECT count(*) FROM run") == 1200


def test_a_date_starts_its_chain_so_long_before_it(mill):
    people(mill, {"renews_at": "2026-07-09"}, {"renews_at": "2026-07-10"}, {"renews_at": "soon"})
    chain(mill, "{ date = 'renews_at', offset = '-3d', at = '10:00' }")
    assert pass_time(mill, 3 * HOUR, MINUTE) == [HOUR]
    assert started(mill) == [(1, 1)]
    assert pass_time(mill, 3 * DAY, HOUR) == [DAY + HOUR]
    assert started(mill) == [(1, 1), (2, 1)]


def test_a_time_of_day_is_that_of_the_person(mill):
    zones = ("Asia/Tokyo", "Asia/Kathmandu", "America/New_York", "", "Mars/Base")
    people(mill, *({"renews_at": "2026-07-07"} for _ in zones))
    with mill.db.write() as tx:
        for number, zone in enumerate(zones, start=1):
            tx.execute("UPDATE person SET timezone = ? WHERE id = ?", (zone, number))
    chain(mill, "{ date = 'renews_at', at = '10:00' }", zone="Europe/Moscow")
    moments = {}
    for _ in range(40 * 12):
        mill.now += 5 * MINUTE
        look(mill, "Europe/Moscow")
        for person, _ in started(mill):
            moments.setdefault(person, mill.now)
    local = [
        f"{datetime.fromtimestamp(moments[n] / 1000, ZoneInfo(zone)):%d %H:%M}"
        for n, zone in enumerate(
            ("Asia/Tokyo", "Asia/Kathmandu", "America/New_York", "Europe/Moscow", "Europe/Moscow"),
            1,
        )
    ]
    assert local == ["07 10:00"] * 5


def test_a_date_with_a_time_counts_from_that_instant(mill):
    people(mill, {"trial_ends": "2026-07-06T12:30:00Z"})
    chain(mill, "{ date = 'trial_ends', offset = '-2h' }")
    assert pass_time(mill, 3 * HOUR, 30 * SECOND) == [HOUR + 30 * MINUTE]
    people(mill, {"trial_ends": "2026-07-06T15:00:00Z"})
    assert pass_time(mill, 3 * HOUR, 30 * SECOND) == [4 * HOUR]
    assert started(mill) == [(1, 2)]


def test_anniversaries_come_every_year_and_not_on_the_day_itself(mill):
    born = ("1990-07-08", "2026-07-08", "1992-02-29", "1985-12-31")
    people(mill, *({"birthday": each} for each in born))
    chain(mill, "{ date = 'birthday', every = 'year', offset = '-1d', at = '09:00' }")
    pass_time(mill, 3 * DAY, HOUR)
    assert started(mill) == [(1, 1)]
    pass_time(mill, 365 * DAY, 6 * HOUR)
    assert started(mill) == [(1, 2), (2, 1), (3, 1), (4, 1)]
    leapling = mill.one("SELECT entered_at FROM run WHERE person_id = 3")
    assert f"{datetime.fromtimestamp(leapling / 1000, ZoneInfo('UTC')):%m-%d}" == "02-27"


def test_dates_that_nobody_looked_at_are_made_up_for_within_a_day(mill):
    people(mill, *({"renews_at": f"2026-07-{day:02}"} for day in (8, 9, 10)))
    chain(mill, "{ date = 'renews_at', at = '10:00' }")
    mill.now = MONDAY + 4 * DAY
    look(mill)
    assert started(mill) == [(2, 1)]
    pass_time(mill, DAY, HOUR)
    assert started(mill) == [(2, 1), (3, 1)]


def test_a_column_can_be_the_date(mill):
    people(mill, {})
    chain(mill, "{ date = 'created_at', offset = '+2h' }")
    assert pass_time(mill, 5 * HOUR, MINUTE) == [2 * HOUR]


def kinds(mill: Mill) -> None:
    people(mill, {"vip": True, "renews_at": "2026-07-06"}, {"vip": True, "renews_at": "2026-07-07"})
    chain(mill, "{ schedule = '10:00', when = 'vip = true' }")
    chain(mill, "{ date = 'renews_at', at = '10:00' }", key="renewal")


def test_killed_anywhere_no_occasion_is_skipped_or_doubled(mill):
    kinds(mill)
    mill.now += HOUR
    kills = 0
    while True:
        try:
            occasions.take(FragileDatabase(mill.db, kills), Versions("UTC"), mill.now)
        except Killed:
            kills += 1
        else:
            break
    assert kills >= 3
    look(mill)
    pass_time(mill, HOUR, MINUTE)
    walked = "SELECT c.key, r.person_id FROM run r JOIN chain c ON c.id = r.chain_id ORDER BY 1, 2"
    assert mill.rows(walked) == [("news", 1), ("news", 2), ("renewal", 1)]


def test_what_began_it_is_on_the_timeline(mill):
    kinds(mill)
    mill.now += HOUR
    look(mill)
    assert (1, STARTED) in mill.history()
    props = "SELECT DISTINCT e.props ->> 'moment' FROM event e JOIN run r ON r.entry_event = e.id"
    assert {row[0] for row in mill.rows(props)} == {"schedule 10:00", "date renews_at at 10:00"}


def test_a_chain_that_is_taken_away_halfway_holds_up_no_other_act(mill):
    with mill.db.write() as tx:
        tx.executemany(
            "INSERT INTO person (id, created_at, props) VALUES (?, 0, '{}')",
            ((n,) for n in range(1, 1201)),
        )
    chain(mill, "{ schedule = '10:00', when = 'email is unknown' }")
    mill.now += HOUR
    occasions.take(mill.db, Versions("UTC"), mill.now)
    bulk.go_on(mill.db, bulk.At(mill.now, "UTC"))
    with mill.db.write() as tx:
        catalog.retire(tx, "chain", "news")
        catalog.stop_chain(tx, "news", mill.now)
    look(mill)
    assert mill.rows("SELECT state, done, changed FROM bulk") == [(acts.DONE, 1200, 500)]


def test_a_chain_that_comes_back_is_followed_from_then_on(mill):
    people(mill, {"vip": True})
    enter = "{ schedule = '10:00', when = 'vip = true' }"
    chain(mill, enter)
    with mill.db.write() as tx:
        catalog.retire(tx, "chain", "news")
        catalog.stop_chain(tx, "news", mill.now)
    look(mill)
    mill.now += 2 * HOUR
    chain(mill, enter)
    mill.now += MINUTE
    assert look(mill) == 0
    assert pass_time(mill, DAY, HOUR) == [25 * HOUR + MINUTE]
