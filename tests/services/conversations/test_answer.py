"""Operators answer by the ledger and the gate, once; and the answer comes back into its thread."""

from __future__ import annotations

import email
import email.policy

import pytest
from office_kit import Office

from mautod import channels, wire
from mautod.channels.port import Net
from mautod.core.envelope import MAIL, Request
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.deliver import Deliver
from mautod.services.watch import Watch
from mautod.store.db import Database
from mautod.store.delivery import messages

MAILBOX = "in@shop.example"


class Desk(Office):
    """An office with a mailbox of its own and letters that leave into a folder."""

    @property
    def links(self) -> Links:
        return Links("s3cret", self.settings.config.workspace.url)

    def start(self) -> int:
        """Ann, and a conversation with her."""
        ann = self.know("ann", email="ann@x.example", name="Ann")
        with self.db.write() as tx:
            self.first = messages.write(tx, ann, "email", "cart-1", self.now)
            tx.execute("UPDATE message SET state = 'sent', sending_at = ?", (self.now,))
        self.receive(mailbox.address(self.links, MAILBOX, "reply", self.first), "Where is it?")
        return ann

    def receive(self, to: str, text: str, *, subject: str = "Re: Your cart", extra: str = ""):
        letter = (
            f"To: {to}\r\nFrom: Ann <ann@x.example>\r\nSubject: {subject}\r\n"
            f"Message-ID: <{text[:5].replace(' ', '')}@x.example>\r\n{extra}\r\n{text}\r\n"
        )
        self.journal.append_sync([Request(self.now, "mailbox", MAIL, "", letter.encode())])
        self.digest()

    async def deliver(self) -> list[email.message.EmailMessage]:
        """All that is due leaves; the letters in the folder, in their order."""
        section = {
            "url": "maildir:outbox",
            "sender": "Shop <hello@shop.example>",
            "mailbox": MAILBOX,
        }
        net = Net(self.folder, "Shop", clock=lambda: self.now)
        channel = channels.create("email", section, net)
        pump = Deliver(self.db, channel, self.links, Terms(), "me", lambda: self.now)
        while await pump.batch():
            pass
        box = sorted(
            (self.folder / "outbox/new").glob("*"),
            key=lambda p: int(p.name.split("M")[1].split("R")[0]),
        )
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in box
        ]

    def rows(self, sql: str, *values) -> list[tuple]:
        return self.db.read().execute(sql, values).fetchall()


@pytest.fixture
def desk(tmp_path):
    made = Desk.new(tmp_path / "shop")
    made.ann = made.start()
    yield made
    made.close()


def say(text: str, ref: str = "", operator: str = "Kim") -> wire.SayAsk:
    return wire.SayAsk(text, operator, ref)


async def test_an_answer_leaves_once_with_the_thread_quoted_and_comes_back_into_it(desk):
    done = desk.desk.reply_chat(1, say("It is on its way: https://x.example/?a=1&b=2 <soon>"))
    assert done.changed == 1
    (letter,) = await desk.deliver()
    assert letter["To"] == "Ann <ann@x.example>"
    assert letter["Subject"] == "Re: Your cart"
    assert letter["In-Reply-To"] == "<Where@x.example>"
    assert letter["Auto-Submitted"] is None
    assert letter["List-Unsubscribe"] is None
    text = letter.get_body(("plain",)).get_content()
    assert "It is on its way: https://x.example/?a=1&b=2 <soon>" in text
    assert "Ann wrote:\n> Where is it?" in text
    html = letter.get_body(("html",)).get_content()
    assert "&lt;soon&gt;" in html
    assert "<img" not in html
    assert "href" not in html
    desk.receive(str(letter["Reply-To"]), "Thanks", subject="Re: whatever")
    assert desk.rows("SELECT conversation_id, direction, text FROM part ORDER BY id") == [
        (1, "out", ""),
        (1, "in", "Where is it?"),
        (1, "out", "It is on its way: https://x.example/?a=1&b=2 <soon>"),
        (1, "in", "Thanks"),
    ]


async def test_the_second_answer_names_the_whole_thread(desk):
    desk.desk.reply_chat(1, say("One"))
    await desk.deliver()
    own = mailbox.address(desk.links, MAILBOX, "reply", desk.first)
    desk.receive(own, "Second", extra="References: <a@x.example> <Where@x.example>\r\n")
    desk.desk.reply_chat(1, say("Two"))
    letter = (await desk.deliver())[-1]
    assert letter["References"].split() == [
        "<a@x.example>",
        "<Where@x.example>",
        "<Secon@x.example>",
    ]


