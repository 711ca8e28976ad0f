from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from office_kit import API_KEY, Office

from mautod import wire
from mautod.cli import cli
from mautod.cli.goals import effect_lines
from mautod.cli.show import cut, money, table, visible, width_of
from mautod.errors import BadInput, ConfigError, NotFound, RuleError
from mautod.http import control
from mautod.http.server import make_app


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def run(office):
    """Runs a command in the office's folder; what it printed."""

    def call(*args):
        result = CliRunner().invoke(
            cli, ["-C", str(office.folder), *args], catch_exceptions=False, env={"COLUMNS": "80"}
        )
        assert result.exit_code == 0, result.output
        return result.output

    return call


@pytest.fixture
def told(run):
    """Runs a command with --json; what it says."""
    return lambda *args: json.loads(run(*args, "--json"))


def fill(office):
    office.chain().segment("known", "email is known")
    office.know("u1", email="anna@example.com", name="Anna")
    office.did("u1", "Product Added", name="Oslo", price=12999).advance()
    office.later("1h").advance()
    office.settle(1, "sent").earn(1, 1, 129_990_000)


def test_the_status_as_json_holds_what_scripts_rely_on(office, told):
    fill(office)
    status = told("status")
    assert {"events", "people", "journal", "messages", "rejected", "version"} <= status.keys()
    assert status["journal"] == {"pending": 0}
    assert status["messages"] == {"sent": 1}


def test_events_are_sent_through_the_journal_and_counted_when_digested(office, run, told):
    out = run("events", "send", "Signed Up", "--user", "u1", "-p", "plan=pro", "-p", "price=12.5")
    assert out == f"on disk: {out.split()[-1]}\n"
    assert told("status")["journal"] == {"pending": 1}
    office.digest()
    assert told("events", "count", "Signed Up") == {"name": "Signed Up", "count": 1}
    assert run("events", "count", "Signed Up") == "1\n"
    (event,) = told("events", "list", "--name", "Signed Up")["items"]
    assert event["props"] == {"plan": "pro", "price": 12.5}
    assert "Signed Up" in run("events", "names")


def test_a_card_shows_its_timeline_page_by_page_and_kind_by_kind(office, run, told):
    fill(office)
    out = run("people", "show", "u1", "--limit", "2")
    assert "email" in out
    assert "… more: --after" in out
    page = told("people", "show", "u1", "--kind", "segment", "--limit", "1")
    assert [m["name"] for m in page["items"]] == ["Segment Entered"]
    assert "Segment Entered" not in run("people", "show", "u1", "--kind", "change")


def test_people_are_merged_parted_exported_and_erased(office, run, told):
    fill(office)
    office.know("u2", name="Boris")
    out = run("people", "merge", "u1", "u2")
    assert "mautod people unmerge 1 --merge 1" in out
    assert "Boris" not in run("people", "show", "u1", "--kind", "merge")
    assert "two again" in run("people", "unmerge", "u1")
    file = office.folder / "anna.json"
    assert "requests" in run("people", "export", "u1", "--all-data", "--out", str(file))
    assert file.stat().st_mode & 0o077 == 0
    assert "anna@example.com" in file.read_text()
    assert "will go" in run("people", "erase", "u1", "--dry-run")
    assert "is erased" in run("people", "erase", "u1", "--yes")
    (erased,) = told("people", "erasures")["items"]
    assert (erased["person"], erased["stage"]) == (1, "done")
    assert "done" in run("people", "erasures")


def test_the_quality_of_data_is_a_report_with_bars_and_a_list_a_group(office, run, told):
    fill(office)
    out = run("people", "quality")
    assert "no-phone" in out
    assert "100.0%" in out
    assert "█" * 20 in out
    assert told("people", "quality")["people"] == 1
    assert "anna@example.com" in run("people", "quality", "no-phone")
    assert "(nobody)" in run("people", "quality", "no-email")


