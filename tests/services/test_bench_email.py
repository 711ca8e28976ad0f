"""The benchmark of email measures what it says."""

from __future__ import annotations

import pytest
from smtp_kit import SINK

from mautod.bench import email

pytestmark = pytest.mark.skipif(SINK is None, reason="smtp-sink (Debian: postfix) is missing")


def test_it_makes_sends_and_keeps_to_a_rate(monkeypatch, capsys):
    monkeypatch.setattr(email, "RATE_S", 1)
    email.run(letters=60, rounds=1, rate=20)
    told = capsys.readouterr().out
    assert "made in one process" in told
    assert "gate, ledger, letters, SMTP" in told
    assert "a limit of 20 a second" in told
