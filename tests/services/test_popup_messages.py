"""Pop-ups that chains send: wait for their reader, are offered through the gate, count once."""

from __future__ import annotations

import pytest
from digest_kit import Mill
from mail_kit import Shop

from mautod.channels.popup import Popup, PopupConfig
from mautod.channels.port import Net
from mautod.core.files.popup_file import whole
from mautod.core.sending.links import Links
from mautod.duration import DAY, HOUR, MINUTE
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.consent import FromPerson, unsubscribe
from mautod.services.delivery.deliver import Deliver
from mautod.services.site.popups import Popups, Visitor
from mautod.services.site.waiting import House, Waiting
from mautod.store import catalog

LINKS = Links("secret", "https://m.example")
FILE = (
    'name = "Cart"\nby = "chain"\nkind = "modal"\n[[step]]\n'
    'title = "{{ person.name }}, your {{ event.name }} waits"\nbutton = "Look"\nlink = "/cart"\n'
)
CHAIN = """
name = "Cart"
topic = "offers"
channel = "popup"
enter = { event = "Product Added" }
expires = "7d"
[[step]]
id = "first"
send = "cart-popup"
"""


class Place:
    """A site with a chain that sends pop-ups, and a visitor "a1" called Ann."""

    def __init__(self, folder):
        self.mill = Mill(folder)
        self.shop = Shop(self.mill.db)
        self.shop.clock.now = self.mill.now
        net = Net(folder, "Shop", "https://shop.example", clock=lambda: self.mill.now)
        self.channel = Popup(PopupConfig(), net)
        self.popups = Popups("UTC", "en")
        self.waiting = Waiting(
            self.mill.db, House(self.channel, LINKS, Terms(), {"name": "Shop"}), self.popups
        )
        with self.mill.db.write() as tx:
            catalog.put(tx, "popup", "cart-popup", "popups/cart-popup.toml", whole(FILE, {}, {}), 1)
            catalog.bump(tx)
        self.shop.apply(CHAIN)
        self.tell("identify", traits={"name": "Ann"})
        self.ann = self.mill.one("SELECT id FROM person")

    def tell(self, kind: str, who: str = "a1", **event) -> None:
        self.mill.play({"type": kind, "anonymousId": who, **event})

    def message(self, **columns) -> int:
        told = {"channel": "popup", "template": "cart-popup", "expires_at": self.now + 7 * DAY}
        return self.shop.message(self.ann, **{**told, **columns})

    @property
    def now(self) -> int:
        return self.mill.now

    def later(self, ms: int) -> None:
        self.mill.now += ms
        self.shop.clock.now = self.mill.now

    def offered(self, who: str = "a1") -> list[dict]:
        return self.waiting.of(Visitor(who, url="https://shop.example/"), self.now)

    def shown(self, message: int, name: str = "Popup Shown", who: str = "a1", **props) -> None:
        self.tell(
            "track",
            who,
            event=name,
            properties={"popup": "cart-popup", "message": message, **props},
        )

    def pump(self) -> Deliver:
        return Deliver(self.mill.db, self.channel, LINKS, Terms(), "worker", lambda: self.now)

    def state(self, message: int) -> str:
        return self.shop.state(message)[0]

    def said(self, name: str) -> int:
        return sum(1 for _, each in self.mill.history() if each == name)


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.mill.close()


def test_a_message_waits_until_its_reader_is_on_the_site_and_is_filled_for_them(place):
    event = place.shop.event(place.ann, "Product Added", name="Sofa")
    message = place.message(run_id=place.shop.run(place.ann, entry_event=event))
    (offer,) = place.offered()
    assert offer["message"] == message
    assert offer["kind"] == "modal"
    assert offer["steps"][0]["title"] == "Ann, your Sofa waits"
    assert place.state(message) == "sending"


def test_what_was_shown_is_sent_once_however_often_it_is_told(place):
    message = place.message()
    place.offered()
    place.shown(message)
    place.shown(message)
    assert place.state(message) == "sent"
    assert place.offered() == []
    assert place.said("Message Sent") == place.said("Message Opened") == 1


def test_following_it_counts_as_a_click(place):
    message = place.message()
    place.offered()
    place.shown(message)
    place.shown(message, "Popup Clicked", url="/cart")
    place.shown(message, "Popup Submitted")
    assert place.said("Message Clicked") == 1
    assert place.mill.one("SELECT clicked_at IS NOT NULL FROM message WHERE id = ?", message) == 1


def test_a_stranger_settles_nothing(place):
    message = place.message()
    place.offered()
    place.shown(message, who="b2")
    for odd in (True, -1, 2**70, "1", None):
        place.shown(odd)
    assert place.state(message) == "sending"


def test_a_page_that_showed_nothing_is_offered_it_again_and_the_gate_is_asked_again(place):
    message = place.message()
    assert place.offered()
    assert place.offered()[0]["message"] == message
    assert place.shop.decisions(message)[-1][0] == "pass"
    assert len(place.shop.decisions(message)) == 1
    unsubscribe(place.mill.db, FromPerson(place.ann), place.now, topic="offers", source="link")
    assert place.offered() == []
    assert place.shop.state(message) == ("refused", "unsubscribed")


def test_another_browser_of_the_person_waits_half_an_hour(place):
    place.message()
    with place.mill.db.write() as tx:
        tx.execute("INSERT INTO identity VALUES ('anonymous', 'a2', ?, 1)", (place.ann,))
    assert place.offered()
    assert place.offered("a2") == []
    place.later(30 * MINUTE)
    assert place.offered("a2")
    assert place.offered() == []


async def test_the_worker_puts_it_off_until_the_visit_and_ends_it(place):
    message = place.message()
    pump = place.pump()
    assert await pump.batch() == 1
    assert place.state(message) == "queued"
    assert place.shop.decisions(message)[-1][1] == "visit"
    assert await pump.batch() == 0
    place.later(6 * DAY)
    assert place.offered()
    place.later(DAY)
    while await pump.batch():
        pass
    assert place.state(message) == "expired"
    assert place.offered() == []


async def test_a_worker_that_starts_leaves_alone_what_is_offered(place):
    message = place.message()
    place.offered()
    assert place.pump().recover(alone=True) == 0
    assert place.state(message) == "sending"
    place.later(HOUR)
    assert place.pump().next_due() <= place.now
    assert place.pump().recover(alone=True) == 1
    assert place.shop.one("SELECT state, attempt FROM message") == ("queued", 0)


def test_a_template_alone_is_shown_in_a_corner(place):
    with place.mill.db.write() as tx:
        letter = (
            "---\nsubject: Hi\ntopic: offers\n---\n<p>x {{ unsubscribe_url }}</p>\n--- popup\n"
            "title: For {{ person.name }}\nurl: https://shop.example/x\n{{ event.note }}\n"
        )
        catalog.put(tx, "template", "alone", "templates/alone.liquid", letter, 1)
        catalog.bump(tx)
    event = place.shop.event(place.ann, "Product Added", note="{{ person.name }}<b>")
    place.message(template="alone", run_id=place.shop.run(place.ann, entry_event=event))
    (offer,) = place.offered()
    assert offer["kind"] == "corner"
    assert offer["steps"][0]["title"] == "For Ann"
    assert offer["steps"][0]["text"] == "{{ person.name }}<b>"
    assert offer["steps"][0]["link"] == "https://shop.example/x"


def test_nobody_else_is_offered_it(place):
    place.message()
    place.tell("identify", "b2", traits={"name": "Bob"})
    assert place.offered("b2") == []
    assert place.offered("unknown") == []
