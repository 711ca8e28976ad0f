"""Receiving: bounces and answers through the digest, and mails of any size opened.

The letters are those that Postfix and common mail programs write; each is about another message.
The limit taken in the same run is the standard library's parser, on the same bytes.
"""

from __future__ import annotations

import email
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from mautod.clock import monotonic_s, now_ms
from mautod.config import Config, Secrets, Settings
from mautod.core.envelope import MAIL, Request
from mautod.core.mail import mime
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links, Mailbox
from mautod.services.pumps import House, Pumps
from mautod.store.db import Database
from mautod.store.journal import Journal

LETTERS: Final = 5000
GOAL_MS: Final = 1.0
SECRET: Final = "bench"  # noqa: S105 - of a workspace that lasts for seconds
ADDRESS: Final = "in@shop.example"
LARGE: Final = 25 * 1024 * 1024
AT_ONCE: Final = 500

_BOUNCE: Final = """\
Return-Path: <>
Delivered-To: {to}
Received: by mx.example (Postfix) id 7C2E; Tue, 3 Mar 2026 10:00:00 +0000 (UTC)
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="7C2E.1/mx.example"
Message-Id: <{number}.7C2E@mx.example>

This is a MIME-encapsulated message.

--7C2E.1/mx.example
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--7C2E.1/mx.example
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Tue, 3 Mar 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; p{number}@x.example
Original-Recipient: rfc822;p{number}@x.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.x.example
Diagnostic-Code: smtp; 550 5.1.1 <p{number}@x.example>: Recipient address
    rejected: User unknown

--7C2E.1/mx.example
Content-Type: message/rfc822

Message-ID: <{stamp}@shop.example>
Subject: Your cart

Hello
--7C2E.1/mx.example--
"""
_REPLY: Final = """\
Return-Path: <p{number}@x.example>
Delivered-To: {to}
From: p{number}@x.example
To: {to}
Subject: Re: Your cart
Message-ID: <{number}@mail.x.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Yes, I take it. When will it come?

On Tue, 3 Mar 2026 at 10:00, Shop <{to}> wrote:

> Hello, your cart is waiting.
> https://shop.example/cart
"""


def run(*, letters: int = LETTERS) -> bool:
    """Measure, print, and say whether the goals are reached."""
    print(f"receiving, {letters} letters of each kind, each about another message")
    bounce_ms = _digested("bounces", _BOUNCE, "bounce", letters)
    reply_ms = _digested("answers", _REPLY, "reply", letters)
    _opened()
    return bounce_ms < GOAL_MS and reply_ms < GOAL_MS


def _digested(what: str, form: str, box: Mailbox, count: int) -> float:
    """Milliseconds that one letter takes from the journal into the truth."""
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        house = _house(Path(folder))
        _messages(house.db, count)
        links = Links(SECRET, house.settings.config.workspace.url)
        raw = [_letter(form, links, box, number) for number in range(1, count + 1)]
        limit_ms = _each_ms(lambda: [email.message_from_bytes(each) for each in raw], count)
        pumps = Pumps(house)
        at = now_ms()
        for start in range(0, count, AT_ONCE):
            some = raw[start : start + AT_ONCE]
            house.journal.append_sync([Request(at, "mailbox", MAIL, "", each) for each in some])
        taken_ms = _each_ms(lambda: _drain(pumps), count)
        _check(house.db, count)
        house.journal.close()
        house.db.close()
    print(f"  {what} {taken_ms:>7.3f} ms each   goal: < {GOAL_MS:g} ms")
    print(f"    limit: parsed by `email` alone {limit_ms:.3f} ms, ratio {taken_ms / limit_ms:.1f}")
    return taken_ms


def _house(folder: Path) -> House:
    settings = Settings(folder=folder, config=Config(), secrets=Secrets({"MAUTOD_SECRET": SECRET}))
    journal = Journal(settings.data / "journal.db").open()
    return House(settings, Database(settings.data / "mautod.db").open(), journal, now_ms)


def _messages(db: Database, count: int) -> None:
    at = now_ms()
    with db.write() as tx:
        tx.executemany(
            "INSERT INTO person (id, created_at, email) VALUES (?, ?, ?)",
            ((number, at, f"p{number}@x.example") for number in range(1, count + 1)),
        )
        tx.executemany(
            "INSERT INTO message (id, step, key, person_id, channel, template, topic, state,"
            " queued_at, due_at, sending_at, address) VALUES"
            " (?, '', '', ?, 'email', 'cart', 'offers', 'sent', ?, ?, ?, ?)",
            ((n, n, at, at, at, f"p{n}@x.example") for n in range(1, count + 1)),
        )


def _letter(form: str, links: Links, box: Mailbox, number: int) -> bytes:
    to = mailbox.address(links, ADDRESS, box, number)
    text = form.format(to=to, number=number, stamp=links.stamp(number))
    return text.replace("\n", "\r\n").encode()


def _drain(pumps: Pumps) -> None:
    while pumps.digest():
        pass


def _check(db: Database, count: int) -> None:
    row = db.read().execute("SELECT count(*) FROM mail WHERE state = 'matched'").fetchone()
    if row != (count,):
        raise AssertionError(f"{row[0]} of {count} letters were understood")


def _opened() -> None:
    """What limits cost: the largest letter that is taken, and what nobody honest would write."""
    deep = b"".join(
        b"Content-Type: multipart/x; boundary=%d\n\n--%d\n" % (n, n) for n in range(1000)
    )
    large = b"Content-Type: multipart/x; boundary=b\n\n--b\n\n" + b"A" * 76 + b"\n"
    large += b"--b x\n" * (LARGE // 6)
    for what, raw in (("nested 1 000 deep", deep), ("25 MB of false borders", large)):
        print(f"  {what}: opened in {_each_ms(partial(mime.parse, raw), 1):.1f} ms")


def _each_ms(work: Callable[[], object], count: int) -> float:
    began = monotonic_s()
    work()
    return 1000 * (monotonic_s() - began) / count