async def test_the_same_answer_asked_for_twice_leaves_once(desk):
    first = desk.desk.reply_chat(1, say("Yes", ref="r1"))
    again = desk.desk.reply_chat(1, say("Yes", ref="r1"))
    assert (first.changed, again.changed) == (1, 0)
    assert len(await desk.deliver()) == 1
    assert len(await desk.deliver()) == 1


async def test_an_answer_is_no_marketing_and_passes_an_unsubscribe(desk):
    desk.desk.unsubscribe(wire.UnsubscribeAsk("ann"))
    desk.desk.reply_chat(1, say("Yes"))
    assert len(await desk.deliver()) == 1


async def test_an_answer_to_a_suppressed_address_is_refused_by_the_gate_and_the_thread_says_so(
    desk,
):
    desk.desk.suppress(wire.SuppressAsk("ann@x.example"))
    desk.desk.reply_chat(1, say("Yes"))
    assert await desk.deliver() == []
    assert desk.desk.chat(1).parts[-1].state == "refused"


async def test_liquid_in_what_somebody_writes_is_not_run(desk):
    own = mailbox.address(desk.links, MAILBOX, "reply", desk.first)
    desk.receive(own, "{{ person.email }}{% for i in (1..9999999) %}x{% endfor %}")
    desk.desk.reply_chat(1, say("{{ person.email }}"))
    (letter,) = await desk.deliver()
    text = letter.get_body(("plain",)).get_content()
    assert text.count("{{ person.email }}") == 2


async def test_nothing_that_is_said_begins_a_header(desk):
    desk.receive(
        mailbox.address(desk.links, MAILBOX, "reply", desk.first),
        "x",
        subject="=?utf-8?Q?a=0D=0ABcc:_e@x?=",
    )
    desk.desk.reply_chat(1, say("a\r\nBcc: evil@x.example", operator="Kim"))
    (letter,) = await desk.deliver()
    assert letter["Bcc"] is None


def test_an_answer_to_somebody_without_an_address_is_refused_at_once(desk):
    with desk.db.write() as tx:
        tx.execute("UPDATE person SET email = NULL")
    with pytest.raises(Conflict, match="no email address"):
        desk.desk.reply_chat(1, say("Yes"))


@pytest.mark.parametrize(
    "ask", [say(" "), say("x" * 70_000), say("x", operator="a\x1bb"), say("x", ref="r" * 200)]
)
def test_what_is_too_long_or_empty_is_refused(desk, ask):
    with pytest.raises(BadInput):
        desk.desk.reply_chat(1, ask)


def test_a_note_is_not_sent_and_not_quoted(desk):
    desk.desk.note_chat(1, say("A difficult one", ref="n"))
    assert desk.desk.note_chat(1, say("A difficult one", ref="n")).changed == 0
    assert desk.rows("SELECT count(*) FROM message") == [(1,)]
    desk.desk.reply_chat(1, say("Yes"))
    assert "difficult" not in desk.rows("SELECT letter FROM part WHERE letter IS NOT NULL")[0][0]


def test_a_conversation_is_given_away_rests_and_is_closed(desk):
    desk.desk.give_chat(1, wire.GiveAsk("Kim"))
    assert [each.id for each in desk.desk.chats(operator="Kim").items] == [1]
    assert desk.desk.chats(operator="-").items == []
    desk.desk.snooze_chat(1, wire.SnoozeAsk(desk.now + 3_600_000))
    assert desk.desk.chat(1).chat.state == "snoozed"
    assert desk.desk.chats("open").items == []
    desk.later("1h")
    assert desk.desk.chat(1).chat.state == "open"
    assert len(desk.desk.chats("open").items) == 1
    desk.desk.close_chat(1)
    assert desk.desk.close_chat(1).changed == 0
    assert len(desk.desk.chats("closed").items) == 1


@pytest.mark.parametrize("until", [0, 1, 10**16])
def test_nobody_rests_in_the_past_or_for_ever(desk, until):
    with pytest.raises(BadInput):
        desk.desk.snooze_chat(1, wire.SnoozeAsk(until))


def test_an_answer_wakes_what_rests(desk):
    desk.desk.snooze_chat(1, wire.SnoozeAsk(desk.now + 3_600_000))
    desk.receive(mailbox.address(desk.links, MAILBOX, "reply", desk.first), "Hello?")
    assert desk.desk.chat(1).chat.state == "open"


