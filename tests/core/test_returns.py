"""Machines that open letters are told from people by what they call themselves, or by their haste."""

from __future__ import annotations

import pytest

from mautod.core.sending.returns import (
    AGENT,
    AT_ONCE,
    AT_ONCE_MS,
    CLICKED,
    MACHINE_CLICKED,
    MACHINE_OPENED,
    OPENED,
    machine,
    mark,
)

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"


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
    assert machine(agent, 10**9) == AGENT


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
    assert machine(agent, AT_ONCE_MS) == ""
    assert machine(agent, None) == ""


def test_nobody_reads_a_letter_before_it_can_have_come():
    assert machine(CHROME, AT_ONCE_MS - 1) == AT_ONCE
    assert machine(CHROME, -5) == AT_ONCE


def test_each_receipt_leaves_a_mark_of_its_own():
    found = {mark(kind, by) for kind in ("open", "click") for by in ("", AGENT)}
    assert found == {OPENED, CLICKED, MACHINE_OPENED, MACHINE_CLICKED}
