from __future__ import annotations

from decimal import Decimal

import pytest
from office_kit import CART, START, Office

from mautod import wire
from mautod.core.segments import Segment
from mautod.errors import BadInput, Conflict, NotFound, RuleError, TooLarge
from mautod.store import catalog
from mautod.store.segments import membership as segments

HOUR = 3_600_000


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def letter(office):
    """Somebody left a cart an hour ago: message 1 of the chain is queued."""
    office.chain().know("u1", email="anna@example.com", name="Anna")
    office.did("u1", "Product Added", name="Oslo", price=12999).advance()
    office.later("1h").advance()
    return office


def test_an_empty_workspace_says_so_everywhere(office):
    status = office.desk.status()
    assert (status.people, status.events, status.rejected, status.journal.pending) == (0, 0, 0, 0)
    assert (status.name, status.currency, status.messages) == ("Oslo sofas", "RUB", {})
    assert office.desk.people().items == []
    assert office.desk.live().visitors == []
    assert office.desk.chains().items == []
    assert office.desk.goals().rows == []


def test_the_status_counts_what_waits_for_the_digest_and_what_was_digested(office):
    office.desk.send(wire.NewEvents([wire.NewEvent("Signed Up", user_id="u1")]))
    assert office.desk.status().journal.pending == 1
    office.digest()
    status = office.desk.status()
    assert (status.journal.pending, status.people, status.events) == (0, 1, 1)
    assert office.desk.count("Signed Up") == wire.Count("Signed Up", 1)
    assert office.desk.count("Never Seen").count == 0


def test_the_same_message_id_sent_twice_counts_once(office):
    event = wire.NewEvent("Signed Up", user_id="u1", message_id="m1")
    for _ in range(2):
        assert office.desk.send(wire.NewEvents([event])).message_ids == ["m1"]
    assert office.digest().desk.count("Signed Up").count == 1


@pytest.mark.parametrize(
    "event",
    [
        wire.NewEvent("Signed Up"),
        wire.NewEvent("Segment Entered", user_id="u1"),
        wire.NewEvent("x" * 300, user_id="u1"),
        wire.NewEvent("Signed Up", user_id="u1", traits={"name": "Anna"}),
        wire.NewEvent("Signed Up", user_id="u1", timestamp=10**17),
        wire.NewEvent(user_id="u1", properties={"price": 1}),
    ],
    ids=["nobody", "our own name", "long name", "traits of an event", "no instant", "no name"],
)
def test_an_event_that_makes_no_sense_is_refused_at_once_and_nothing_is_kept(office, event):
    good = wire.NewEvent("Signed Up", user_id="u1")
    with pytest.raises(BadInput):
        office.desk.send(wire.NewEvents([good, event]))
    assert office.desk.status().journal.pending == 0


def test_more_events_than_a_batch_holds_are_refused(office):
    with pytest.raises(TooLarge):
        office.desk.send(wire.NewEvents([wire.NewEvent("A", user_id="u1")] * 2501))


def test_events_come_newest_first_page_by_page_without_gap_or_repeat(office):
    for number in range(7):
        office.later("1s").did(f"u{number % 2}", "Pinged", number=number)
    seen, after = [], None
    while True:
        page = office.desk.events(name="Pinged", after=after, limit=3)
        seen += [each.props["number"] for each in page.items]
        after = page.next
        if after is None:
            break
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    anna = office.desk.person("u0").person.id
    assert [e.props["number"] for e in office.desk.events(person=anna).items] == [6, 4, 2, 0]
    assert [n.name for n in office.desk.event_names().items] == ["Pinged"]


def test_a_late_event_stands_where_it_happened(office):
    office.later("1h").did("u1", "Pinged", late=False)
    past = wire.NewEvent("Pinged", user_id="u1", timestamp=START, properties={"late": True})
    office.desk.send(wire.NewEvents([past]))
    office.digest()
    assert [e.props["late"] for e in office.desk.events(name="Pinged").items] == [False, True]


