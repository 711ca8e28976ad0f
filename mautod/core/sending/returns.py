"""What comes back of a message, kept on it as one number; and whether people or machines did it.

Mail gateways open letters and follow their links to see where these lead, long before anybody
reads. Two rules tell them: `agent`, the program says itself that it is one; `at once`, it came
within seconds of the letter's leaving, when nobody can have read it. What a gateway does later
under a browser's name is counted as a person's.
"""

from __future__ import annotations

import re
from typing import Final

from mautod.duration import SECOND

OPENED: Final = 1
CLICKED: Final = 2
MACHINE_OPENED: Final = 4
MACHINE_CLICKED: Final = 8
UNSUBSCRIBED: Final = 16
HARD_BOUNCED: Final = 32
SOFT_BOUNCED: Final = 64
POLICY_BOUNCED: Final = 128
DELIVERED: Final = 256
COMPLAINED: Final = 512
REPLIED: Final = 1024

BOUNCED: Final = HARD_BOUNCED | SOFT_BOUNCED | POLICY_BOUNCED
ARRIVED: Final = OPENED | CLICKED | DELIVERED | COMPLAINED | REPLIED
"""Marks that prove that a mailbox has the message."""

AGENT: Final = "agent"
AT_ONCE: Final = "at once"
AT_ONCE_MS: Final = 3 * SECOND

# Proxies that fetch pictures when somebody opens a letter (GoogleImageProxy, YahooMailProxy) are no
# machines in this sense; Cubot makes phones.
_MACHINES: Final = re.compile(
    r"(?<!cu)bot\b|crawl|spider|scan(?:ner)?\b|preview|headless|barracuda|mimecast|proofpoint"
    r"|^(?:curl|wget|python|java|go-http|okhttp|axios|node|ruby|perl|libwww|php)",
    re.IGNORECASE,
)


def machine(agent: str, after_ms: int | None) -> str:
    """By which rule a receipt is a machine's; "" if it is taken for a person's.

    `after_ms`: how long after the message began to leave, None if nobody knows.
    """
    if _MACHINES.search(agent):
        return AGENT
    return AT_ONCE if after_ms is not None and after_ms < AT_ONCE_MS else ""


def mark(kind: str, by_machine: str) -> int:
    """The mark that a receipt, an `open` or a `click`, leaves on its message."""
    if kind == "click":
        return MACHINE_CLICKED if by_machine else CLICKED
    return MACHINE_OPENED if by_machine else OPENED
