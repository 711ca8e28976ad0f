"""Letters before they are sent: listed, looked at, tried out, checked, begun with."""

from __future__ import annotations

import email
import mailbox
from email import policy

import pytest
from office_kit import Office

from mautod import wire
from mautod.core.sending.links import TRIAL, is_trial
from mautod.errors import BadInput, Conflict, NotFound, TooMany, Unavailable
from mautod.services.definitions.starters import start, starters
from mautod.services.definitions.workspace import validate
from mautod.services.delivery.consent import suppress

WAY_OUT = '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'
GO = '<a href="https://shop.example/">Go</a>'


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def write(office, text, name="note.liquid", head="subject: Hello {{ person.name }}"):
    path = office.folder / "workspace/templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{head}\n---\n{text}{WAY_OUT}\n", encoding="utf-8")


def found(office, key="note", level=""):
    checks = office.desk.check_templates(key)
    return [(one.line, one.what) for one in checks.items if not level or one.level == level]


def outbox(office):
    return [
        email.message_from_bytes(bytes(one), policy=policy.default)
        for one in mailbox.Maildir(office.folder / "outbox")
    ]


def test_a_letter_is_seen_as_its_reader_would_get_it(office):
    write(office, "<p>Dear {{ person.name }} of {{ person.city }}</p>" + GO)
    office.know("u1", email="anna@example.com", name="Anna", city="Riga")
    seen = office.desk.preview_template("note", person="anna@example.com")
    assert (seen.subject, seen.to) == ("Hello Anna", "Anna <anna@example.com>")
    assert "Dear Anna of Riga" in seen.text
    assert 'href="https://shop.example/"' in seen.html
    assert seen.size_bytes > seen.html_bytes > 0


def test_without_a_person_somebody_is_invented(office):
    write(office, "{% for item in person.cart %}{{ item.name }}{% endfor %}{{ code }}")
    seen = office.desk.preview_template("note")
    assert "Oak bedside table" in seen.text
    assert "SAMPLE-10" in seen.text
    assert seen.person == 0


def test_the_latest_event_that_begins_its_chain_fills_a_letter(office):
    write(office, "<p>{{ event.name }}</p>", "cart-1.liquid")
    office.chain()
    office.know("u1", email="anna@example.com")
    office.did("u1", "Product Added", name="Mug").did("u1", "Product Added", name="Pot")
    assert "Pot" in office.desk.preview_template("cart-1", person="u1").text


def test_a_letter_comes_in_the_language_that_is_asked_for(office):
    write(office, "English")
    write(office, "По-русски", "note.ru.liquid")
    office.know("u1", email="anna@example.com", language="ru")
    assert "По-русски" in office.desk.preview_template("note", person="u1").text
    assert "English" in office.desk.preview_template("note", "u1", "en").text
    assert "English" in office.desk.preview_template("note").text


def test_a_broken_letter_is_not_shown_in_another_language_instead(office):
    write(office, "{{ person.name | }}")
    write(office, "По-русски", "note.ru.liquid")
    with pytest.raises(BadInput, match=r"note\.liquid:4"):
        office.desk.preview_template("note", language="ru")


def test_a_name_that_no_letter_has_is_answered_with_the_nearest(office):
    write(office, "x")
    with pytest.raises(NotFound, match="Did you mean note"):
        office.desk.preview_template("nte")


def test_a_test_letter_goes_out_marked_and_no_ledger_knows_of_it(office):
    write(office, f"<p>{{{{ person.name }}}}</p>{GO}")
    office.know("u1", email="anna@example.com", name="Anna")
    done = office.desk.test_template("note", wire.LetterTestAsk("me@shop.example", "u1"))
    assert "me@shop.example" in done.text
    (letter,) = outbox(office)
    assert letter["Subject"] == "[Test] Hello Anna"
    assert letter["To"] == "Anna <me@shop.example>"
    assert "/u/" in letter["List-Unsubscribe"]
    assert office.db.read().execute("SELECT count(*) FROM message").fetchone() == (0,)


def test_test_letters_are_few_and_never_the_same_message(office):
    write(office, "x")
    for _ in range(30):
        office.desk.test_template("note", wire.LetterTestAsk("me@shop.example"))
    with pytest.raises(TooMany):
        office.desk.test_template("note", wire.LetterTestAsk("me@shop.example"))
    assert len({one["Message-ID"] for one in outbox(office)}) == 30
    office.later("61m")
    office.desk.test_template("note", wire.LetterTestAsk("me@shop.example"))
    assert len({one["Message-ID"] for one in outbox(office)}) == 31


def test_not_even_a_test_goes_where_nothing_is_to_be_sent(office):
    write(office, "x")
    suppress(office.db, "me@shop.example", "email", "complaint", office.now)
    with pytest.raises(Conflict, match="suppressed"):
        office.desk.test_template("note", wire.LetterTestAsk("Me@Shop.example"))
    with pytest.raises(BadInput):
        office.desk.test_template("note", wire.LetterTestAsk("me@shop.example\r\nBcc: all@x.test"))
    assert outbox(office) == []


