"""`mautod messages servers`, in the folder and from elsewhere."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from office_kit import Office

from mautod.cli import cli
from mautod.core.sending.fleet import Standing
from mautod.core.sending.warmup import Today
from mautod.duration import DAY
from mautod.store.delivery import servers


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def told(office, *args: str) -> str:
    result = CliRunner().invoke(
        cli,
        ["-C", str(office.folder), "messages", "servers", *args],
        catch_exceptions=False,
        env={"COLUMNS": "80"},
    )
    assert result.exit_code == 0, result.output
    return result.output


def stand(office, now: int) -> None:
    with office.db.write() as tx:
        servers.put(
            tx,
            "email",
            [
                Standing("main", "closed", 0, 68.5, 70, Today(now // DAY, 2, 41), 100),
                Standing("spare", "open", 2 * now, error="\x1b[31mrefused", error_at=now),
            ],
            now,
        )


def test_before_the_worker_has_run_it_says_so(office):
    assert "mautod up" in told(office)


def test_each_server_is_shown_with_what_limits_it(office):
    stand(office, office.now)
    lines = told(office).splitlines()
    assert lines[1].split()[:2] == ["main", "closed"]
    assert "of 70" in lines[1]
    assert "spare is left alone until" in "\n".join(lines)
    assert "\x1b" not in "".join(lines)


def test_scripts_get_all_of_it(office):
    stand(office, office.now)
    found = json.loads(told(office, "--json"))
    assert [(one["name"], one["state"]) for one in found["items"]] == [
        ("main", "closed"), ("spare", "open"),
    ]  # fmt: skip
    assert found["items"][0]["day_limit"] == 100
