"""Machines that open letters are told from people by rules that have names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.machines import (
    AGENT,
    ALL_LINKS,
    AT_ONCE,
    AT_ONCE_MS,
    HEAD,
    PRIVACY,
    RANGE,
    TOGETHER_MS,
    TRAP,
    TRAP_MS,
    Suspects,
    Visit,
    read_ranges,
    verdicts,
)
from mautod.duration import DAY, SECOND
from mautod.errors import BadInput

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
SENT = 10 * DAY
LATER = SENT + DAY


def click(at: int = LATER, url: str = "https://x.test/1", agent: str = CHROME, **more) -> Visit:
    return Visit("click", at, url, agent, **{"address": "203.0.113.7", **more})


def judged(*visits: Visit, suspects: Suspects | None = None) -> list[str]:
    return verdicts(visits, SENT, suspects or Suspects())


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "Slackbot-LinkExpanding 1.0",
        "BarracudaCentral/1.0",
        "curl/8.5.0",
        "python-requests/2.31",
        "Mozilla/5.0 HeadlessChrome/120.0",
        "Mimecast URL scanner",
        "SkypeUriPreview Preview/0.5",
    ],
)
def test_a_program_that_says_what_it_is_is_a_machine(agent):
    assert judged(click(agent=agent)) == [AGENT]


@pytest.mark.parametrize(
    "agent",
    [
        CHROME,
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (Linux; Android 10; CUBOT X30) Chrome/99",
        "",
    ],
)
def test_browsers_phones_and_proxies_of_mailboxes_are_people(agent):
    assert judged(Visit("open", SENT + AT_ONCE_MS, "", agent)) == [""]
    assert verdicts([Visit("open", 0, "", agent)], None, Suspects()) == [""]


def test_nobody_reads_a_letter_before_it_can_have_come():
    assert judged(click(SENT + AT_ONCE_MS - 1)) == [AT_ONCE]
    assert judged(click(SENT - 5)) == [AT_ONCE]


def test_no_browser_asks_for_headers_alone():
    assert judged(click(method="HEAD")) == [HEAD]


def test_apples_proxies_fetch_pictures_that_nobody_looks_at():
    assert judged(Visit("open", LATER, "", "Mozilla/5.0")) == [PRIVACY]
    assert judged(click(agent="Mozilla/5.0")) == [""]


def test_an_address_in_a_network_of_gateways_is_a_machines():
    suspects = Suspects(read_ranges(["203.0.113.0/24", "2001:db8::/32"]))
    found = judged(
        click(), click(address="2001:db8::1"), click(address="198.51.100.1"), click(address="?"),
        suspects=suspects,
    )  # fmt: skip
    assert found == [RANGE, RANGE, "", ""]


def test_a_network_that_is_none_is_refused():
    with pytest.raises(BadInput, match="no network"):
        read_ranges(["203.0.113.0/99"])


def test_whoever_follows_every_link_at_once_is_a_machine():
    links = [click(LATER + n * SECOND, f"https://x.test/{n}") for n in range(3)]
    assert judged(*links) == [ALL_LINKS] * 3


def test_a_person_may_click_one_link_many_times_and_three_in_a_minute():
    again = [click(LATER + n) for n in range(9)]
    slow = [click(LATER + n * TOGETHER_MS, f"https://x.test/{n}") for n in range(3)]
    assert judged(*again) == [""] * 9
    assert judged(*slow) == [""] * 3


def test_a_person_who_clicks_an_hour_after_the_gateway_is_a_person():
    scan = [click(SENT + 9 * SECOND, f"https://x.test/{n}") for n in range(5)]
    assert judged(*scan, click()) == [ALL_LINKS] * 5 + [""]


def test_the_link_that_nobody_sees_gives_away_all_that_came_from_there():
    trap = Visit("trap", LATER, "", CHROME, "203.0.113.7")
    found = judged(
        click(LATER - TRAP_MS), trap, click(LATER + 5), click(address="198.51.100.1"),
        click(LATER + TRAP_MS + 1),
    )  # fmt: skip
    assert found == [TRAP, TRAP, TRAP, "", ""]


@given(
    st.lists(
        st.builds(
            Visit,
            st.sampled_from(["open", "click", "trap"]),
            st.integers(0, 60_000),
            st.sampled_from("abcd"),
            st.sampled_from([CHROME, "curl/8"]),
            st.sampled_from(["203.0.113.7", "198.51.100.1"]),
            st.sampled_from(["GET", "HEAD"]),
        ),
        max_size=20,
    )
)
def test_more_visits_never_make_a_person_of_a_machine(visits):
    visits.sort(key=lambda visit: visit.at)
    for upto in range(len(visits)):
        before, after = verdicts(visits[:upto], 0, Suspects()), verdicts(visits, 0, Suspects())
        assert all(now for was, now in zip(before, after, strict=False) if was)