def test_people_are_found_by_a_rule_and_by_words(office):
    anna = office.know("u1", email="Anna@Example.com", name="Анна Петрова")
    boris = office.know("u2", name="Boris")
    page = office.desk.people("email is known")
    assert ([p.id for p in page.items], page.rule) == ([anna], "email is known")
    for words in ("анна", "example.COM", "u1"):
        assert [p.id for p in office.desk.people(words).items] == [anna]
    assert [p.id for p in office.desk.people().items] == [boris, anna]
    assert office.desk.people("zoe").items == []


def test_pages_of_people_join_up_in_both_orders(office):
    ids = [office.know(f"u{number}", email=f"{number}@example.com") for number in range(5)]
    for query, order in (("", ids[::-1]), ("email is known", ids)):
        first = office.desk.people(query, limit=3)
        second = office.desk.people(query, after=first.next, limit=3)
        assert [p.id for p in [*first.items, *second.items]] == order
        assert second.next is None


def test_a_rule_with_a_mistake_is_an_error_with_its_place_and_not_a_search_for_words(office):
    with pytest.raises(RuleError) as caught:
        office.desk.people('did "Signed Up" inn 3d')
    assert (caught.value.line, caught.value.column) == (1, 17)


def test_a_preview_counts_everybody_shows_some_and_doubts_unknown_names(office):
    for number in range(5):
        office.know(f"u{number}", email=f"{number}@example.com")
    found = office.desk.preview(wire.PreviewAsk('email is known and not did "Buyed"', 2))
    assert (found.count, len(found.sample)) == (5, 2)
    assert "Buyed" in found.warnings[0]


def test_a_card_tells_everything_about_a_person(letter):
    letter.segment("carts", 'did "Product Added"')
    card = letter.desk.person("anna@example.com")
    assert card.person.label == "Anna"
    assert {(i.kind, i.value) for i in card.identities} >= {("user", "u1")}
    assert card.shop["cart_items"] == ["Oslo"]
    assert [s.key for s in card.segments] == ["carts"]
    assert [(r.chain, r.title) for r in card.runs] == [
        ("abandoned-cart", "await Message Clicked for 1d")
    ]
    assert [m.template for m in card.messages] == ["cart-1"]
    assert card.timeline[-1].name in {"Product Added", "Email Changed", "Name Changed"}
    assert card.events == len(card.timeline)


def test_an_absorbed_person_is_found_under_the_old_id_too(office):
    office.visit("visitor-1", path="/sofas")
    old = office.desk.person("visitor-1").person.id
    office.know("u1", email="anna@example.com")
    both = wire.NewEvent("Signed In", user_id="u1", anonymous_id="visitor-1")
    office.desk.send(wire.NewEvents([both]))
    office.digest()
    card = office.desk.person("u1")
    absorbed = {old, card.person.id} - {card.person.id}
    assert card.merged_from == sorted(absorbed)
    for number in absorbed:
        found = office.desk.person(str(number))
        assert (found.person.id, found.asked_id) == (card.person.id, number)
    assert office.desk.status().people == 1


def test_nobody_and_several_people_are_told_apart(office):
    with pytest.raises(NotFound):
        office.desk.person("9" * 40)
    for user in ("u1", "u2"):
        with office.db.write() as tx:
            tx.execute(
                "INSERT INTO person (created_at, email, user_id) VALUES (?, 'a@example.com', ?)",
                (office.now, user),
            )
    with pytest.raises(Conflict, match="1, 2"):
        office.desk.person("a@example.com")


def test_who_is_on_the_site_is_shown_with_page_and_source_until_they_are_gone(office):
    page = {
        "page": {
            "path": "/sofas",
            "referrer": "https://www.yandex.ru/search",
            "url": "https://shop.example/sofas",
        }
    }
    office.visit("visitor-1", context=page)
    office.later("2m").visit("visitor-1", context={"page": {"path": "/cart"}})
    live = office.desk.live()
    assert [(v.page, v.source, v.minutes) for v in live.visitors] == [("/cart", "yandex.ru", 2)]
    assert (live.online, len(live.minutes)) == (1, 60)
    assert live.minutes[-3] == 2  # the view and Session Started
    assert live.events[0].name == "Page Viewed"
    assert office.later("6m").desk.live().visitors == []


