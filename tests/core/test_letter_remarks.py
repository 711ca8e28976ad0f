"""What is said of letters that can be sent and had better not be."""

import pytest

from mautod.core.letters import body, envelope
from mautod.core.letters.variables import bare, is_empty

DARK = '<meta name="color-scheme" content="light dark"><style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style>'  # fmt: skip


def said(html, level=""):
    return [(r.line, r.what) for r in body.remarks(DARK + html) if not level or r.level == level]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<a href="">Shop</a>', "'Shop' leads nowhere"),
        ("<a>Shop</a>", "'Shop' leads nowhere"),
        ('<a href="#">Shop</a>', "leads nowhere"),
        ('<a href="#end">Shop</a>', "#end, which is not in the letter"),
        ('<a href="/cart">Shop</a>', "a letter is on no site"),
        ('<a href="shop.test/cart">Shop</a>', "a letter is on no site"),
        ('<a href="javascript:alert(1)">Shop</a>', "runs a script"),
        ('<img src="" alt="">', "no address"),
        ('<img src="/a.png" alt="">', "on no site"),
        ('<img src="data:image/png;base64,AA" alt="">', "on no site"),
    ],
)
def test_what_is_broken_for_everybody_is_an_error(html, words):
    (found,) = said(f"<p>\n{html}</p>", "error")
    assert found[0] == 2
    assert words in found[1]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://shop.test/">x</a>', '<a href="mailto:a@x.test">x</a>', '<a name="top"></a>',
        '<a href="{{ event.url | default: "/" }}">x</a>', '<a href="#end">x</a><p id="end">y</p>',
        '<img src="https://x.test/a.png" alt="" width="9">', '<a href="{{ unsubscribe_url }}">x</a>',
        '<img src="{{ item.image_url }}" alt="{{ item.name }}" width="80">',
    ],
)  # fmt: skip
def test_what_is_right_is_no_error(html):
    assert said(html, "error") == []
    assert said(html, "warning") == []


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<img src="https://x.test/a.png" width="9">', "has no alt"),
        ('<a href="https://bit.ly/x">Go</a>', "hides where it leads"),
        ('<a href="https://evil.test/">www.shop.test</a>', "phishing"),
        ("<form><input></form>", "<form> is taken out"),
        ("<script>1</script>", "<script> is taken out"),
    ],
)
def test_what_filters_mind_is_a_warning(html, words):
    assert any(words in what for _, what in said(html, "warning"))


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<img src="https://x.test/a.png" alt="">', "no width"),
        ('<div style="display: flex">x</div>', "no display: flex"),
        ('<div style="max-width: 600px">x</div>', "no max-width"),
        ('<a href="http://shop.test/">x</a>', "not encrypted"),
        ("<style>@import url(https://x.test/f.css);</style>", "fonts from the web"),
        (f"<style>p {{ color: {'x' * 17000} }}</style>", "16 KB"),
    ],
)
def test_what_some_programs_mind_is_a_note(html, words):
    assert any(words in what for _, what in said(html, "note"))


def test_dark_mode_is_asked_about():
    assert any("dark mode" in r.what for r in body.remarks("<p>x</p>"))
    assert said("<p>x</p>") == []


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("", "empty"), ("  ", "empty"), ("BUY EVERYTHING NOW", "capitals"), ("Hurry!!!", "in a row"),
        ("Win cash today", "filters know"), ("Re: your order", "feigns"), ("🔥🔥🔥 Hi", "emoji"),
        ("x" * 90, "40"), ("Срочно: скидки", "filters know"),
    ],
)  # fmt: skip
def test_a_subject_that_looks_like_spam_is_told(subject, words):
    assert any(words in remark.what for remark in envelope.of_subject(subject))


@pytest.mark.parametrize(
    "subject", ["Your cart", "Ваша корзина ждёт", "VAT for SMEs in the EU, explained"]
)
def test_a_decent_subject_is_not(subject):
    assert list(envelope.of_subject(subject)) == []


def test_what_gmail_cuts_is_an_error_before_it_does():
    assert list(envelope.of_size(99 * 1024)) == []
    assert next(envelope.of_size(101 * 1024)).level == "error"
    assert "cuts it" in next(envelope.of_size(103 * 1024)).what


def test_who_writes_from_a_free_mailbox_or_hears_no_answer_is_told():
    assert "DMARC" in next(envelope.of_sender("shop@gmail.com", "")).what
    assert "Spam" in next(envelope.of_sender("no-reply@shop.test", "")).what
    assert list(envelope.of_sender("hello@shop.test", "desk@gmail.com")) == []


def test_pictures_alone_are_no_letter():
    assert list(envelope.of_words("Buy now", 3)) != []
    assert list(envelope.of_words("word " * 80, 3)) == []
    assert list(envelope.of_words("", 0)) == []


def test_variables_that_nobody_asked_about_are_found_with_their_line():
    text = "{{ person.city }}\n{{ person.name | default: 'you' }}\n{% if person.age %}{{ person.age }}{% endif %}\n{{ event.url | upcase }}"
    assert bare(text) == {"person.city": 1, "event.url": 4}
    assert is_empty("person.city", {"person": {"city": ""}})
    assert is_empty("event.url", {"event": {}})
    assert not is_empty("person.city", {"person": {"city": 0}})
