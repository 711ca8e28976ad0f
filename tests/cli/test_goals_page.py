"""A report's page shows what the report says, asks nobody for anything, and runs nothing."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from office_kit import Office

from mautod import wire
from mautod.cli import cli
from mautod.cli.charts import Column, _Scale, columns
from mautod.cli.goals_page import page
from mautod.errors import BadInput

EVIL = '<script>alert("x")</script>&\'" onload=x'
AMOUNTS = st.integers(-(10**16), 10**16).map(lambda units: units / 10_000)
NOW = 1_793_577_600_000


def usd(amount: str) -> wire.Money:
    return wire.Money(Decimal(amount), "USD")


def row(chain: str = "cart", step: str = "first", **values) -> wire.GoalRow:
    parts = {
        "chain": chain, "chain_name": chain.title(), "step": step, "template": "cart-1", "sent": 40,
        "opened": 20, "clicked": 5, "goals": 4, "people": 4, "money": [usd("120.50")],
        "per_message": [usd("3.0125")], "conversion": 0.1, "entered": 50, **values,
    }  # fmt: skip
    return wire.GoalRow(**parts)


def report(**values) -> wire.GoalReport:
    effect = wire.Effect(
        90, 30, 9, 1, wire.Uplift(0.067, -0.02, 0.13),
        [wire.MoneyUplift(usd("3"), usd("1"), wire.Uplift(2.0, 0.5, 3.5), usd("180"))],
    )  # fmt: skip
    spans = [
        wire.GoalSpan("cart", date, NOW, sent, 2, 1, 1, [usd(money)])
        for date, sent, money in (("2026-10-29", 7, "30"), ("2026-11-02", 5, "-12.25"))
    ]
    parts = {
        "since": None, "until": NOW, "rows": [row(), row(step="second")], "goals": 4,
        "money": [usd("120.50")], "chains": [wire.GoalChain(row(step=""), "running", "Order", effect)],
        "by": "day", "spans": spans, **values,
    }  # fmt: skip
    return wire.GoalReport(**parts)


def drawn(html: str) -> list[ET.Element]:
    """Every picture, as an XML parser reads it."""
    return [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


def test_the_page_has_the_figures_the_charts_and_the_effect():
    html = page(report(), "Our shop", NOW)
    for words in ("Our shop", "120.50 USD", "3.01 USD", "10.0%", "+6.70%", "made: 180.00 USD"):
        assert words in html
    assert len(drawn(html)) == 5


def test_days_on_which_nothing_happened_stand_in_the_chart_too():
    html = page(report(), "Our shop", NOW)
    for date in ("29 Oct", "30 Oct", "1 Nov", "2 Nov"):
        assert f">{date}<" in html


def test_nothing_is_fetched_and_nothing_runs():
    html = page(report(), "Our shop", NOW)
    assert not re.search(r"<script|<link|<img|@import|url\(|https?:|\son\w+=", html)
    assert "default-src 'none'" in html


def test_what_comes_from_outside_is_text_wherever_it_stands():
    chain = wire.GoalChain(row(EVIL, ""), EVIL, EVIL)
    money = [wire.Money(Decimal(5), EVIL)]
    span = wire.GoalSpan(EVIL, "2026-11-02", NOW, 1, 0, 0, 1, money)
    rows = [row(EVIL, EVIL, variant=EVIL, template=EVIL, money=money), row(EVIL)]
    html = page(report(rows=rows, chains=[chain], spans=[span], money=money), EVIL, NOW)
    assert "<script" not in html
    assert EVIL not in html
    assert all(svg.attrib.keys() == {"viewBox", "role", "aria-label"} for svg in drawn(html))


def test_a_report_of_nothing_says_so():
    html = page(report(rows=[], chains=[], spans=[], money=[], goals=0), "Our shop", NOW)
    assert "Nothing was sent" in html


@given(st.lists(st.dictionaries(st.sampled_from("abc"), AMOUNTS, max_size=3), max_size=40))
def test_any_columns_lie_within_the_picture(heights):
    svg = columns("x", [Column(str(n), each) for n, each in enumerate(heights)], ["a", "b", "c"])
    for rect in ET.fromstring(svg).iter("rect"):
        y, height = float(rect.attrib["y"]), float(rect.attrib["height"])
        assert y >= 11.8
        assert y + height <= 195.2


@given(AMOUNTS.map(lambda x: -abs(x)), AMOUNTS.map(abs))
def test_a_scale_reaches_from_the_lowest_to_the_highest_in_a_few_steps(low, high):
    scale = _Scale(low, high)
    ticks = scale.ticks
    assert ticks[0] <= low + 1e-6 * abs(low)
    assert ticks[-1] >= high - 1e-6 * abs(high)
    assert 2 <= len(ticks) <= 8


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def call(office, *args):
    return CliRunner().invoke(
        cli, ["-C", str(office.folder), "goals", "report", *args], catch_exceptions=False
    )


def test_the_page_is_written_to_the_file_that_was_named(office):
    office.chain().know("u1", email="anna@example.com")
    office.did("u1", "Product Added", price=5).advance().later("1h").advance().settle(1, "sent")
    file = office.folder / "report.html"
    assert str(file) in call(office, "--html", str(file)).output
    assert "Oslo sofas" in file.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_an_error_of_ours(office):
    with pytest.raises(BadInput, match="No such file"):
        call(office, "--html", str(office.folder / "none" / "report.html"))
