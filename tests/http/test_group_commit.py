import asyncio
import os
import shutil
import subprocess
import threading

import pytest
from http_kit import batch

from mautod.core.envelope import Request
from mautod.errors import Unavailable
from mautod.store import group_commit
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal


def request(n, body=b"{}"):
    return Request(1000 + n, "site", "batch", "192.0.2.1", body)


class Held(Journal):
    """A journal on a slow disk: each commit waits until it is let through."""

    def __init__(self, path):
        super().__init__(path)
        self.gate = threading.Semaphore(0)
        self.groups = []

    def append_sync(self, requests):
        self.gate.acquire()
        self.groups.append(len(requests))
        super().append_sync(requests)


@pytest.fixture
async def held(tmp_path):
    journal = Held(tmp_path / "journal.db").open()
    writer = GroupCommit(journal, limit=10)
    yield journal, writer
    for _ in range(100):
        journal.gate.release()
    await writer.close()
    journal.close()


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_nothing_is_answered_before_it_is_on_disk(held):
    journal, writer = held
    done = writer.write(request(1))
    await turns()
    assert not done.done()
    journal.gate.release()
    await done
    assert [kept.at for kept in journal.read_after(0, 10)] == [1001]


async def test_what_comes_during_a_commit_goes_together_into_the_next_one(held):
    journal, writer = held
    waiting = []
    for n in range(9):
        waiting.append(writer.write(request(n)))
        await turns()
    for _ in range(9):
        journal.gate.release()
    await asyncio.gather(*waiting)
    assert journal.groups == [1, 8]
    assert [kept.at for kept in journal.read_after(0, 10)] == [1000 + n for n in range(9)]


async def test_a_full_queue_refuses_and_takes_again_when_it_has_drained(held):
    journal, writer = held
    waiting = [writer.write(request(n)) for n in range(10)]
    assert writer.waiting == 10
    with pytest.raises(Unavailable):
        writer.write(request(11))
    for _ in range(10):
        journal.gate.release()
    await asyncio.gather(*waiting)
    assert writer.waiting == 0
    await writer.write(request(12))


async def test_the_queue_is_bounded_in_bytes_too(held, monkeypatch):
    monkeypatch.setattr(group_commit, "MAX_QUEUED_BYTES", 1000)
    journal, writer = held
    first = writer.write(request(1, b"x" * 900))
    with pytest.raises(Unavailable):
        writer.write(request(2, b"x" * 101))
    journal.gate.release()
    await first


async def test_a_client_that_went_away_harms_nobody(held):
    journal, writer = held
    gone, stays = writer.write(request(1)), writer.write(request(2))
    gone.cancel()
    journal.gate.release()
    await stays
    assert len(journal.read_after(0, 10)) == 2


async def test_closing_commits_what_waits_and_takes_nothing_more(held):
    journal, writer = held
    waiting = [writer.write(request(n)) for n in range(3)]
    closing = asyncio.ensure_future(writer.close())
    await turns()
    with pytest.raises(Unavailable):
        writer.write(request(9))
    journal.gate.release()
    await closing
    assert all(done.done() for done in waiting)
    assert len(journal.read_after(0, 10)) == 3


async def test_closing_at_once_still_commits_what_was_just_queued(tmp_path):
    journal = Journal(tmp_path / "journal.db").open()
    writer = GroupCommit(journal, limit=10)
    done = writer.write(request(1))
    await writer.close()
    await writer.close()
    assert done.done()
    assert len(journal.read_after(0, 10)) == 1
    journal.close()


async def test_a_failure_that_nobody_foresaw_is_an_answer_too(held, monkeypatch, caplog):
    journal, writer = held
    monkeypatch.setattr(journal, "append_sync", lambda requests: 1 / 0)
    with pytest.raises(Unavailable, match="ZeroDivisionError"):
        await writer.write(request(1))
    assert "cannot be kept" in caplog.text
    monkeypatch.undo()
    journal.gate.release()
    await writer.write(request(2))


async def test_a_full_queue_is_answered_503(open_door, tmp_path):
    journal = Held(tmp_path / "journal.db").open()
    door = await open_door(journal=journal, queue=1)
    first = asyncio.ensure_future(door.post())
    while not door.writer.waiting:  # noqa: ASYNC110 - the client and the server take turns
        await asyncio.sleep(0)
    answer = await door.post()
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert (await answer.json())["code"] == "unavailable"
    journal.gate.release()
    assert (await first).status == 200
    journal.gate.release(10)


@pytest.fixture
def small_disk(tmp_path):
    """Two megabytes of disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid():
        pytest.skip("mounting a small tmpfs needs root")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"mounting a small tmpfs is not permitted: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_on_a_full_disk_nothing_acknowledged_is_lost_and_it_goes_on_by_itself(
    small_disk, open_door
):
    journal = Journal(small_disk / "journal.db").open()
    door = await open_door(journal=journal)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_000_000)
    acknowledged, statuses = [], []

    async def post(name):
        body = batch(name)
        body["padding"] = "x" * 20_000
        answer = await door.post(body=body)
        statuses.append(answer.status)
        if answer.status == 200:
            acknowledged.append(name)
        return answer

    for n in range(200):
        answer = await post(f"m{n}")
        if answer.status != 200:
            break
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert "disk" in (await answer.json())["message"]
    await asyncio.gather(*(post(f"full{n}") for n in range(20)))
    ballast.unlink()
    assert (await post("after")).status == 200
    assert set(statuses) == {200, 503}
    kept = [event.message_id for event in door.events()]
    assert kept == acknowledged
    assert kept[-1] == "after"
