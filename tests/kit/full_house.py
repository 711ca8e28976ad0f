"""A workspace with something of Anna in every table, and Boris beside her."""

from __future__ import annotations

import msgspec
from office_kit import Office
from scores_oracle import define

from mautod import wire
from mautod.channels.email.maildir import Maildir
from mautod.core.chains.run import WEBHOOK
from mautod.core.envelope import MAIL, Request
from mautod.core.rules.parser import parse
from mautod.core.scoring import Score, While
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links
from mautod.core.sending.message import Letter
from mautod.store import catalog, state
from mautod.store.chains import calls, codes
from mautod.store.chains.calls import Asked
from mautod.store.state import Aside


def fill(office: Office) -> int:
    """Anna and Boris, in every table that there is; Anna's id."""
    office.chain().segment("known", "email is known").segment("west", "quarter is known")
    with office.db.write() as tx:
        define(tx, Score("lead", "Lead", (While(parse("email is known"), 5),)))
        catalog.bump(tx)
    office.visit("browser-anna", "Product Added", name="Sofa for Anna-Lisa")
    office.know("user-boris", email="boris@example.com", name="Boris")
    anna = office.know(
        "user-anna",
        email="Anna@example.com",
        name="Anna-Lisa",
        phone="+4790000001",
        quarter="Grünerløkka",
    )
    both = {
        "type": "track",
        "event": "Signed In",
        "userId": "user-anna",
        "anonymousId": "browser-anna",
        "messageId": "x",
    }
    boris = {"type": "track", "event": "Signed In", "userId": "user-boris", "messageId": "y"}
    post(office, both, boris)
    office.digest().did("user-anna", "Product Added", name="Oslo", price=12999).advance()
    office.later("1h").advance()
    office.settle(1, "sent", address="anna@example.com", ref="r-anna@example.com").earn(
        1, 1, 129_990_000
    )
    office.desk.unsubscribe(wire.UnsubscribeAsk("user-anna", topic="offers"))
    office.desk.suppress(wire.SuppressAsk("anna@example.com", reason="complaint"))
    with office.db.write() as tx:
        state.set_aside(
            tx, office.now, [Aside("event", "nonsense", body='{"mail": "Anna@Example.com"}')]
        )
        codes.make(tx, "spring", "SPRING-ANNA", anna, office.now)
        calls.put(tx, [Asked(1, 1, 1, anna, "crm", WEBHOOK, office.now)], office.now)
    office.desk.create_segment(wire.CreateAsk("friends", "Friends"))
    office.desk.list_people("friends", wire.ListAsk(add=["user-anna", "user-boris"]))
    office.digest()
    answered(office, "Anna@example.com")
    office.desk.save_search(wire.SaveAsk("hers", 'email = "anna@example.com"'))
    letter(office, "Anna@example.com")
    letter(office, "boris@example.com")
    return anna


def letter(office: Office, address: str) -> None:
    box = Maildir(office.folder / "outbox", lambda: office.now)
    box._write(
        Letter(1, address, "shop@example.com", b"Hello Anna-Lisa" if "nna" in address else b"Hello")
    )


def answered(office: Office, address: str) -> None:
    """An answer to message 1 with a file, and a word of an operator's."""
    links = Links(office.settings.secrets.get("MAUTOD_SECRET"), "http://127.0.0.1:8484")
    to = mailbox.address(links, "in@shop.example", "reply", 1)
    office.journal.append_sync(
        [
            Request(
                office.now,
                "mailbox",
                MAIL,
                "",
                f"To: {to}\nFrom: {address}\nSubject: For Anna-Lisa\n"
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nI am Anna-Lisa\n--b\n"
                "Content-Disposition: attachment; filename=Anna-Lisa.txt\n\nAnna-Lisa\n--b--\n".encode(),
            )
        ]
    )
    office.digest()
    office.desk.reply_chat(1, wire.SayAsk("Dear Anna-Lisa", ref="r"))


def post(office: Office, *items: dict) -> None:
    body = msgspec.json.encode({"batch": list(items)})
    office.journal.append_sync([Request(office.now, "site", "batch", "", body)])
