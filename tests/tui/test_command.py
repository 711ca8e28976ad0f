from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mautod.cli import Place
from mautod.cli.tui import _target
from mautod.errors import ConfigError


def test_in_a_folder_the_desk_asks_the_daemon_of_that_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAUTOD_API_KEY", raising=False)
    (tmp_path / "config.toml").write_text('[http]\nhost = "0.0.0.0"\nport = 9000\n')
    (tmp_path / ".env").write_text("MAUTOD_API_KEY=secret\n")
    assert _target(Place(tmp_path, "", ""), "", "") == (
        "http://127.0.0.1:9000",
        "secret",
        ("-C", str(tmp_path)),
        tmp_path,
    )


def test_in_a_folder_with_a_socket_the_desk_needs_no_key(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[http]\nsocket = "m.sock"\n')
    (tmp_path / ".env").write_text("MAUTOD_API_KEY=secret\n")
    assert _target(Place(tmp_path, "", ""), "", "")[0].startswith("http://")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "m.sock"))
        assert _target(Place(tmp_path, "", ""), "", "")[:2] == (f"unix:{tmp_path}/m.sock", "")


def test_with_an_address_the_desk_asks_a_daemon_elsewhere(tmp_path: Path) -> None:
    place = Place(tmp_path, "https://far.example", "far-key")
    assert _target(place, "", "") == (
        "https://far.example",
        "far-key",
        ("--url", "https://far.example"),
        None,
    )
    assert _target(place, "http://near", "near-key")[:2] == ("http://near", "near-key")


def test_without_a_workspace_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="mautod init"):
        _target(Place(tmp_path, "", ""), "", "")