def test_pages_of_conversations_join_up(desk):
    own = mailbox.address(desk.links, MAILBOX, "reply", desk.first)
    with desk.db.write() as tx:
        tx.execute("DELETE FROM part")
    for number in range(5):
        with desk.db.write() as tx:
            tx.execute("DELETE FROM part WHERE message_id IS NOT NULL")
        desk.receive(own, f"text {number}", subject=f"subject {number}")
    whole = [each.id for each in desk.desk.chats(limit=50).items]
    pages, after = [], ""
    while True:
        page = desk.desk.chats(after=after, limit=2)
        pages += [each.id for each in page.items]
        if page.next is None:
            break
        after = page.next
    assert pages == whole
    assert len(whole) == 6
    with pytest.raises(BadInput):
        desk.desk.chats(after="x")
    with pytest.raises(BadInput):
        desk.desk.chats("asleep")


def test_what_is_not_there_is_said(desk):
    for act in (
        lambda: desk.desk.chat(9),
        lambda: desk.desk.reply_chat(9, say("x")),
        lambda: desk.desk.unmatched_letter(9),
        lambda: desk.desk.mail_file(9),
    ):
        with pytest.raises(NotFound):
            act()


def test_unmatched_mail_is_listed_with_a_guess_and_filed_by_an_operator(desk):
    desk.receive("hello@shop.example", "Who are you?", subject="Question")
    page = desk.desk.unmatched_mail()
    (mail,) = page.items
    assert (mail.sender, mail.guess_id, mail.guess, page.counts) == (
        "ann@x.example",
        desk.ann,
        "Ann",
        {"reply": 1},
    )
    assert desk.desk.unmatched_letter(mail.id).text == "Who are you?"
    desk.desk.assign_mail(mail.id, wire.MailAsk("ann"))
    assert desk.desk.unmatched_mail().items == []
    chat = desk.desk.chats().items[0]
    assert (chat.subject, chat.last, chat.waits) == ("Question", "Who are you?", True)
    with pytest.raises(NotFound):
        desk.desk.assign_mail(mail.id, wire.MailAsk("ann"))


def test_dropped_mail_keeps_nothing_and_does_not_come_back(desk):
    desk.receive("hello@shop.example", "Buy!", subject="Spam")
    desk.desk.drop_mail(desk.desk.unmatched_mail().items[0].id)
    desk.receive("hello@shop.example", "Buy!", subject="Spam")
    assert desk.desk.unmatched_mail().items == []
    assert desk.rows("SELECT sender, subject, text FROM mail ORDER BY id DESC LIMIT 1") == [
        ("", "", "")
    ]


def test_a_report_of_a_server_is_nobodys_letter(desk):
    desk.journal.append_sync(
        [
            Request(
                desk.now,
                "mailbox",
                MAIL,
                "",
                b"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: a@b.example\n"
                b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
                b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; q@x.example\nAction: failed\nStatus: 5.1.1\n--b--\n",
            )
        ]
    )
    desk.digest()
    (mail,) = desk.desk.unmatched_mail("bounce").items
    assert mail.detail == "q@x.example 5.1.1"
    with pytest.raises(Conflict, match="mautod mail unmatched drop"):
        desk.desk.assign_mail(mail.id, wire.MailAsk("ann"))


def test_a_conversation_says_since_when_its_person_waits(desk):
    asked = desk.now
    assert desk.desk.chat(1).chat.since == asked
    desk.now += 60_000
    desk.desk.note_chat(1, say("She asked before"))
    assert desk.desk.chat(1).chat.since == asked
    desk.desk.reply_chat(1, say("It is on its way"))
    assert desk.desk.chat(1).chat.since is None


def test_what_changes_in_a_conversation_is_seen_once_each_time(desk):
    beside = Database(desk.db.path).open()  # commits are noticed from another connection
    watch = Watch(beside, clock=lambda: desk.now)
    watch.look()
    acts = (
        lambda: desk.desk.give_chat(1, wire.GiveAsk("Kim")),
        lambda: desk.desk.note_chat(1, say("Hm")),
        lambda: desk.desk.close_chat(1),
    )
    for act in acts:
        act()
        told = [each.body for each in watch.look() if each.topic == "chats"]
        assert told == [desk.desk.chat(1).chat]
    assert not [each for each in watch.look() if each.topic == "chats"]
    beside.close()
