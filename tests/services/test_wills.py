"""In any order of yes, no, pause, merge, import and click: no message leaves past a no."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from consent_kit import ledger, letters, states, topical_shop
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_kit import NOON

from mautod.core.people.identity import Merge
from mautod.core.rules.tree import Subscribed
from mautod.core.sending.consent import ALL, NO_PROOF
from mautod.core.sending.gate import Pass, Postpone, Refuse
from mautod.core.sending.pace import pace_of
from mautod.duration import DAY
from mautod.errors import BadInput, NotFound
from mautod.services.definitions.templates import Templates
from mautod.services.delivery.admit import Gatekeeper
from mautod.services.delivery.consent import FromMessage, suppress, unsubscribe
from mautod.services.delivery.optin import MOST_LETTERS, Wish, confirm, subscribe
from mautod.services.delivery.policies import Policies
from mautod.store.db import Tx
from mautod.store.delivery import consent, messages, preferences
from mautod.store.people import imports, merges
from mautod.store.rules.explain import holds
from mautod.store.rules.predicate import compile_rule

TOPICS = ("offers", "club", "magazine")


@pytest.fixture
def shop(tmp_path):
    shop = topical_shop(tmp_path)
    yield shop
    shop.db.close()


@pytest.fixture
def ann(shop):
    return shop.person()


def ask(shop, person, *topics, **more):
    return subscribe(shop.db, person, Wish(topics, "form", **more), shop.clock())


def test_a_yes_is_recorded_once_and_told_once(shop, ann):
    assert ask(shop, ann, "news", "club").subscribed == ("news", "club")
    assert ask(shop, ann, "club").already == ("club",)
    assert ledger(shop, ann) == [("news", "subscribed", "form"), ("club", "subscribed", "form")]
    assert [name for name, _ in shop.notes()] == ["Subscribed", "Subscribed"]


def test_a_form_lifts_a_no_of_the_address_only_by_a_click_in_the_mailbox(shop, ann):
    """Anybody may type an address that said no."""
    letter = shop.message(ann, state="sent", address="ann@x.example")
    unsubscribe(shop.db, FromMessage(letter), NOON, source="link")
    other = shop.person()
    answer = ask(shop, other, "offers")
    assert answer.waiting == ("offers",)
    assert states(shop, other) == {("offers", "*"): "pending"}
    confirm(shop.db, answer.letter, NO_PROOF, NOON + 1)
    assert states(shop, other) == {("offers", "*"): "subscribed"}
    assert states(shop, ann) == {("offers", "email"): "unsubscribed"}
    assert shop.all("SELECT topic, channel, state FROM optout ORDER BY 3") == [
        ("offers", "*", "subscribed"),
        ("offers", "email", "unsubscribed"),
    ]


def test_an_address_gets_three_letters_whoever_asks(shop, ann):
    people = [ann, shop.person("Ann@X.example"), shop.person("ann@x.example ")]
    for _ in range(3):
        for person in people:
            ask(shop, person, "magazine")
    assert len(letters(shop, "confirm")) == MOST_LETTERS
    shop.clock.now += 31 * DAY
    ask(shop, ann, "magazine")
    assert len(letters(shop, "confirm")) == MOST_LETTERS + 1


def test_a_request_after_a_no_leaves_the_no_until_the_click(shop, ann):
    letter = shop.message(ann, state="sent", address="ann@x.example", topic="magazine")
    unsubscribe(shop.db, FromMessage(letter), NOON, channel=ALL, source="link")
    answer = ask(shop, ann, "magazine")
    assert states(shop, ann) == {("magazine", "*"): "unsubscribed"}
    assert ledger(shop, ann)[-1] == ("magazine", "asked", "form")
    confirm(shop.db, answer.letter, NO_PROOF, NOON + 1)
    assert states(shop, ann) == {("magazine", "*"): "subscribed"}


def test_somebody_without_an_address_waits_and_no_letter_is_written(shop):
    person = shop.person(None)
    answer = ask(shop, person, "magazine")
    assert (answer.waiting, answer.letter) == (("magazine",), None)


def test_an_operators_word_may_stand_for_the_click(shop, ann):
    assert ask(shop, ann, "magazine", proven=True, confirmed=True).subscribed == ("magazine",)
    assert letters(shop, "confirm") == []


def test_who_or_what_is_not_there_is_said(shop, ann):
    with pytest.raises(BadInput, match="no topic 'nwes'"):
        ask(shop, ann, "nwes")
    with pytest.raises(NotFound):
        ask(shop, 99, "news")
    with pytest.raises(NotFound):
        confirm(shop.db, shop.message(ann, state="sent"), NO_PROOF, NOON)


def test_a_clock_that_is_set_back_lets_the_later_word_stand(shop, ann):
    ask(shop, ann, "club")
    shop.clock.now -= DAY
    letter = shop.message(ann, state="sent", address="ann@x.example", topic="club")
    unsubscribe(shop.db, FromMessage(letter), shop.clock(), channel=ALL, source="link")
    assert states(shop, ann) == {("club", "*"): "unsubscribed"}
    assert isinstance(gate(shop, ann, "club"), Refuse)
    ask(shop, ann, "club", proven=True)
    assert isinstance(gate(shop, ann, "club"), Pass)


def test_the_ledger_goes_with_a_merge_and_comes_back(shop, ann):
    bob = shop.person("bob@x.example")
    ask(shop, ann, "club")
    ask(shop, bob, "news")
    with shop.db.write() as tx:
        number = merges.merge(tx, Merge(ann, bob, "test", {}), NOON)
    assert len(ledger(shop, ann)) == 2
    with shop.db.write() as tx:
        merges.undo(tx, merges.find(tx, number), NOON + 1)
    assert ledger(shop, bob) == [("news", "subscribed", "form")]


# --- any order of anything ---

PEOPLE = (0, 1)
who = st.sampled_from(PEOPLE)
topic = st.sampled_from(TOPICS)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("yes"), who, topic),
        st.tuples(st.just("operator"), who, topic),
        st.tuples(st.just("no"), who, topic | st.just(ALL)),
        st.tuples(st.just("click"), who, topic),
        st.tuples(st.just("import"), who, topic),
        st.tuples(st.just("pause"), who, st.sampled_from((0, DAY))),
        st.tuples(st.just("suppress"), who, st.sampled_from(("address", "domain"))),
        st.tuples(st.just("merge"), who, st.none()),
    ),
    max_size=12,
)


@dataclass
class Model:
    """What each person wants by the plainest reading of what was said, in order."""

    said: list[tuple[int, str, str]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def no(self, person: int, about: str) -> bool:
        """Whether the last explicit word of the person about a topic is a no."""
        for whose, what, topic in reversed(self.said):
            if whose == person and topic in {about, ALL}:
                return what == "no"
        return False

    def yes(self, person: int, about: str) -> bool:
        return any(one == (person, "yes", about) for one in self.said)


def gate(shop, person: int, about: str):
    """What the gate says to a letter about a topic, right now."""
    message = shop.message(person, topic=about, template="plain")
    keeper = Gatekeeper(
        "email", "me", shop.terms, Policies("UTC"), Templates(), pace_of(0.0, (), 0)
    )
    with shop.db.write() as tx:
        messages.lease(tx, "email", "me", shop.clock(), shop.clock() + 1000, 1000)
        found = messages.dossiers(tx, [message], "me")
        tx.execute("DELETE FROM message WHERE id = ?", (message,))
    return keeper.judge(shop.db.read(), found, shop.clock())[0]


@settings(max_examples=60, deadline=None)
@given(acts)
def test_the_latest_explicit_will_wins_and_nothing_leaves_past_a_no(acts):
    with tempfile.TemporaryDirectory() as folder:
        shop = topical_shop(Path(folder))
        people = [shop.person("ann@x.example"), shop.person("bob@y.example")]
        model = Model()
        for act in acts:
            shop.clock.now += 1000
            play(shop, people, model, *act)
        check(shop, people, model)
        shop.db.close()


def play(shop, people, model, act, whose, what):
    """One act; a person who was absorbed acts as who they are now."""
    if act == "merge":
        merged(shop, people, model)
    else:
        ACTS[act](shop, model, people[whose], what)


def form(shop, model, person, topic, **proven):
    answer = subscribe(shop.db, person, Wish((topic,), "form", **proven), shop.clock())
    unproven = answer.already and topic == "magazine" and not proven
    if not answer.waiting and not unproven:
        model.said.append((person, "yes", topic))
    elif answer.letter:
        sent_to(shop, answer.letter, address(shop, person))
        model.asked.append(answer.letter)


def sent_to(shop, letter: int, place: str) -> None:
    """Nobody clicks in a letter that has not left, and it says where it went."""
    with shop.db.write() as tx:
        tx.execute("UPDATE message SET state = 'sent', address = ? WHERE id = ?", (place, letter))


def operator(shop, model, person, topic):
    form(shop, model, person, topic, proven=True, confirmed=True)


def refuse(shop, model, person, topic):
    who = FromMessage(shop.message(person, state="sent", address=address(shop, person)))
    unsubscribe(shop.db, who, shop.clock(), topic=topic, channel=ALL, source="link")
    model.said.append((person, "no", topic))


def taken_in(shop, model, person, topic):
    with shop.db.write() as tx:
        if not imports.declined(tx, topic, [person], [address(shop, person)]):
            imports.subscribe(tx, [person], topic, "file", shop.clock())


def pause(shop, model, person, length):
    now = shop.clock()
    with shop.db.write() as tx:
        preferences.put_pause(tx, person, now + length if length else 0, now)


def give_up(shop, model, person, what):
    place = address(shop, person)
    entry = place if what == "address" else f"*@{place.partition('@')[2]}"
    suppress(shop.db, entry, "email", "test", shop.clock())


def click(shop, model, person, _):
    """Click the last letter that asks anybody; what it confirms is its own person's word."""
    if not model.asked:
        return
    letter = model.asked[-1]
    sent = messages.recipient(shop.db.read(), letter)
    done = confirm(shop.db, letter, NO_PROOF, shop.clock())
    if done.new:
        model.said += [(sent.person_id, "yes", topic) for topic in done.topics]


