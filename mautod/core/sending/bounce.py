"""What a mail server's no means: for the address, for the letter, or only for now.

Two numbers and a text say it: the SMTP code (550), the enhanced code of RFC 3463 (5.1.1) and the
words. The enhanced code counts most, as servers choose it with care; the words are asked where it
is missing or says nothing ("other"). Rules are tried in order, and the first one names itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["hard", "soft", "policy", "transient"]
"""hard: the address is dead. soft: it lives, but this letter will not get there. policy: the server
does not want us or this letter, which says nothing about the address. transient: not now."""

MAILBOX_FULL: Final = "mailbox full"
GREYLISTED: Final = "greylisted"
CLOSING: Final = "closing"
THROTTLED: Final = "throttled"
BUSY: Final = "busy"
_CLOSING_CODE: Final = 421
_PERMANENT: Final = 500
_LONGEST: Final = 1000
_ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What kind of no it is, and the rule that says so."""

    kind: Kind
    rule: str

    @property
    def dead(self) -> bool:
        """Whether nothing should go to this address any more."""
        return self.kind == "hard"


def classify(code: int, enhanced: str, text: str) -> Verdict:
    """What a refusal means.

    `code`: the SMTP code, 0 where there is none (a DSN may give only its Status). `enhanced`:
    "5.1.1", or "" to look for one in `text`. `text`: the server's words, of any length. With both
    numbers the SMTP code says whether it is for good. A DSN that gives up after a transient trouble
    is transient here: whoever reads "failed" there makes it soft.
    """
    words = text[:_LONGEST].lower()
    stated = enhanced.strip() or stated_in(text)
    permanent = code >= _PERMANENT if code else not stated.startswith("4.")
    subject = stated.partition(".")[2]
    if not permanent:
        return Verdict("transient", _temporary(code, subject, words))
    return _final(code, subject, words)


def stated_in(text: str) -> str:
    """The first enhanced code in the words of a server, or ""."""
    found = _ENHANCED.search(text[:_LONGEST])
    return found[0] if found else ""


def _final(code: int, subject: str, words: str) -> Verdict:
    known = _BY_SUBJECT.get(subject)
    if known is not None:
        return known
    if subject.startswith("7."):
        return _said(words, _POLICY) or Verdict("policy", "policy")
    return _said(words, _WORDS) or _BY_CODE.get(0 if subject else code) or _REFUSED


def _temporary(code: int, subject: str, words: str) -> str:
    if subject == "2.2" or _FULL.search(words):
        return MAILBOX_FULL
    if _GREY.search(words):
        return GREYLISTED
    if _FAST.search(words):
        return THROTTLED
    if code == _CLOSING_CODE:
        return CLOSING
    if subject == "7.1":
        return GREYLISTED
    return THROTTLED if subject.startswith("7.") else BUSY


def _said(words: str, rules: tuple[tuple[re.Pattern[str], Verdict], ...]) -> Verdict | None:
    return next((verdict for pattern, verdict in rules if pattern.search(words)), None)


_FULL: Final = re.compile(
    r"mailbox (?:is )?full|over ?quota|quota (?:is )?exceeded|exceeded (?:\w+ )?quota"
    r"|out of (?:storage|disk)|insufficient (?:\w+ )?storage|not enough (?:\w+ )?space"
)
_GREY: Final = re.compile(r"gr[ea]y-?list|postgrey|first (?:time )?(?:seen|contact)")
_FAST: Final = re.compile(
    r"rate[- ]?limit|throttl|too (?:many|much|fast|frequent)|unsolicited|unusual rate|reputation"
    r"|sending rate|exceeded the (?:rate|maximum)"
)
_NOBODY: Final = re.compile(
    r"(?:user|recipient|mailbox|account|address|addressee)s?\W+(?:\S+ ){0,4}?"
    r"(?:is |was )?(?:unknown|not found|(?:does not|doesn't|do not) exist|no longer exist)"
    r"|(?:unknown|no such|invalid|non-?existent) (?:local )?"
    r"(?:user|recipient|mailbox|account|address|person)"
    r"|no mailbox (?:here )?by that name|not a (?:valid|known) (?:user|mailbox|recipient)"
    r"|user doesn't have a|account has been (?:deleted|closed)|mailbox unavailable"
)
_NO_DOMAIN: Final = re.compile(
    r"(?:domain|host)(?: name)? (?:\S+ )?(?:not found|unknown|does not exist)|nxdomain"
    r"|no such (?:domain|host)|unrouteable|unroutable|host unknown"
)
_SPAM: Final = re.compile(r"spam|unsolicited|junk|virus|malware|phish|content (?:rejected|filter)")
_LISTED: Final = re.compile(
    r"(?:black|block|deny)[- ]?list|blocked|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|reputation"
    r"|banned|listed (?:at|by|in|on)"
)
_PROOF: Final = re.compile(r"\bspf\b|dkim|dmarc|unauthenticated|\bptr\b|reverse dns|\brdns\b")
_RELAY: Final = re.compile(r"relay|authentication (?:is )?required|not authenticated|must auth")
_POLICE: Final = re.compile(
    r"policy|access denied|not (?:allowed|permitted|authori[sz]ed)|prohibited"
)
_IDLE: Final = re.compile(r"disabled|inactive|suspended|over limit|not accepting")
_BIG: Final = re.compile(r"too (?:big|large)|exceeds (?:\w+ )*size|size limit")

_REFUSED: Final = Verdict("policy", "refused")
_UNKNOWN_MAILBOX: Final = Verdict("hard", "unknown mailbox")
_SOFT_FULL: Final = Verdict("soft", MAILBOX_FULL)
_DISABLED: Final = Verdict("soft", "mailbox disabled")
_TOO_LARGE: Final = Verdict("soft", "too large")

# RFC 3463 and RFC 7505; the first digit is aside, as it only says for how long.
_BY_SUBJECT: Final = {
    "1.1": _UNKNOWN_MAILBOX,
    "1.2": Verdict("hard", "unknown domain"),
    "1.3": Verdict("hard", "malformed address"),
    "1.6": Verdict("hard", "moved away"),
    "1.10": Verdict("hard", "domain takes no mail"),
    "2.1": _DISABLED,
    "2.2": _SOFT_FULL,
    "2.3": _TOO_LARGE,
    "3.4": _TOO_LARGE,
}
_POLICY: Final = (
    (_PROOF, Verdict("policy", "not authenticated")),
    (_LISTED, Verdict("policy", "blocked")),
    (_SPAM, Verdict("policy", "spam")),
    (_RELAY, Verdict("policy", "relay denied")),
)
# What is against us comes first: "user blocked our domain: no such user" must kill nobody.
_WORDS: Final = (
    (_FULL, _SOFT_FULL),
    *_POLICY,
    (_NOBODY, _UNKNOWN_MAILBOX),
    (_NO_DOMAIN, Verdict("hard", "unknown domain")),
    (_POLICE, Verdict("policy", "policy")),
    (_IDLE, _DISABLED),
    (_BIG, _TOO_LARGE),
)
# With neither an enhanced code nor words that anybody knows.
_BY_CODE: Final = {
    550: _UNKNOWN_MAILBOX,
    551: Verdict("hard", "moved away"),
    552: _SOFT_FULL,
    553: Verdict("hard", "malformed address"),
}