def test_traits_and_an_event_are_sent_together(office, run, told):
    run(
        "events", "send", "Signed Up", "--user", "u1", "-t", "email=a@example.com", "-t", "vip=true"
    )
    office.digest()
    card = told("people", "show", "u1")
    assert (card["person"]["email"], card["props"]) == ("a@example.com", {"vip": True})


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["events", "send"], BadInput),
        (["events", "send", "A", "--user", "u", "-p", "novalue"], BadInput),
        (["events", "send", "A"], BadInput),
        (["people", "show", "nobody"], NotFound),
        (["people", "find", "email is knwon"], RuleError),
        (["people", "set", "nobody", "a=1"], NotFound),
        (["people", "duplicates", "--by", "shoe"], BadInput),
        (["people", "set", "nobody", "a"], BadInput),
        (["people", "tag", "nobody", "vip"], BadInput),
        (["people", "merge", "nobody", "none"], NotFound),
        (["people", "unmerge", "nobody"], NotFound),
        (["people", "export", "--all-data"], BadInput),
        (["people", "erase", "nobody", "--yes"], NotFound),
        (["segments", "preview", "email is"], RuleError),
        (["segments", "sql", "email is"], RuleError),
        (["segments", "people", "none"], NotFound),
        (["segments", "explain", "none", "nobody"], NotFound),
        (["segments", "moves", "none"], NotFound),
        (["segments", "overlap", "one"], BadInput),
        (["segments", "overlap", "one", "two"], NotFound),
        (["chains", "pause", "none"], NotFound),
        (["goals", "report", "--since", "yesterday"], BadInput),
        (["goals", "report", "--by", "hour"], BadInput),
        (["goals", "report", "--attribution", "middle"], BadInput),
        (["funnel", "A > B"], BadInput),
        (["retention", "--first", "A"], NotFound),
        (["retention", "--first", "A", "--by", "year"], BadInput),
        (["retention", "--first", "A", "--weeks", "0"], BadInput),
        (["retention", "--first", "A", "--weeks", "53"], BadInput),
        (["funnel", "A", "B"], NotFound),
        (["messages", "list", "--state", "lost"], BadInput),
        (["tail", "--topics", "gossip"], BadInput),
        (["--url", "http://127.0.0.1:1", "status"], BadInput),
    ],
)
def test_wrong_use_raises_one_of_our_errors(office, args, error):
    with pytest.raises(error):
        CliRunner().invoke(
            cli,
            ["-C", str(office.folder), *args],
            catch_exceptions=False,
            env={"MAUTOD_API_KEY": ""},
        )


def test_a_folder_that_is_no_workspace_is_told_with_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="mautod init"):
        CliRunner().invoke(cli, ["-C", str(tmp_path), "status"], catch_exceptions=False)


LISTINGS = [
    ["status"],
    ["people", "find"],
    ["people", "show", "u1"],
    ["people", "duplicates", "--by", "name"],
    ["people", "searches", "list"],
    ["people", "bulk"],
    ["events", "list"],
    ["events", "names"],
    ["segments", "list"],
    ["segments", "people", "known"],
    ["segments", "preview", "email is known"],
    ["segments", "explain", "known", "u1"],
    ["segments", "moves", "known"],
    ["chains", "list"],
    ["chains", "show", "abandoned-cart"],
    ["chains", "runs"],
    ["messages", "list"],
    ["messages", "show", "1"],
    ["goals", "report"],
    ["funnel", '"Product Added" > "Chain Entered" within 7d by source'],
    ["retention", "--first", "Product Added", "--weeks", "40"],
    ["journey"],
    ["why", "u1", "cart-1"],
]


@pytest.mark.parametrize("args", LISTINGS, ids=" ".join)
def test_every_listing_fits_80_columns_and_has_json(office, run, told, args):
    fill(office)
    long = "https://shop.example/" + "very-long-path/" * 20
    office.visit("v1", context={"page": {"path": long}}, url=long, name=long)
    lines = run(*args).splitlines()
    wide = [line for line in lines if width_of(line) > 80]
    facts = {"status", "show", "why"}
    assert not wide or facts.intersection(args), wide
    assert told(*args)


@pytest.mark.parametrize(
    "args",
    [
        ["people", "find"],
        ["people", "duplicates"],
        ["people", "searches", "list"],
        ["people", "bulk"],
        ["events", "list"],
        ["chains", "list"],
        ["messages", "list"],
        ["segments", "list"],
        ["goals", "report"],
        ["journey"],
        ["chains", "runs"],
    ],
    ids=" ".join,
)
def test_an_empty_listing_says_so(run, args):
    assert run(*args).startswith("(")


def test_pages_say_how_to_go_on(office, run, told):
    for number in range(5):
        office.know(f"u{number}", email=f"{number}@example.com")
    page = told("people", "find", "--limit", "2")
    assert f"--after {page['next']}" in run("people", "find", "--limit", "2")
    following = told("people", "find", "--limit", "2", "--after", str(page["next"]))
    assert {p["id"] for p in page["items"]}.isdisjoint(p["id"] for p in following["items"])


