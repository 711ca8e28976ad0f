"""A simulation of what time starts and of steps of every kind; the same files, the same log."""

from __future__ import annotations

import pytest
from simulate_kit import Files, of

from mautod.errors import DefinitionError
from mautod.services.simulate.tell import as_lines

CHAIN = """
name = "Renewal"
topic = "offers"
enter = { date = "renews_at", offset = "-3d", at = "10:00" }
[[step]]
code = "made"
[[step]]
wait = { until = "12:00" }
[[step]]
id = "letter"
send = "cart-1"
channels = ["push", "email"]
[[step]]
webhook = { url = "https://crm.example/hook", for = "1h", else = "late" }
[[step]]
id = "late"
wait = { date = "renews_at" }
[[step]]
start = "weekly"
"""
WEEKLY = """
name = "Weekly"
topic = "offers"
enter = { schedule = "mon 9:00", when = 'email is known' }
[[step]]
tag = "+weekly"
"""
PERSON = """
start = "2026-12-01 09:00"
for = "20d"
zone = "Europe/Berlin"
[person]
email = "ann@example.com"
renews_at = "2026-12-10"
"""


@pytest.fixture
def files(tmp_path):
    files = Files.new(tmp_path / "shop")
    files.write("workspace/codes.toml", '[made]\npattern = "HI-{8}"\n')
    files.write("workspace/chains/renewal.toml", CHAIN)
    files.write("workspace/chains/weekly.toml", WEEKLY)
    letter = "---\nsubject: Take {{ code }}\n---\n<p>{{ code }}</p><a href='{{ unsubscribe_url }}'>no</a>\n"
    files.write("workspace/templates/cart-1.liquid", letter)
    return files


def test_a_date_starts_the_chain_and_every_step_is_told(files):
    log = files.simulate(PERSON, "renewal")
    steps = [entry.what for entry in of(log, "step") if entry.chain == "renewal"]
    assert steps == [
        "code made",
        "wait until 12:00",
        "send cart-1",
        "webhook https://crm.example/hook",
        "wait until renews_at",
        "start weekly",
    ]
    assert [entry.what for entry in of(log, "sent")] == ["cart-1"]


def test_a_schedule_comes_again_and_again(files):
    log = files.simulate(PERSON, "weekly")
    steps = [entry.what for entry in of(log, "step") if entry.chain == "weekly"]
    assert steps.count("tag +weekly") >= 2


def test_the_same_files_give_the_same_codes(files):
    one, other = (files.simulate(PERSON, "renewal") for _ in range(2))
    assert one == other
    assert "HI-" in str(of(one, "sent"))


HOOK = """
name = "Hook"
topic = "offers"
enter = { event = "Product Added" }
[[step]]
id = "crm"
webhook = { url = "https://crm.example/hook", for = "1h", where = "ok = true", save = { tier = "tier" }, else = "no" }
[[step]]
exit = "yes"
[[step]]
id = "no"
exit = "no"
"""
ADDED = '[person]\nemail = "ann@example.com"\n[[event]]\nname = "Product Added"\n[[answer]]\nto = "crm"\n'


@pytest.mark.parametrize(
    ("answer", "outcome", "told"),
    [
        ('after = "5m"\nbody = { ok = true, tier = "gold" }', "yes", "answered"),
        ("body = { ok = false }", "no", "answered"),
        ('fails = "503 Service Unavailable"', "no", "failed, 503 Service Unavailable"),
        ('chain = "other"', "no", "not made, and not answered"),
    ],
)
def test_a_webhook_is_answered_as_the_script_says(files, answer, outcome, told):
    files.write("workspace/chains/hook.toml", HOOK)
    log = files.simulate(ADDED + answer, "hook")
    assert [entry.what for entry in of(log, "ended") if entry.chain == "hook"] == [outcome]
    (said,) = of(log, "webhook")
    assert (said.step, said.what.startswith(told)) == ("crm", True)


def test_an_answer_is_told_with_its_body_and_at_its_time(files):
    files.write("workspace/chains/hook.toml", HOOK)
    log = files.simulate(ADDED + 'after = "5m"\nbody = { ok = true, tier = "gold" }', "hook")
    (said,) = of(log, "webhook")
    (begun,) = [e for e in of(log, "entered") if e.chain == "hook"]
    assert (said.at - begun.at, said.values["answer"]["tier"]) == (5 * 60_000, "gold")
    assert any("webhook crm: answered" in line for line in as_lines(log))


def test_what_fails_has_no_body(files):
    files.write("workspace/chains/hook.toml", HOOK)
    with pytest.raises(DefinitionError, match="no body"):
        files.simulate(ADDED + 'fails = "x"\nbody = { ok = true }', "hook")
