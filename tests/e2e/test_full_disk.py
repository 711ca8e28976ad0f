"""The disk runs full under load, and gets room again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess

import aiohttp
import pytest
from daemon_kit import Mailbox, Place, may_mount, signup, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    mounted = (
        may_mount() and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    )
    if not mounted:
        assert not os.environ.get("CI"), "CI must be able to mount a small disk"
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_answers_503_loses_nothing_and_goes_on_with_room(small_disk):
    mailbox = Mailbox()
    place = Place(small_disk / "shop", f"smtp://127.0.0.1:{mailbox.port}")
    assert place.run("apply").returncode == 0
    place.start("web")
    place.start("worker")
    ballast = small_disk / "ballast"
    try:
        place.wait_ready()
        before, _ = asyncio.run(_post(place.url, range(100)))
        _fill(ballast)
        during, refused = asyncio.run(_post(place.url, range(1000, 1400)))
        assert refused
        ballast.unlink()
        after, refused = asyncio.run(_post(place.url, range(5000, 5020), patient=True))
        assert not refused
        everybody = before + during + after
        wait_for(lambda: _counted(place) == len(everybody), 60, place.log)
        wait_for(lambda: mailbox.letters().total() == len(everybody), 60, place.log)
        assert max(mailbox.letters().values()) == 1
    finally:
        place.stop()
        mailbox.close()


def _fill(ballast):
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\0" * 4096):
            pass


def _counted(place):
    return asyncio.run(place.ask("events/count?name=Signed%20Up"))["count"]


async def _post(url, numbers, *, patient=False):
    """Sign people up; those acknowledged, and those refused because the disk is full."""
    acknowledged, refused = [], []
    headers = {"Authorization": aiohttp.encode_basic_auth("write-key", "")}
    async with aiohttp.ClientSession(headers=headers) as http:
        for number in numbers:
            status = await _try(http, url, number)
            while patient and status == 503:
                await asyncio.sleep(0.1)
                status = await _try(http, url, number)
            assert status in {200, 503}
            (acknowledged if status == 200 else refused).append(number)
    return acknowledged, refused


async def _try(http, url, number):
    async with http.post(f"{url}/v1/batch", json={"batch": signup(number)}) as answer:
        assert answer.status == 200 or answer.headers["Retry-After"]
        return answer.status
