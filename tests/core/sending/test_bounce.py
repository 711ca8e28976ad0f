"""What a server's no means for the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.bounce import Verdict, classify, stated_in

HARD = {
    "550 5.1.1 <a@x.test>: Recipient address rejected: User unknown": "unknown mailbox",
    "550-5.1.1 The email account that you tried to reach does not exist.": "unknown mailbox",
    "550 5.1.2 no such host": "unknown domain",
    "550 5.1.6 has moved": "moved away",
    "556 5.1.10 null MX": "domain takes no mail",
    "550 No such user here": "unknown mailbox",
    "550 Requested action not taken: mailbox unavailable": "unknown mailbox",
    "550 5.0.0 Unknown user": "unknown mailbox",
    "550 5.5.0 The recipient does not exist": "unknown mailbox",
    "550 who?": "unknown mailbox",
    "551 elsewhere": "moved away",
    "550 Domain x.test not found": "unknown domain",
}
SOFT = {
    "552 5.2.2 over quota": "mailbox full",
    "552 Mailbox is full": "mailbox full",
    "550 5.2.2 Quota exceeded": "mailbox full",
    "550 5.2.1 The email account is disabled": "mailbox disabled",
    "552 5.3.4 Message size exceeds fixed limit": "too large",
}
POLICY = {
    "550 5.7.1 Blocked: see https://www.spamhaus.org/": "blocked",
    "550 5.7.1 User unknown": "policy",
    "550 5.7.26 unauthenticated: SPF did not pass": "not authenticated",
    "550 5.7.515 access denied, DKIM": "not authenticated",
    "554 Your message looks like spam": "spam",
    "550 Access denied": "policy",
    "550 your IP is on a blacklist": "blocked",
    "554 5.7.1 Relay access denied": "relay denied",
    "554 no": "refused",
    "550 5.0.0 no": "refused",
    "554 5.7.1 <x@y.test>: user does not exist on our list: blocked": "blocked",
}
TRANSIENT = {
    "451 4.7.1 Greylisted, try again in 300 seconds": "greylisted",
    "450 4.2.0 <a@x.test>: Recipient address rejected: Greylisted": "greylisted",
    "450 4.7.1 try later": "greylisted",
    "452 4.2.2 The mailbox is over quota": "mailbox full",
    "421 4.3.2 closing": "closing",
    "421 bye": "closing",
    "421 4.7.28 unusual rate of unsolicited mail": "throttled",
    "454 4.7.0 Throttling failure: Maximum sending rate exceeded": "throttled",
    "451 4.3.0 queue file write error": "busy",
    "450 4.0.0 ?": "busy",
}


def judged(reply: str) -> Verdict:
    return classify(int(reply[:3]), stated_in(reply), reply)


@pytest.mark.parametrize(
    ("kind", "replies"),
    [("hard", HARD), ("soft", SOFT), ("policy", POLICY), ("transient", TRANSIENT)],
)
def test_each_answer_is_judged_by_a_named_rule(kind, replies):
    assert {reply: judged(reply) for reply in replies} == {
        reply: Verdict(kind, rule) for reply, rule in replies.items()
    }


def test_only_a_hard_no_makes_an_address_dead():
    assert classify(550, "5.1.1", "").dead
    assert not classify(552, "5.2.2", "").dead
    assert not classify(550, "5.7.1", "no such user").dead


def test_a_report_without_an_smtp_code_is_judged_by_its_status():
    assert classify(0, "5.1.1", "") == Verdict("hard", "unknown mailbox")
    assert classify(0, "4.2.2", "") == Verdict("transient", "mailbox full")
    assert classify(0, "", "550 5.1.1 who?") == Verdict("hard", "unknown mailbox")


def test_the_smtp_code_says_whether_it_is_for_good():
    assert classify(450, "5.1.1", "").kind == "transient"
    assert classify(550, "4.1.1", "").kind == "hard"


def test_an_address_in_the_text_is_no_enhanced_code():
    assert stated_in("550 relay 10.5.1.1 says no") == ""
    assert stated_in("550-5.1.1 no") == "5.1.1"


@given(st.integers(0, 999), st.text(max_size=9), st.text(max_size=5000))
def test_whatever_a_server_says_has_a_verdict(code, enhanced, text):
    verdict = classify(code, enhanced, text)
    assert verdict.rule
    if "7." in enhanced[1:3] and code >= 500:
        assert not verdict.dead


@given(st.sampled_from(["5.7.1", "5.7.0", "5.7.26"]), st.text(max_size=300))
def test_a_matter_of_policy_never_kills_an_address(enhanced, text):
    assert classify(550, enhanced, text).kind == "policy"
