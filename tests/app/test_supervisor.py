"""`mautod up` keeps two processes running, and stops with them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap

from daemon_kit import Mailbox, Place, signup, wait_for

SUPERVISE = """
import sys
from mautod.app.supervisor import Supervisor
child = [sys.executable, "-c", sys.argv[1]]
sys.exit(Supervisor({"child": child}).run())
"""


def supervise(child: str) -> subprocess.Popen:
    words = [sys.executable, "-c", SUPERVISE, textwrap.dedent(child)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_a_child_that_dies_is_started_again(tmp_path):
    mark = tmp_path / "lives"
    process = supervise(
        f"""
        import os, pathlib, signal, time
        mark = pathlib.Path({str(mark)!r})
        with mark.open("a") as file: file.write("x")
        if len(mark.read_text()) < 2: os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
        """
    )
    wait_for(lambda: mark.exists() and mark.read_text() == "xx", 20)
    process.terminate()
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_child_that_cannot_start_as_it_is_configured_ends_it_all():
    process = supervise("import sys; sys.exit(2)")
    assert process.wait(20) == 2
    process.stdout.close()


def test_up_serves_and_delivers_and_stops_in_order(tmp_path):
    mailbox = Mailbox()
    place = Place(tmp_path, f"smtp://127.0.0.1:{mailbox.port}")
    try:
        place.start("up")
        place.wait_ready()
        batch = json.dumps({"batch": signup(1)})
        words = ["curl", "-s", "-u", "write-key:", f"{place.url}/v1/batch", "-d", batch]
        curl = subprocess.run(words, capture_output=True, check=True)
        assert curl.stdout == b'{"success": true}'
        wait_for(lambda: mailbox.letters() == {"person1@example.org": 1}, 20, place.log)
        place.processes["up"].send_signal(signal.SIGTERM)
        assert place.processes["up"].wait(30) == 0
    finally:
        place.stop()
        mailbox.close()
    assert "Traceback" not in place.log()


def test_children_leave_when_their_supervisor_is_killed(tmp_path):
    mailbox = Mailbox()
    place = Place(tmp_path, f"smtp://127.0.0.1:{mailbox.port}")
    try:
        place.start("up")
        place.wait_ready()
        place.kill("up")
        wait_for(lambda: not _alive(place), 20, place.log)
    finally:
        place.stop()
        mailbox.close()


def test_a_port_in_use_is_one_line_and_exit_code_3(tmp_path):
    mailbox = Mailbox()
    place = Place(tmp_path, f"smtp://127.0.0.1:{mailbox.port}")
    place.port = mailbox.port
    done = place.run("up", "--port", str(mailbox.port))
    mailbox.close()
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert b"--port" in done.stderr


def _alive(place) -> bool:
    words = ["pgrep", "-f", f"mautod -C {place.folder} "]
    found = subprocess.run(words, capture_output=True, check=False).stdout.split()
    return bool([pid for pid in found if int(pid) != os.getpid()])
