"""The benchmark of people measures what it says."""

from __future__ import annotations

from mautod.bench import people


def test_it_finds_people_and_takes_people_in(monkeypatch, capsys):
    monkeypatch.setattr(people, "LINES", 40)
    people.run(people=300)
    told = capsys.readouterr().out
    assert told.count("search ") == len(people.TYPED)
    assert "lines/s" in told
