"""What comes back of a message, kept on it as one number; whether people or machines did it."""

from __future__ import annotations

from typing import Final

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