def test_a_campaign_names_its_source_before_the_referrer(office):
    context = {"page": {"path": "/", "url": "https://shop.example/?utm_source=ads&utm_medium=cpc"}}
    office.visit("visitor-1", context=context)
    assert office.desk.live().visitors[0].source == "ads cpc"


def test_a_segment_lists_its_people_with_since(office):
    ids = [office.know(f"u{number}", email=f"{number}@example.com") for number in range(3)]
    office.segment("known", "email is known")
    assert [(s.key, s.size) for s in office.desk.segments().items] == [("known", 3)]
    first = office.desk.segment("known", limit=2)
    second = office.desk.segment("known", after=first.next)
    assert [m.person.id for m in [*first.items, *second.items]] == ids
    assert first.items[0].since == office.now
    with pytest.raises(NotFound):
        office.desk.segment("unknown")


def test_a_chain_shows_step_by_step_what_it_came_to(letter):
    letter.settle(1, "sent", opened_at=START, clicked_at=START).earn(1, 1, 129_990_000)
    chain = letter.desk.chain("abandoned-cart")
    assert (chain.entered, chain.active, chain.sent, chain.opened, chain.clicked, chain.goals) == (
        1,
        1,
        1,
        1,
        1,
        1,
    )
    assert chain.money == [wire.Money(Decimal("12999.00"), "RUB")]
    assert chain.enter == "event Product Added when email is known, again per 7d"
    first = next(step for step in chain.steps if step.id == "first")
    assert (first.title, first.template, first.sent, first.goals) == ("send cart-1", "cart-1", 1, 1)
    waiting = chain.steps[2]
    assert (waiting.here, waiting.arrows) == (1, {"then": "4", "else": "second"})
    assert chain.steps[-1].arrows == {"": ""}
    assert letter.desk.chains().items[0].steps == []


def test_a_run_keeps_the_words_of_the_version_that_it_follows(letter):
    letter.chain(CART.replace('for = "1d"', 'for = "9d"'))
    assert letter.desk.runs().items[0].title == "await Message Clicked for 1d"
    assert letter.desk.chain("abandoned-cart").steps[2].title == "await Message Clicked for 9d"


def test_amounts_of_different_currencies_are_never_added(letter):
    letter.settle(1, "sent").earn(1, 1, 15_000).earn(1, 2, 20_000, "USD").earn(1, 3, 5_001)
    money = [wire.Money(Decimal("2.0001"), "RUB"), wire.Money(Decimal("2.00"), "USD")]
    report = letter.desk.goals("abandoned-cart")
    assert (report.goals, report.money, report.rows[0].people) == (3, money, 1)
    assert letter.desk.message(1).money == money
    assert letter.desk.person("u1").earned == money
    assert letter.desk.goals(until=letter.now).goals == 0
    assert letter.later("1s").desk.goals(since=letter.now).rows == []
    with pytest.raises(NotFound):
        letter.desk.goals("unknown")


def test_a_paused_chain_stays_paused_until_it_is_resumed(letter):
    assert letter.desk.pause("abandoned-cart").changed == 1
    assert letter.desk.pause("abandoned-cart").changed == 0
    assert letter.desk.chain("abandoned-cart").state == "paused"
    assert letter.desk.resume("abandoned-cart").changed == 1
    assert letter.desk.chains().items[0].state == "running"
    with pytest.raises(NotFound, match="Known: abandoned-cart"):
        letter.desk.pause("abandoned")


def test_a_chain_that_was_taken_away_cannot_be_resumed(letter):
    with letter.db.write() as tx:
        catalog.retire(tx, "chain", "abandoned-cart")
        catalog.stop_chain(tx, "abandoned-cart", letter.now)
    with pytest.raises(Conflict, match="mautod apply"):
        letter.desk.resume("abandoned-cart")