def test_visitors_text_cannot_take_the_terminal(office, run):
    evil = "\x1b]0;pwned\x07\x1b[2J\r\n\u202egnp\x9b31m"
    office.know("u1", name=evil, note=evil)
    office.visit("v1", evil, name=evil)
    for args in (
        ["people", "find"],
        ["people", "show", "u1"],
        ["events", "list"],
        ["events", "names"],
        ["tail", "--no-follow"],
    ):
        out = run(*args)
        assert not {"\x1b", "\x07", "\r", "\u202e", "\x9b"} & set(out), args


def test_a_chain_is_paused_and_resumed_by_name(office, run, told):
    fill(office)
    assert "paused" in run("chains", "pause", "abandoned-cart")
    assert told("chains", "show", "abandoned-cart")["state"] == "paused"
    assert told("chains", "resume", "abandoned-cart")["changed"] == 1


def test_suppress_and_unsubscribe_say_what_they_did(office, run, told):
    fill(office)
    assert run("unsubscribe", "u1", "--topic", "offers") == (
        "u1 is unsubscribed from offers on every channel.\n"
    )
    assert told("suppress", "a@example.com")["changed"] == 1
    assert "already" in run("suppress", "a@example.com")


def test_people_who_share_a_name_are_listed_with_their_ids(office, run, told):
    for number in range(4):
        office.know(f"u{number}", name=f"O'Hara {number // 2}")
    told_ = told("people", "duplicates", "--by", "name", "--limit", "1")
    assert (told_["items"][0]["size"], told_["next"]) == (2, "o'hara 0")
    text = run("people", "duplicates", "--by", "name", "--limit", "1")
    assert "1 O'Hara 0, 2 O'Hara 0" in text
    assert """--after 'o'"'"'hara 0'""" in text


def test_properties_and_tags_are_written_on_a_card(office, run, told):
    fill(office)
    assert run("people", "set", "u1", "score=26", "vip=true", "city=Nizhny Novgorod") == (
        "person 1: city, score, vip set.\n"
    )
    assert told("people", "tag", "u1", "+hot", "+json", "-a")["changed"] == 1
    office.digest()
    assert run("people", "tag", "u1", "-hot") == "person 1: tags set.\n"
    office.digest()
    assert told("people", "show", "u1")["props"] == {
        "score": 26, "vip": True, "city": "Nizhny Novgorod", "tags": ["json"],
    }  # fmt: skip


def test_goals_are_reported_from_a_date_or_for_a_span(office, run):
    fill(office)
    assert "12 999.00 RUB" in run("goals", "report", "--since", "2026-01-01")
    assert "together 0 goals" in run("goals", "report", "--until", "2026-01-01T00:00:00+03:00")


def test_a_report_is_a_table_over_time_and_csv_that_no_spreadsheet_runs(office, run, told):
    fill(office)
    out = run("goals", "report", "--by", "day", "--attribution", "first")
    assert "1 entered" in out
    assert "2026-11-02  abandoned-cart" in out
    (head, line) = run("goals", "report", "--csv").splitlines()
    assert head.startswith("chain,step,template,variant,entered,sent")
    assert head.endswith(",conversion,money RUB")
    assert line.endswith(",1,1,1.0,12999.00")
    over_time = run("goals", "report", "--csv", "--by", "month").splitlines()
    assert over_time[1] == "2026-11-01,abandoned-cart,1,0,0,1,12999.00"
    (chain,) = told("goals", "report")["chains"]
    assert (chain["total"]["entered"], chain["effect"]) == (1, None)


def test_each_currency_of_a_report_has_a_line_of_its_own_and_none_is_cut(office, run):
    fill(office)
    office.earn(1, 2, 123_456_789_0000, "KZT")
    lines = run("goals", "report").splitlines()
    first = next(number for number, line in enumerate(lines) if "1 entered" in line)
    assert lines[first].endswith("123 456 789.00 KZT")
    assert lines[first + 1].strip() == "12 999.00 RUB"
    assert all(width_of(line) <= 80 for line in lines)


def test_the_effect_of_a_chain_is_said_in_words():
    bounds = wire.Uplift(0.02, -0.01, 0.05)
    rubles = wire.Money(Decimal(30), "RUB")
    money_ = wire.MoneyUplift(rubles, rubles, bounds, wire.Money(Decimal(1200), "RUB"))
    said = "\n".join(effect_lines(wire.Effect(400, 40, 40, 4, bounds, [money_])))
    assert "10.00% of 400, 10.00% of 40 held out → +2.00% (95 %: -1.00% to +5.00%)" in said
    assert "money that it made: 1 200.00 RUB" in said
    few = "\n".join(effect_lines(wire.Effect(20, 5, 2, 0)))
    assert "n/a, under 30 in an arm" in few


