"""The log on disk: short, in order, and without what a failure says of people."""

from __future__ import annotations

import logging

import pytest

from mautod.services.log import open_log, tail


@pytest.fixture
def said(tmp_path):
    log = logging.getLogger("mautod.test")
    log.setLevel(logging.INFO)
    handlers = []

    def say(process, level, text, *args, **more):
        handler = open_log(tmp_path, process)
        handlers.append(handler)
        log.addHandler(handler)
        log.log(level, text, *args, **more)
        log.removeHandler(handler)
        handler.close()

    return say


def test_the_lines_of_all_processes_come_newest_first(said, tmp_path):
    said("web", logging.INFO, "first")
    said("worker", logging.WARNING, "then %d", 2)
    said("web", logging.INFO, "last")
    lines = tail(tmp_path, 10)
    assert {(one.process, one.text) for one in lines} == {
        ("web", "first"), ("worker", "then 2"), ("web", "last"),
    }  # fmt: skip
    assert [one.at for one in lines] == sorted((one.at for one in lines), reverse=True)
    assert len(tail(tmp_path, 2)) == 2


def test_what_a_failure_says_of_people_is_not_kept(said, tmp_path):
    try:
        int("anna@example.com")
    except ValueError:
        said("worker", logging.ERROR, "request 7 fails alone", exc_info=True)
    (line,) = tail(tmp_path, 10)
    assert line.text == "request 7 fails alone [ValueError]"
    assert "anna" not in (tmp_path / "log" / "worker.log").read_text()


def test_a_line_cut_in_the_middle_and_no_log_at_all_are_nothing(said, tmp_path):
    assert tail(tmp_path, 10) == []
    said("web", logging.INFO, "whole")
    path = tmp_path / "log" / "web.log"
    path.write_text("7+00:00 INFO x: cut\n" + path.read_text())
    assert [one.text for one in tail(tmp_path, 10)] == ["whole"]
