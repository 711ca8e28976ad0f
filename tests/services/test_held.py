from __future__ import annotations

from mautod.services.reports.held import Held


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def asked(held, clock, cost):
    """Asks a question that takes `cost` seconds; whether it was asked at all."""
    calls = []

    def question():
        calls.append(1)
        clock.now += cost
        return "answer"

    assert held.ask("key", question) == "answer"
    return bool(calls)


def test_a_cheap_answer_is_never_held():
    clock = Clock()
    held = Held(clock)
    assert [asked(held, clock, 0.01) for _ in range(3)] == [True, True, True]


def test_a_dear_answer_is_held_for_twenty_times_its_cost():
    clock = Clock()
    held = Held(clock)
    assert asked(held, clock, 1.0)
    clock.now += 19
    assert not asked(held, clock, 1.0)
    clock.now += 2
    assert asked(held, clock, 1.0)


def test_what_is_forgotten_is_asked_again():
    clock = Clock()
    held = Held(clock)
    asked(held, clock, 1.0)
    held.forget()
    assert asked(held, clock, 1.0)
