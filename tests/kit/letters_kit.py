"""Letters to us as mail servers and people write them, about messages whose tokens are real."""

from __future__ import annotations

from base64 import b64encode
from zlib import crc32

from mautod.core.mail import mime
from mautod.core.mail.meaning import Meaning, meaning
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links

LINKS = Links("not a secret", "https://shop.example")
MAILBOX = "in@shop.example"


def address(box: str, message: int = 7) -> str:
    """Where a letter of this kind about a message comes back to."""
    return mailbox.address(LINKS, MAILBOX, box, message)


def stamp(message: int = 7) -> str:
    """The Message-ID of a message of ours."""
    return f"{LINKS.stamp(message)}@shop.example"


def raw(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def means(body: bytes) -> Meaning:
    return meaning(mime.parse(body), body, LINKS)


def dsn(
    to: str = "",
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ann@x.example>: Recipient address rejected: User unknown",
    message: int = 7,
    returned: bool = True,
) -> bytes:
    """What Postfix writes when a letter cannot be delivered."""
    back = f"""\
--7C2E.1/mx.x.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <{address("bounce", message)}>
From: Shop <hello@shop.example>
To: ann@x.example
Subject: Your cart
Message-ID: <{stamp(message)}>

Hello
"""
    return raw(f"""\
Return-Path: <>
Delivered-To: {to or address("bounce", message)}
Received: by mx.x.example (Postfix) id 7C2E; Tue, 3 Mar 2026 10:00:00 +0000 (UTC)
Date: Tue, 3 Mar 2026 10:00:00 +0000 (UTC)
From: MAILER-DAEMON@mx.x.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to or address("bounce", message)}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="7C2E.1/mx.x.example"
Message-Id: <20260303100000.7C2E@mx.x.example>

This is a MIME-encapsulated message.

--7C2E.1/mx.x.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.x.example.

I'm sorry to have to inform you that your message could not be delivered.

--7C2E.1/mx.x.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.x.example
X-Postfix-Queue-ID: 7C2E
Arrival-Date: Tue, 3 Mar 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; ann@x.example
Original-Recipient: rfc822;ann@x.example
Action: {action}
Status: {status}
Remote-MTA: dns; mx.x.example
Diagnostic-Code: {diagnostic}

{back if returned else ""}
--7C2E.1/mx.x.example--
""")


def qmail(message: int = 7) -> bytes:
    """A bounce in qmail's own form."""
    return raw(f"""\
Return-Path: <>
Delivered-To: {address("bounce", message)}
From: MAILER-DAEMON@q.x.example
To: {address("bounce", message)}
Subject: failure notice

Hi. This is the qmail-send program at q.x.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@x.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{address("bounce", message)}>
Subject: Your cart
""")


def arf(kind: str = "abuse", message: int = 7) -> bytes:
    """A complaint as feedback loops send it, the recipient blotted out."""
    return raw(f"""\
Return-Path: <fbl@isp.example>
Delivered-To: abuse@shop.example
From: <abusedesk@isp.example>
Date: Tue, 3 Mar 2026 10:00:00 +0000
Subject: FW: Your cart
To: <abuse@shop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{address("bounce", message)}>
Original-Rcpt-To: <redacted@isp.example>

--part1
Content-Type: message/rfc822

From: Shop <hello@shop.example>
To: <redacted@isp.example>
Subject: Your cart
Message-ID: <{stamp(message)}>

Hello
--part1--
""")


GMAIL_RU = """\
Да, покупаю. Когда доставка?

вт, 3 мар. 2026 \u0433. в 10:00, Магазин <in@shop.example>:

> Ваша корзина ждёт
> https://shop.example
"""


def reply(
    text: str = GMAIL_RU,
    *,
    to: str = "",
    subject: str = "Re: Your cart",
    sender: str = "Ann <ann@x.example>",
    extra: str = "",
    message: int = 7,
) -> bytes:
    """What a person writes back, from a mail program as they are."""
    return (
        raw(f"""\
Return-Path: <ann@x.example>
Delivered-To: {to or address("reply", message)}
From: {sender}
To: {to or address("reply", message)}
Subject: {subject}
Message-ID: <CA+{crc32(text.encode()):x}@mail.x.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64
""")
        + raw(extra)
        + b"\r\n"
        + b64encode(text.encode())
        + b"\r\n"
    )


def html_reply(html: str, message: int = 7) -> bytes:
    return raw(f"""\
Delivered-To: {address("reply", message)}
From: ann@x.example
Subject: Re: Your cart
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

{html}
""")


def with_files(*files: tuple[str, bytes], text: str = "See the picture", message: int = 7) -> bytes:
    """An answer with files."""
    parts = "".join(
        f"--b\nContent-Type: application/octet-stream\n"
        f'Content-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{b64encode(content).decode()}\n"
        for name, content in files
    )
    return raw(f"""\
Delivered-To: {address("reply", message)}
From: ann@x.example
Subject: Re: Your cart
Message-ID: <files@x.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

{text}
{parts}--b--
""")


def out_of_office(
    message: int = 7, *, header: str = "Auto-Submitted: auto-replied", subject: str = "Your cart"
) -> bytes:
    return raw(f"""\
Return-Path: <>
Delivered-To: {address("bounce", message)}
From: ann@x.example
To: {address("bounce", message)}
Subject: {subject}
{header}
Content-Type: text/plain; charset=utf-8

Я в отпуске до понедельника.
""")


CORPUS = {
    "postfix": dsn(),
    "delayed": dsn(action="delayed", status="4.4.1", diagnostic="smtp; connect timed out"),
    "full": dsn(status="5.2.2", diagnostic="smtp; 552 5.2.2 Mailbox full"),
    "qmail": qmail(),
    "arf": arf(),
    "russian reply": reply(),
    "html reply": html_reply("<p>Yes</p><blockquote>Hello</blockquote>"),
    "files": with_files(("a.png", b"\x89PNG\r\n\x1a\n...")),
    "absence": out_of_office(),
    "leave": reply("", to=address("leave"), subject="unsubscribe"),
}