def test_the_tail_shows_the_latest_events_oldest_first(office, run):
    for number in range(3):
        office.later("1s").did("u1", "Pinged", path=f"/{number}")
    lines = run("tail", "--no-follow", "-n", "2").splitlines()
    assert [line.split()[-1] for line in lines] == ["/1", "/2"]
    (line,) = run("tail", "--no-follow", "-n", "1", "--json").splitlines()
    assert json.loads(line)["body"]["name"] == "Pinged"


def test_text_is_cut_by_cells_and_not_by_letters():
    assert cut("家具家具", 5) == "家具…"
    assert width_of("é") == 1
    assert cut("Oslo", 4) == "Oslo"


def test_control_and_direction_characters_are_shown():
    assert visible("a\nb\x1b\u202e") == "a␊b␛\\u202e"


def test_amounts_are_written_with_thousands_apart():
    assert money([wire.Money(Decimal("1234567.50"), "RUB")]) == "1 234 567.50 RUB"


def test_a_table_narrows_its_widest_column(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    table(("ID", "TEXT"), [(1, "x" * 100), (22, "y")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ID  TEXT"
    assert [len(line) for line in lines] == [8, 40, 5]
    assert lines[2] == "22  y"


async def test_with_an_address_and_a_key_the_same_commands_ask_a_daemon(office, tmp_path):
    fill(office)
    server = TestServer(make_app([lambda app: control.mount(app, office.desk, API_KEY)]))
    async with server:
        there = ["-C", str(tmp_path), "--url", str(server.make_url("/")), "--key", API_KEY]

        def call(*args):
            result = CliRunner().invoke(cli, [*there, *args], catch_exceptions=False)
            return result.output

        far = await asyncio.to_thread(call, "chains", "show", "abandoned-cart", "--json")
        assert json.loads(far)["key"] == "abandoned-cart"
        assert "on disk" in await asyncio.to_thread(call, "events", "send", "A", "--user", "u9")
        assert "Product Added" in await asyncio.to_thread(call, "tail", "--no-follow")
    assert office.digest().desk.count("A").count == 1


def test_one_act_on_all_whom_a_search_finds_says_the_number_and_what_changed(office, run, told):
    fill(office)
    said = run("people", "bulk", "email is known", "--tag", "big spender", "--untag", "x", "--yes")
    assert "tag 1 people +big spender -x: 1 changed, 0 were so already" in said
    assert told("people", "bulk")["items"][0]["state"] == "done"
    office.digest()
    assert office.desk.person("u1").props["tags"] == ["big spender"]


def test_searches_are_saved_listed_and_deleted(office, run, told):
    run("people", "searches", "save", "mail", "email is known")
    assert told("people", "searches", "list")["items"][0]["query"] == "email is known"
    assert "is gone" in run("people", "searches", "delete", "mail")


def test_why_tells_a_run_of_a_chain_step_by_step_and_what_lets_people_in(office, run, told):
    fill(office)
    office.know("u2", email="bob@example.com", name="Bob \x1b[31m")
    office.advance()
    said = run("why", "u1", "abandoned-cart")
    assert "Product Added" in said
    assert "✓ first: send cart-1" in said
    assert "to enter now:" in said
    never = run("why", "u2", "abandoned-cart")
    assert 'Never entered abandoned-cart: never did "Product Added"' in never
    assert "lacks: " in never
    assert "\x1b" not in never
    found = told("why", "u1", "abandoned-cart", "--chain")
    assert [step["mark"] for step in found["runs"][0]["steps"]].count("passed") >= 2
    assert found["entry"][0]["what"] == "chain"


def test_a_chain_shows_every_limit_that_it_and_its_steps_set(office, run, told):
    office.chain(
        'name = "Cart"\ntopic = "offers"\ncap = ["1 per 1d", "3 per 7d"]\nover_cap = "wait"\n'
        'priority = 10\nholdout = "10%"\ntest = ["me@x.example"]\nexpires = "12h"\n'
        'enter = { event = "A" }\n[[step]]\nsend = "cart-1"\nwindow = "best"\noutside = "skip"\n'
    )
    shown = run("chains", "show", "abandoned-cart")
    for line in (
        "cap       1 per 1d, 3 per 7d",
        "holdout   10%",
        "over cap  wait",
        "priority  10",
        "expires   12h",
        "test      writes to nobody but me@x.example",
    ):
        assert line in shown
    step = told("chains", "show", "abandoned-cart")["steps"][0]
    assert step["title"] == "send cart-1, window best, outside skip"
    assert told("chains", "show", "abandoned-cart")["policies"] == {
        "over_cap": "wait", "priority": "10", "expires": "12h",
    }  # fmt: skip
    assert "running, test" in run("chains", "list")
