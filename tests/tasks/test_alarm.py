"""The alarm clock rings tasks in a real Huey consumer."""

from __future__ import annotations

import threading

from mautod.tasks.alarm import Alarm, Bell, consumer


def test_a_ring_in_one_process_s_queue_runs_the_pump_of_another(tmp_path):
    rung = threading.Event()
    ringing = Alarm(tmp_path / "queue.db", ["digest"])
    working = Alarm(tmp_path / "queue.db", ["digest", "sweep"], {"digest": rung.set})
    running = consumer(working, workers=1)
    running.start()
    try:
        ringing.ring("digest")
        assert rung.wait(5)
    finally:
        running.stop(graceful=True)


def test_what_an_earlier_life_left_in_the_queue_is_dropped(tmp_path):
    alarm = Alarm(tmp_path / "queue.db", ["digest"])
    alarm.ring("digest")
    assert len(alarm.huey) == 1
    alarm.forget()
    assert len(alarm.huey) == 0


def test_a_bell_gathers_many_rings_and_never_misses_the_last(tmp_path):
    alarm = Alarm(tmp_path / "queue.db", ["digest"])
    bell = Bell(alarm, "digest")
    for _ in range(1000):
        bell.ring()
    bell.close()
    assert 1 <= len(alarm.huey) <= 10


def test_an_alarm_that_cannot_ring_says_so_once_and_goes_on(tmp_path, caplog):
    alarm = Alarm(tmp_path / "queue.db", ["digest"])
    alarm.huey.storage.conn.execute("DROP TABLE task")
    alarm.ring("digest")
    alarm.ring("digest")
    assert len(caplog.records) == 1