ACTS = {
    "yes": form, "operator": operator, "no": refuse, "click": click, "import": taken_in,
    "pause": pause, "suppress": give_up,
}  # fmt: skip


def merged(shop, people, model):
    winner, loser = people
    if winner == loser:
        return
    with shop.db.write() as tx:
        merges.merge(tx, Merge(winner, loser, "test", {}), shop.clock())
        tx.execute("UPDATE person SET merged_into = ? WHERE id = ?", (winner, loser))
    model.said = [(winner if who == loser else who, what, t) for who, what, t in model.said]
    people[1] = winner


def address(shop, person: int) -> str:
    return shop.one("SELECT email FROM person WHERE id = ?", person)[0]


def check(shop, people, model):
    for person in set(people):
        for about in TOPICS:
            verdict = gate(shop, person, about)
            place = address(shop, person)
            tx: Tx = shop.db.read()
            never = consent.suppressed(tx, "email", [place])
            assert isinstance(verdict, Refuse) or not never
            if never:
                continue
            if model.no(person, about):
                assert isinstance(verdict, Refuse), (about, verdict)
            by_rule = holds(
                tx, compile_rule(Subscribed(about, "email"), zone="UTC"), person, shop.clock()
            )
            refused = isinstance(verdict, Refuse)
            assert by_rule != refused, (about, verdict)
            if model.yes(person, about) and not model.no(person, about):
                assert isinstance(verdict, Pass | Postpone) or verdict.evidence["by"] == "address"


def test_a_no_that_was_said_since_a_merge_holds_for_both_after_it_is_undone(shop, ann):
    """Even where the one who was absorbed had taken an older no back."""
    bob = shop.person("bob@x.example")
    play(shop, [ann, bob], Model(), "no", 1, "offers")
    shop.clock.now += 1
    subscribe(shop.db, bob, Wish((ALL,), "phone", proven=True), shop.clock())
    with shop.db.write() as tx:
        number = merges.merge(tx, Merge(ann, bob, "test", {}), shop.clock())
    for act in ("operator", "no"):
        shop.clock.now += 1
        play(shop, [ann, bob], Model(), act, 0, "offers")
    with shop.db.write() as tx:
        merges.undo(tx, merges.find(tx, number), shop.clock())
    for person in (ann, bob):
        assert isinstance(gate(shop, person, "offers"), Refuse)
