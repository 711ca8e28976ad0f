"""Points on the card and in the stream of events."""

from __future__ import annotations

from datetime import UTC

from desk_kit import Open
from fake_daemon import card

from mautod import wire
from tui import draw, show
from tui.draw import Now
from tui.widgets.card import facts

PROPS = {"score": "lead\x1b[2J", "level": "hot", "threshold": 26, "points": 31}


def lines(*scores: wire.PersonScore) -> list[str]:
    fields = {name: getattr(card(1), name) for name in wire.Card.__struct_fields__}
    shown = wire.Card(**{**fields, "scores": list(scores)})
    return [line.plain for line in facts(shown, Now(0, UTC), "RUB", 80)]


async def test_the_card_shows_the_score_with_its_measure_and_level(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "enter")
        assert "score 22 ▆ warm" in desk.text


def test_several_scores_go_by_their_keys_and_those_without_points_are_left_out() -> None:
    text = "\n".join(
        lines(
            wire.PersonScore("lead", "Lead", 31, 26, "hot"),
            wire.PersonScore("risk", "Risk", -3, 10),
            wire.PersonScore("calm", "Calm", 0, 10),
        )
    )
    assert "lead 31 █ hot   risk -3 ▁" in text
    assert "calm" not in text
    assert "score" not in "\n".join(lines(wire.PersonScore("lead", "Lead", 0, 26)))


def test_a_level_that_is_reached_is_said_with_its_points_and_nothing_of_it_is_obeyed() -> None:
    said = draw.say(wire.EventItem(1, 0, 0, 1, "Anna", "Score Reached", draw.OURS, PROPS))
    assert (said.sign, said.color) == ("★", "$lead")
    assert said.words.endswith(" 31: hot from 26")
    assert "\x1b" not in said.words
    theirs = draw.say(wire.EventItem(1, 0, 0, 1, "Anna", "Score Reached", "site", PROPS))
    assert theirs.sign == ""


def test_a_gauge_is_never_out_of_its_measure() -> None:
    assert [show.gauge(n, 26) for n in (-5, 0, 13, 26, 99)] == ["▁", "▁", "▄", "█", "█"]
    assert show.gauge(3, 0) == "▁"
