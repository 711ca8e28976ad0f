"""A digest that reads mail, with Ann and message 7 that she was sent."""

from __future__ import annotations

from digest_kit import NOW, Mill, identify
from letters_kit import LINKS

from mautod.core.envelope import MAIL, Request
from mautod.services.mail.arrive import Postman
from mautod.store.mail.vault import Vault


class Mailroom(Mill):
    """Letters in at the top, what they mean out at the bottom."""

    def __init__(self, folder):
        self.vault = Vault(folder / "attachments")
        super().__init__(folder)
        self.play(identify(email="ann@x.example", name="Ann"))
        self.ann = self.one("SELECT id FROM person")
        self.chain(
            "cart",
            'name = "Cart"\ntopic = "offers"\n[enter]\nevent = "X"\n[[step]]\nsend = "cart-1"\n',
        )
        with self.db.write() as tx:
            tx.execute(
                "INSERT INTO message (id, chain_id, definition_id, step, key, person_id, channel,"
                " template, topic, state, queued_at, due_at, sending_at, address) VALUES"
                " (7, 1, 1, 'first', '', ?, 'email', 'cart-1', 'offers', 'sent', ?, ?, ?, ?)",
                (self.ann, NOW, NOW, NOW, "ann@x.example"),
            )

    def new_digest(self):
        digest = super().new_digest()
        digest._postman = Postman(LINKS, self.vault)
        return digest

    def receive(self, *letters: bytes) -> None:
        self.journal.append_sync([Request(self.now, "mailbox", MAIL, "", each) for each in letters])
        self.drain()

    def events(self, name: str) -> list[str]:
        return self.rows(
            "SELECT e.props FROM event e JOIN event_name n ON n.id = e.name_id WHERE n.name = ?"
            " ORDER BY e.id",
            name,
        )

    def mails(self) -> list[tuple]:
        return self.rows("SELECT kind, state, person_id, message_id FROM mail ORDER BY id")
