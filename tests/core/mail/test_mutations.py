"""Bounces and answers, spoilt in every way that seeded chance finds: none ever raises.

`MAUTOD_MUTATIONS=100000` asks for the whole number.
"""

from __future__ import annotations

import os
import random

import pytest
from letters_kit import CORPUS, LINKS

from mautod.core.envelope import MAIL, Request
from mautod.services.mail.arrive import Postman
from mautod.store.mail.vault import Vault

COUNT = int(os.environ.get("MAUTOD_MUTATIONS", "4000"))
SHARES = 8
LETTERS = tuple(CORPUS.values())
PIECES = (
    b"\r\n\r\n", b"\n", b"\0", b"\xff", b"=?", b"?=", b"<", b">", b"@", b"--", b"boundary=", b";",
    b"Content-Type: multipart/report; boundary=x\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n", b"charset=utf-16", b"=3D=", b"<!--", b"&#",
    b"Status: 9.99.999\r\n", b"Action: \r\n", b"filename*0*=utf-8''%", b"\xd0", b"\x1b[2J",
    b"=?koi8-r?Q?=FF?=", b"Return-Path: <>\r\n", b"References: <><<>>\r\n", b"On 1.1.2026 wrote:\r\n",
)  # fmt: skip


def mutated(chance: random.Random) -> bytes:
    """A letter of the corpus after a few accidents."""
    letter = bytearray(chance.choice(LETTERS))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(letter) + 1)
        end = min(len(letter), at + int(chance.expovariate(1 / 20)))
        chance.choice(ACCIDENTS)(letter, at, end, chance)
    return bytes(letter)


def lost(letter, at, end, _chance):
    del letter[at:end]


def torn(letter, at, _end, _chance):
    del letter[at:]


def crowded(letter, at, _end, chance):
    letter[at:at] = chance.choice(PIECES)


def noisy(letter, at, end, chance):
    letter[at:end] = chance.randbytes(end - at)


def stuttered(letter, at, end, chance):
    letter[at:at] = letter[at:end] * chance.randint(1, 50)


def mixed(letter, at, end, chance):
    other = chance.choice(LETTERS)
    start = chance.randrange(len(other))
    letter[at:end] = other[start : start + 200]


def flipped(letter, at, _end, chance):
    if letter:
        letter[min(at, len(letter) - 1)] ^= 1 << chance.randrange(8)


ACCIDENTS = (lost, torn, crowded, noisy, stuttered, mixed, flipped)


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.timeout(1200)
def test_a_spoilt_letter_never_raises_and_proves_nothing_new(share, tmp_path):
    postman = Postman(LINKS, Vault(tmp_path))
    chance = random.Random(f"letters {share}")
    for number in range(COUNT // SHARES):
        letter = mutated(chance)
        came = postman.open(Request(1, "mailbox", MAIL, "", letter, number))
        assert len(came.text) <= 65_536
        assert "\0" not in came.text + came.subject + came.sender
        came.text.encode()
        # Every letter of the corpus is about message 7, and nobody can forge a token for another.
        assert came.meaning.about is None or came.meaning.about.message == 7
