"""What a simulation says is what a worker does: the same code, another clock, another channel."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from mail_kit import Clock, Recorder
from simulate_kit import ANNA, CART, CONFIG, Files, hours, of, sent, words

from mautod.cli import cli
from mautod.core.envelope import Request
from mautod.core.sending.links import Links
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import BadInput, DefinitionError, DefinitionErrors, NotFound, TooLarge
from mautod.services.definitions import apply
from mautod.services.delivery.admit import terms_of
from mautod.services.delivery.deliver import Deliver
from mautod.services.pumps import House, Pumps
from mautod.store.db import Database
from mautod.store.journal import Journal


@pytest.fixture
def files(tmp_path):
    return Files.new(tmp_path / "shop")


def test_a_person_walks_the_chain_and_the_log_says_all_of_it(files):
    log = files.simulate()
    told = [
        (round(hours(log, entry.at), 3), entry.kind, entry.step or entry.what)
        for entry in log.entries
        if entry.chain == "cart" or entry.what == "Product Added"
    ]
    assert told == [
        (1, "event", "Product Added"),
        (1, "entered", ""),
        (1, "step", "1"),
        (2, "step", "first"),
        (2, "step", "3"),
        (2, "gate", "first"),
        (2, "sent", "first"),
        (26, "step", "second"),
        (26, "gate", "second"),
        (26, "ended", "finished"),
        (26, "sent", "second"),
    ]


def test_a_letter_is_rendered_for_the_person(files):
    (first, _) = files.simulate().letters
    assert first.address == "anna@example.com"
    assert first.preview.subject == "Hello Anna, first"
    assert "Dear Anna," in first.preview.text
    assert "<p>Dear Anna,</p>" in first.preview.html


def test_the_gate_says_the_values_that_it_saw(files):
    (first, _) = of(files.simulate(), "gate")
    assert first.what == "pass"
    assert first.values["window"] == ["mon-sun 10:00-20:00"]
    assert first.values["local"] == "Mon 2026-01-05 12:00"


def test_a_message_waits_for_the_window_of_the_persons_own_zone(files):
    log = files.simulate(f'zone = "Asia/Tokyo"\nstart = "2026-01-05 22:00"\n{ANNA}')
    assert of(log, "gate")[0].what == "postpone: window"
    assert sent(log)[0] == (12, "cart-1")


def test_a_click_takes_the_other_way_and_names_the_link(files):
    click = '[[reaction]]\nto = "cart-1"\nafter = "30m"\nclick = "home"'
    log = files.simulate(f"{ANNA}\n{click}")
    (clicked,) = of(log, "clicked")
    assert clicked.values["url"] == "https://shop.test/home"
    assert words(log, "ended") == ["clicked"]
    assert sent(log) == [(2, "cart-1")]


def test_an_order_reaches_the_goal(files):
    order = '[[reaction]]\nto = "cart-1"\nevent = "Order Completed"\nprops = { total = 10 }'
    log = files.simulate(f"{ANNA}\n{order}")
    assert words(log, "ended") == ["goal"]
    assert sent(log) == [(2, "cart-1")]


def test_a_no_is_heard_and_the_refusal_says_what_was_said(files):
    no = '[[reaction]]\nto = "cart-1"\nafter = "1h"\nunsubscribe = true'
    log = files.simulate(f"{ANNA}\n{no}")
    assert words(log, "gate") == ["pass", "refuse: unsubscribed"]
    assert of(log, "gate")[1].values["source"] == "link"
    assert sent(log) == [(2, "cart-1")]


def test_an_opening_is_an_event(files):
    log = files.simulate(f'{ANNA}\n[[reaction]]\nto = "cart-1"\nopen = true')
    assert words(log, "opened") == ["cart-1"]


def test_the_leave_rule_ends_it(files):
    log = files.simulate(f'{ANNA}\n[[event]]\nat = "90m"\nname = "Product Removed"')
    assert words(log, "ended") == ["left"]
    assert sent(log) == []


def test_time_alone_moves_people_between_segments(files):
    files.write("workspace/chains/back.toml", _chain('{ segment = "sleeping" }'))
    log = files.simulate('[person]\nemail = "a@example.com"', "back")
    (entered,) = of(log, "entered")
    assert hours(log, entered.at) == pytest.approx(30 * 24, abs=0.001)
    assert sent(log)[0][1] == "cart-1"


def test_an_operator_may_start_it(files):
    start = '[person]\nemail = "a@example.com"\n[[event]]\nat = "2h"\nstart = "cart"'
    assert sent(files.simulate(start)) == [(3, "cart-1"), (27, "cart-2")]


def test_what_lies_before_the_start_is_history(files):
    files.write(
        "workspace/chains/cart.toml",
        CART.replace("email is known", 'did "Order Completed" > 0 times'),
    )
    order = '[[event]]\nat = "-40d"\nname = "Order Completed"\n'
    assert sent(files.simulate(ANNA)) == []
    assert sent(files.simulate(ANNA + order)) == [(2, "cart-1"), (26, "cart-2")]


def test_a_server_is_believed_and_a_browser_begins_a_session(files):
    server = '[[event]]\nname = "Product Added"\ntrusted = true\n'
    assert "Session Started" not in words(files.simulate(server), "event")
    assert "Session Started" in words(files.simulate(server.replace("true", "false")), "event")


def test_who_is_on_the_way_at_the_end_is_named(files):
    log = files.simulate(f'for = "90m"\n{ANNA}')
    (held,) = log.under_way
    assert (held.chain, held.step, hours(log, held.at)) == ("cart", "1", 2)


def test_the_file_of_a_test_is_a_person_too(files):
    test = f'name = "Two letters"\nchain = "cart"\n{ANNA}\n[[expect]]\nmessage = "cart-1"'
    assert files.simulate(test) == files.simulate(ANNA)


def test_an_edit_is_tried_before_it_is_applied(files):
    files.edit("chains/cart.toml", 'wait = "1h"', 'wait = "5h"')
    assert sent(files.simulate())[0] == (6, "cart-1")


def test_nothing_is_left_behind_and_nothing_is_asked_of_the_mail_server(files, tmp_path):
    before = sorted(files.folder.rglob("*"))
    files.simulate()
    assert sorted(files.folder.rglob("*")) == before


def test_other_chains_count_against_the_cap(files):
    files.write("config.toml", f'{CONFIG}[gate]\ncap = "1 per 2d"\n')
    files.write("workspace/chains/other.toml", _chain('{ event = "Product Added" }'))
    log = files.simulate()
    assert words(log, "gate") == ["pass", "refuse: cap", "refuse: cap"]


def test_a_chain_that_goes_round_ends_with_the_time(files):
    loop = (
        '[[step]]\nid = "again"\nwait = "1d"\n[[step]]\nbranch = "email is known"\nthen = "again"\n'
    )
    files.write("workspace/chains/loop.toml", _head('{ event = "Product Added" }') + loop)
    log = files.simulate(f'for = "10d"\n{ANNA}', "loop")
    assert log.until <= log.start + 10 * DAY
    assert len([e for e in of(log, "step") if e.chain == "loop" and e.step == "again"]) == 10


def test_far_too_much_is_refused(files):
    loop = '[[step]]\nid = "again"\nwait = "10s"\n[[step]]\nbranch = "email is known"\nthen = "again"\n'
    files.write("workspace/chains/loop.toml", _head('{ event = "Product Added" }') + loop)
    with pytest.raises(TooLarge, match="more than"):
        files.simulate(ANNA, "loop")


@pytest.mark.parametrize(
    ("person", "error", "said"),
    [
        ("whom = 1", DefinitionError, "no such key"),
        (
            ANNA + '[[reaction]]\nto = "cart-1"\nclick = "nowhere"',
            BadInput,
            "https://shop.test/cart",
        ),
        (ANNA + '[[event]]\nstart = "carts"', NotFound, "no chain"),
    ],
)
def test_what_cannot_be_played_is_said(files, person, error, said):
    with pytest.raises(error) as caught:
        files.simulate(person)
    assert said in str(caught.value)


def test_a_chain_that_no_file_has_is_named(files):
    with pytest.raises(NotFound, match="Did you mean cart"):
        files.simulate(ANNA, "cartt")


def test_wrong_definitions_are_refused_as_apply_would(files):
    files.edit("chains/cart.toml", "cart-2", "cart-9")
    with pytest.raises(DefinitionErrors, match="cart-9"):
        files.simulate()


def test_two_processes_write_the_same_bytes(files):
    person = files.write("anna.toml", f'{ANNA}\n[[reaction]]\nto = "cart-1"\nopen = true')
    command = [sys.executable, "-m", "mautod", "-C", str(files.folder), "simulate", "cart"]
    command += ["--person", str(person)]

    def told(*more, seed):
        done = subprocess.run(
            [*command, *more], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        return done.stdout

    assert told("--all", seed="1") == told("--all", seed="2")
    assert told("--json", seed="1") == told("--json", seed="2")
    assert json.loads(told("--json", seed="3"))["messages"][0]["subject"] == "Hello Anna, first"


def command(files, *args):
    words = ["-C", str(files.folder), "simulate", "cart", *args]
    return CliRunner().invoke(cli, words, catch_exceptions=False)


def test_the_command_tells_it_in_two_clocks_and_writes_letters(files, tmp_path):
    person = files.write("anna.toml", f'zone = "Asia/Tokyo"\n{ANNA}')
    told = command(files, "--person", str(person), "--html", str(tmp_path / "letters")).output
    assert "2026-01-05 03:00:00  Mon 05 Jan 12:00:00  sent cart-1: Hello Anna, first" in told
    assert "gate, cart-1: pass" in told
    first, second = sorted((tmp_path / "letters").iterdir())
    assert (first.name, second.name) == ("001-cart-1.html", "002-cart-2.html")
    assert "Dear Anna" in first.read_text()


def test_the_command_says_when_nobody_entered(files):
    person = files.write("nobody.toml", "")
    assert "Nobody entered cart." in command(files, "--person", str(person)).output


def test_a_person_whose_file_is_not_there_is_an_error_of_one_line(files):
    with pytest.raises(NotFound, match="cannot be read"):
        command(files, "--person", "nobody.toml")


def test_what_it_says_is_what_a_worker_does_that_looks_every_minute(files, tmp_path):
    """The real pumps and a real delivery, three days long, tick by tick."""
    said = files.simulate(f'for = "3d"\n{ANNA}')
    clock, channel = Clock(said.start), Recorder()
    db = Database(tmp_path / "mautod.db", durable=False).open()
    journal = Journal(tmp_path / "journal.db", durable=False).open()
    settings = files.settings
    apply.apply(db, settings.workspace, clock())
    pumps = Pumps(House(settings, db, journal, clock))
    links = Links("secret", "https://shop.test")
    deliver = Deliver(db, channel, links, terms_of(settings.config), "worker", clock)
    left = []

    def tell(item):
        body = json.dumps({"batch": [{**item, "anonymousId": "anna"}]}).encode()
        journal.append_sync([Request(clock(), "site", "batch", "", body)])

    def tick():
        while pumps.digest() + pumps.advance() + asyncio.run(deliver.batch()):
            pass
        pumps.sweep()
        left.extend((clock(), letter) for letter in channel.letters)
        channel.letters.clear()

    tell({"type": "identify", "traits": {"email": "anna@example.com", "name": "Anna"}})
    while clock() < said.until:
        if clock() == said.start + HOUR:
            tell({"type": "track", "event": "Product Added", "properties": {"name": "Mug"}})
        tick() if clock() % (10 * MINUTE) == 0 else None
        clock.now += MINUTE
    tick()
    assert [at for at, _ in left] == [letter.at for letter in said.letters]
    db.close()
    journal.close()


def _head(enter):
    return f'name = "Other"\ntopic = "news"\nenter = {enter}\n'


def _chain(enter):
    return _head(enter) + '[[step]]\nsend = "cart-1"\n'