def test_messages_are_found_by_state_reason_chain_and_person(letter):
    letter.settle(1, "refused", "unsubscribed")
    person = letter.desk.person("u1").person.id
    for query in (
        {"state": "refused"},
        {"reason": "unsubscribed"},
        {"chain": "abandoned-cart"},
        {"person": person},
        {"state": "refused", "reason": "unsubscribed", "chain": "abandoned-cart", "person": person},
    ):
        assert [m.id for m in letter.desk.messages(**query).items] == [1], query
    assert letter.desk.messages(state="sent").items == []
    assert letter.desk.status().reasons == {"unsubscribed": 1}
    with pytest.raises(BadInput, match="queued"):
        letter.desk.messages(state="lost")


def test_a_message_shows_every_decision_about_it(letter):
    letter.settle(1, "refused", "cap")
    found = letter.desk.message(1)
    assert [(d.verdict, d.reason, d.evidence) for d in found.decisions] == [
        ("refuse", "cap", {"sent": 2})
    ]
    with pytest.raises(NotFound):
        letter.desk.message(2)


def test_why_is_answered_for_a_person_by_any_name(letter):
    assert letter.desk.why("u1", "cart-1").runs[0].message.id == 1
    assert "No chain" in letter.desk.why("u1", "unheard-of").text


def test_why_takes_the_name_of_a_chain_where_no_template_is_called_so(letter):
    about = letter.desk.why("u1", "abandoned-cart")
    assert (about.chain, about.template) == ("abandoned-cart", "")
    assert about == letter.desk.why("u1", chain="abandoned-cart")
    with pytest.raises(BadInput):
        letter.desk.why("u1")
    with pytest.raises(NotFound):
        letter.desk.why("u1", chain="cart-1")


def test_an_unsubscribe_is_on_the_card_and_said_once(letter):
    ask = wire.UnsubscribeAsk("anna@example.com", topic="offers")
    assert letter.desk.unsubscribe(ask) == wire.Done(
        1, "anna@example.com is unsubscribed from offers on every channel."
    )
    assert letter.desk.unsubscribe(ask).changed == 0
    consent = letter.digest().desk.person("u1").consent
    assert [(c.topic, c.channel, c.state) for c in consent] == [("offers", "*", "unsubscribed")]
    assert letter.desk.count("Unsubscribed").count == 1


def test_an_address_that_nobody_has_yet_can_be_unsubscribed(office):
    assert office.desk.unsubscribe(wire.UnsubscribeAsk("new@example.com")).changed == 1
    with pytest.raises(NotFound):
        office.desk.unsubscribe(wire.UnsubscribeAsk("u404"))


def test_a_suppressed_address_is_listed_and_shown_on_the_card(letter):
    ask = wire.SuppressAsk("Anna@example.com", reason="complaint")
    assert [letter.desk.suppress(ask).changed for _ in range(2)] == [1, 0]
    assert letter.desk.suppressions().items[0].reason == "complaint"
    assert letter.desk.person("u1").suppressed == {"email": "complaint"}
    with pytest.raises(BadInput):
        letter.desk.suppress(wire.SuppressAsk(" "))


def test_what_was_set_aside_is_listed_page_by_page(office):
    with office.db.write() as tx:
        tx.executemany(
            "INSERT INTO rejected (at, kind, reason) VALUES (?, 'event', ?)",
            [(START, str(number)) for number in range(5)],
        )
    first = office.desk.problems(limit=3)
    second = office.desk.problems(after=first.next, limit=3)
    assert [p.reason for p in [*first.items, *second.items]] == ["4", "3", "2", "1", "0"]
    assert (first.total, second.next) == (5, None)


@pytest.mark.parametrize("query", ["email is knwon", "did Signup", "not vip", 'name = "', "a and"])
def test_what_looks_like_a_rule_is_never_taken_for_words(office, query):
    with pytest.raises(RuleError):
        office.desk.people(query)


def test_the_card_names_the_furthest_stage(office):
    with office.db.write() as tx:
        for number, key in enumerate(("seen", "buyer"), start=1):
            rule = "first_seen is known or user_id is known" if number == 1 else 'did "Paid"'
            segments.put(tx, Segment(key, key, rule, stage=number))
        catalog.bump(tx)
    office.know("u1")
    assert office.desk.person("u1").stage == "seen"
    office.did("u1", "Paid")
    assert office.desk.person("u1").stage == "buyer"
