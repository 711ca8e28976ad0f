"""Run the desk on the made-up daemon with its clock: `python look.py PORT`."""

from __future__ import annotations

import sys
import time
from zoneinfo import ZoneInfo

sys.path.insert(0, __file__.rsplit("/", 1)[0])

from fake_daemon import KEY, NOW

from mautod.client import Client
from tui.app import DeskApp
from tui.shell import Shell

began = time.monotonic()
shell = Shell(
    (sys.executable, "-m", "mautod"),
    {},
    (("people", "Find and show people."), ("status", "Show counts.")),
)
app = DeskApp(
    Client(f"http://127.0.0.1:{sys.argv[1]}", KEY),
    lambda: NOW + int((time.monotonic() - began) * 1000),
    shell=shell,
    zone=ZoneInfo("Europe/Moscow"),
    look=sys.argv[2] if len(sys.argv) > 2 else "",
)
app.run()
