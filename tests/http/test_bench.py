import pytest

from mautod.bench import ingest, live


@pytest.mark.parametrize("with_wrk", [True, False])
def test_the_ingest_benchmark_measures_and_finds_every_request_in_the_journal(
    with_wrk, monkeypatch, capsys
):
    if not with_wrk:
        monkeypatch.setattr(ingest.shutil, "which", lambda name: None)
    ingest.run(seconds=1, rounds=1)
    told = capsys.readouterr().out
    assert "ratio" in told
    assert "events/s" in told


def test_the_chat_benchmark_measures_words_that_came_back(capsys):
    live.run(idle=10, rate=100, seconds=1)
    told = capsys.readouterr().out
    assert "KB a connection" in told
    assert "p99" in told
