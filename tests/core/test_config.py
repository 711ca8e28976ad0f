"""What `config.toml` may hold, and what is said when it holds something else."""

from __future__ import annotations

import pytest

from mautod.config import Secrets, load, parse
from mautod.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[http]\nprt = 1", ["c.toml", "`prt`", "$.http", "Did you mean port?"]),
        ("[http]\nzzz = 1", ["`zzz`", "Known: host, port"]),
        ("[htp]\nport = 1", ["`htp`", "Did you mean http?"]),
        ("[[source]]\nname='a'\nkey='K'\ntrust=true", ["`trust`", "Did you mean trusted?"]),
        ("[http]\nport = 'x'", ["$.http.port", "Expected `int`"]),
        ("[http]\nport = 70000", ["$.http.port", "<= 65535"]),
        ("[workspace]\ntimezone = 'Mars/Phobos'", ["workspace.timezone", "Mars/Phobos"]),
        ("[journal]\nkeep = 'a week'", ["journal.keep", "'a week' is not a duration"]),
        ("[http\n", ["not valid TOML"]),
        ("[[source]]\nname='a'\nkey='K'\n[[source]]\nname='a'\nkey='L'", ["source.name", "share"]),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key_and_what_was_expected(text, words):
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.toml")
    for word in ["c.toml", *words]:
        assert word in str(caught.value)


def test_an_empty_file_is_all_defaults():
    config = parse("")
    assert (config.http.port, config.workspace.timezone) == (8484, "UTC")


def test_secrets_come_from_the_environment_first_and_are_never_shown(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text("")
    (tmp_path / ".env").write_text("MAUTOD_SECRET=written\nMAUTOD_API_KEY=written\n")
    monkeypatch.setenv("MAUTOD_API_KEY", "given")
    settings = load(tmp_path)
    assert settings.secrets.get("MAUTOD_SECRET") == "written"
    assert settings.secrets.get("MAUTOD_API_KEY") == "given"
    assert "given" not in repr(settings)
    assert "written" not in repr(settings)


def test_a_missing_secret_says_what_to_do():
    with pytest.raises(ConfigError, match=r"MAUTOD_SECRET is not set\. Put MAUTOD_SECRET="):
        Secrets({}).get("MAUTOD_SECRET")
