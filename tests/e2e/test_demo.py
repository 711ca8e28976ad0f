"""The demo is the whole job; its books must balance."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_the_demo_s_numbers_add_up_within_a_minute():
    words = [sys.executable, "-m", "mautod", "demo", "--once"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every number adds up." in done.stdout
    assert "✗" not in done.stdout
    for word in ("people", "events", "Segments", "Messages", "cap", "unsubscribed", "USD"):
        assert word in done.stdout
