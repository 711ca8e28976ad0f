"""Long work: the same answer here and in a process apart, which can be asked after and ended."""

from __future__ import annotations

import msgspec
import pytest
from simulate_kit import ANNA, Files

from mautod import wire
from mautod.clock import monotonic_s
from mautod.errors import NotFound, TooMany
from mautod.services.work.apart import MOST, Apart
from mautod.services.work.here import Here

TEST = f"""
name  = "Two letters"
chain = "cart"
{ANNA}
[[expect]]
message = "cart-1"
at      = "2h"
"""
LONGEST_S = 60


@pytest.fixture
def files(tmp_path):
    made = Files.new(tmp_path / "shop")
    made.write("workspace/tests/two.toml", TEST)
    return made


@pytest.fixture
def apart(files):
    made = Apart(files.settings)
    yield made
    made.close()


def awaited(apart, work):
    until = monotonic_s() + LONGEST_S
    while work.state == "running":
        assert monotonic_s() < until
        work = apart.find(work.id)
    return work


def answer(work):
    return msgspec.structs.replace(work, id=0, begun_at=0, ended_at=None, done=0, total=0)


@pytest.mark.parametrize(
    "ask",
    [
        wire.SimulateAsk("cart", ANNA),
        wire.SuiteAsk(),
        wire.SimulateAsk("cart", ANNA, everything=True),
    ],
    ids=["simulate", "test", "everything"],
)
def test_work_apart_answers_what_work_here_does(files, apart, ask):
    far = awaited(apart, apart.begin(ask))
    assert far.state == "done"
    assert answer(far) == answer(Here(files.settings).begin(ask))


def test_apply_apart_puts_the_files_in_force(files, apart):
    done = awaited(apart, apart.begin(None))
    assert {change.key for change in done.changes.items} >= {"cart"}
    assert awaited(apart, apart.begin(None)).changes.items == []


def test_what_is_wrong_in_a_file_is_told_with_its_place_and_nothing_is_applied(files, apart):
    files.write("workspace/chains/broken.toml", 'name = "Broken"\nenter = 3\n')
    work = awaited(apart, apart.begin(None))
    assert (work.state, work.changes) == ("failed", None)
    assert "chains/broken.toml:" in work.fault.message


def test_a_chain_that_does_not_exist_is_a_fault_and_no_traceback(apart):
    work = awaited(apart, apart.begin(wire.SimulateAsk("carrt", ANNA)))
    assert (work.fault.code, work.fault.field) == ("not_found", "chain")
    assert "cart" in work.fault.hint


def test_no_more_work_is_begun_than_the_machine_can_bear(apart):
    begun = [apart.begin(wire.SuiteAsk()) for _ in range(MOST)]
    with pytest.raises(TooMany):
        apart.begin(wire.SuiteAsk())
    for work in begun:
        awaited(apart, work)
    assert awaited(apart, apart.begin(wire.SuiteAsk())).state == "done"


def test_work_that_is_stopped_stays_stopped(apart):
    work = apart.begin(wire.SuiteAsk())
    assert apart.stop(work.id).state == "stopped"
    assert apart.find(work.id).state == "stopped"
    assert apart.stop(work.id).ended_at is not None


def test_work_that_nobody_began_is_not_known(apart):
    with pytest.raises(NotFound, match="not known here"):
        apart.find(7)


def test_a_script_without_end_is_refused(files):
    with pytest.raises(Exception, match="longer than"):
        Here(files.settings).begin(wire.SimulateAsk("cart", "#" * 300_000))
