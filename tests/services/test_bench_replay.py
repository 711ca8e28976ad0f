"""The replay benchmark measures a replay that did something."""

from __future__ import annotations

from mautod.bench import replay


def test_a_small_history_is_replayed_and_measured(capsys):
    replay.run(people=200, events=2000)
    told = capsys.readouterr().out
    assert "2,000 events stored" in told
    assert " 0 runs" not in told
    assert "ratio" in told