def test_a_test_that_the_server_does_not_take_says_why(office):
    write(office, "x")
    (office.folder / "outbox").write_text("no folder")
    with pytest.raises(Unavailable, match="not taken"):
        office.desk.test_template("note", wire.LetterTestAsk("me@shop.example"))


def test_numbers_of_tests_are_none_of_the_ledger():
    assert is_trial(TRIAL)
    assert not is_trial(TRIAL - 1)


def test_a_check_names_what_is_empty_for_how_many_real_people(office):
    write(office, "<p>{{ person.city }}</p><p>{{ person.name | default: 'you' }}</p>")
    for number in range(3):
        office.know(
            f"u{number}", email=f"p{number}@example.com", **({"city": "Riga"} if number else {})
        )
    assert (4, "person.city is empty for 1 of 3 people.") in found(office, level="warning")
    assert not any("person.name is empty" in what and line == 4 for line, what in found(office))


def test_a_check_finds_links_that_lead_nowhere_for_some(office):
    write(office, '<a href="{{ person.site }}">Your site</a>')
    office.know("u1", email="a@example.com", site="https://x.example/")
    office.know("u2", email="b@example.com")
    assert [what for _, what in found(office, level="error")] == [
        "the link 'Your site' leads nowhere (for 1 of 2 people)."
    ]


def test_a_check_finds_letters_that_cannot_be_written(office):
    write(office, "<p>{{ 1 | divided_by: person.children }}</p>")
    office.know("u1", email="a@example.com", children=0)
    office.know("u2", email="b@example.com", children=2)
    assert any("cannot be written for 1 of 2" in what for _, what in found(office, level="error"))


def test_a_check_names_the_line_in_the_file_where_it_was_written(office):
    path = office.folder / "workspace/templates/_top.liquid"
    write(office, "{% include '_top' %}\n<a href='#'>x</a>")
    path.write_text("<p>\n<img src='https://x.example/a.png'>\n</p>\n")
    places = {
        (one.file.rpartition("/")[2], one.line, one.what[:16])
        for one in office.desk.check_templates("note").items
    }
    assert ("_top.liquid", 2, "the picture 'htt") in places
    assert ("note.liquid", 5, "the link 'x' lea") in places


def test_a_check_of_all_says_what_does_not_parse_with_a_caret(office):
    write(office, "{{ person.name | }}")
    write(office, "<p>x", "other.liquid")
    checks = office.desk.check_templates()
    assert checks.errors >= 1
    assert (checks.items[0].level, checks.items[0].line) == ("error", 4)
    assert "^" in checks.items[0].picture


def test_a_letter_without_a_way_out_is_told_the_line_to_add(office):
    path = office.folder / "workspace/templates/note.liquid"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\nsubject: Hi\n---\n<p>Hi</p>\n")
    (first, *_) = office.desk.check_templates("note").items
    assert '<a href="{{ unsubscribe_url }}">' in first.todo


def test_a_letter_that_gmail_would_cut_is_an_error(office):
    write(office, "<p>{% for i in (1..9000) %}word word word {% endfor %}</p>")
    assert any("Gmail cuts it" in what for _, what in found(office, level="error"))


def test_templates_are_listed_with_what_differs_from_what_runs(office):
    write(office, "x")
    write(office, "{{ person.name | }}", "bad.liquid")
    listed = office.desk.templates()
    states = {one.key: one.state for one in listed.items}
    assert (states["note"], states["bad"]) == ("new", "wrong")
    assert "bad.liquid:4" in listed.errors[0]


@pytest.mark.parametrize("key", [one.key for one in starters()])
def test_every_letter_to_begin_with_is_without_a_fault(office, key):
    write(office, "x", "mine.liquid")
    laid = start(key, office.folder / "workspace")
    assert {one.verb for one in laid} == {"added"}
    validate(office.folder / "workspace")
    checks = office.desk.check_templates(key)
    assert [one for one in checks.items if one.level != "note"] == []
    for language in ("en", "ru"):
        assert office.desk.preview_template(key, language=language).text


def test_a_letter_to_begin_with_overwrites_nothing(office):
    write(office, "x", "mine.liquid")
    start("newsletter", office.folder / "workspace")
    brand = office.folder / "workspace/templates/_brand.liquid"
    brand.write_text(brand.read_text().replace("Our company", "Mine"))
    assert "kept" in {one.verb for one in start("picks", office.folder / "workspace")}
    assert "Mine" in brand.read_text()
    with pytest.raises(Conflict):
        start("picks", office.folder / "workspace")
    with pytest.raises(BadInput, match="newsletter"):
        start("newsleter", office.folder / "workspace")


def test_a_letter_to_begin_with_that_does_not_fit_is_not_laid(office):
    folder = office.folder / "workspace/templates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_brand.liquid").write_text("{{ persn.x }}")
    with pytest.raises(BadInput, match="brand_address"):
        start("note", office.folder / "workspace")
    assert not list(folder.glob("note*"))
