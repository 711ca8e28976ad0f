"""Slash commands do what they say, in the conversation and on the card of its person."""

from __future__ import annotations

import pytest
from full_house import fill
from office_kit import Office

from mautod import wire
from mautod.errors import BadInput, NotFound
from mautod.services.conversations.commands import names

HOUR = 3_600_000


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    fill(made)
    yield made
    made.close()


def do(office, line: str, ref: str = "") -> wire.Ran:
    return office.desk.do_chat(1, wire.LineAsk(line, "Kim", ref))


def chat(office) -> wire.Chat:
    return office.desk.chat(1).chat


def props(office) -> dict:
    office.digest()
    return office.desk.person(str(chat(office).person_id)).props


def offered(office, line: str) -> list[str]:
    return [each.text for each in office.desk.complete_chat(1, wire.LineAsk(line)).items]


def test_it_changes_hands_rests_closes_and_opens(office):
    do(office, "/assign me")
    assert chat(office).operator == "Kim"
    do(office, "/assign")
    assert chat(office).operator == ""
    do(office, "/snooze 2h")
    assert (chat(office).state, chat(office).until) == ("snoozed", office.now + 2 * HOUR)
    do(office, "/close")
    assert chat(office).state == "closed"
    do(office, "/open")
    assert chat(office).state == "open"


def test_a_note_stands_in_the_thread_once_for_each_ref(office):
    assert do(office, "/note Twice this week", "twice").changed == 1
    assert do(office, "/note Twice this week", "twice").changed == 0
    last = office.desk.chat(1).parts[-1]
    assert (last.direction, last.author, last.text) == ("note", "Kim", "Twice this week")


def test_tags_and_properties_go_on_the_card(office):
    do(office, "/tag +vip wholesale")
    do(office, "/tag -wholesale")
    do(office, "/set floor=3")
    do(office, "/set lift=true")
    found = props(office)
    assert (found["tags"], found["floor"], found["lift"]) == (["vip"], 3, True)
    do(office, "/set floor=")
    assert "floor" not in props(office)


def test_an_event_and_an_order_are_on_the_timeline_and_noted_once(office):
    do(office, "/event Called back | about=sofa, minutes=7", "e")
    do(office, "/event Called back | about=sofa, minutes=7", "e")
    do(office, "/order 12999.50 A-17")
    office.digest()
    found = office.desk.events(person=chat(office).person_id, limit=10).items
    told = {each.name: each.props for each in found}
    assert told["Called back"] == {"about": "sofa", "minutes": 7}
    assert told["Order Completed"]["order_id"] == "A-17"
    assert told["Order Completed"]["currency"] == "RUB"
    assert len([each for each in found if each.name == "Called back"]) == 1
    assert [p.text for p in office.desk.chat(1).parts if p.text.startswith("event:")] == [
        "event: Called back about=sofa minutes=7",
        "event: Order Completed total=12999.5 currency=RUB order_id=A-17",
    ]


@pytest.mark.parametrize(
    "line",
    ["", "hello", "/", "/nothing", "/snooze", "/snooze yesterday", "/tag", "/set x", "/set =1",
     "/event", "/event Message Sent", "/event X | y", "/order", "/order -1", "/order 1e99",
     "/order nan", "/note", "/chain", "/../port"],
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_changes_nothing(office, line):
    before = office.desk.chat(1)
    with pytest.raises(BadInput):
        do(office, line)
    assert office.desk.chat(1) == before


def test_a_chain_that_is_not_there_is_said(office):
    with pytest.raises(NotFound):
        do(office, "/chain nowhere")
    with pytest.raises(NotFound):
        office.desk.do_chat(99, wire.LineAsk("/close"))


def test_every_command_is_listed_and_offered_with_what_it_takes(office):
    assert [each.name for each in office.desk.slashes().items] == names()
    assert all(each.help for each in office.desk.slashes().items)
    assert offered(office, "/sn") == ["/snooze"]
    assert offered(office, "/") == [f"/{name}" for name in names()]
    do(office, "/assign Olga")
    assert offered(office, "/assign o") == ["Olga"]
    assert "Product Added" in offered(office, "/event prod")
    assert offered(office, "/snooze tom") == ["tomorrow 9:00"]
    assert offered(office, "hello") == offered(office, "/nothing x") == []


def test_conversations_are_counted_by_whose_they_are_and_whether_they_rest(office):
    do(office, "/assign me")
    total = len(office.desk.chats(limit=1000).items)
    assert office.desk.chat_counts("Kim") == wire.ChatCounts(total, 1, 0)
    do(office, "/snooze 2h")
    assert office.desk.chat_counts("Kim") == wire.ChatCounts(total - 1, 0, 1)
    office.now += 3 * HOUR
    assert office.desk.chat_counts("Kim") == wire.ChatCounts(total, 1, 0)
