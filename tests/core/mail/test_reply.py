# ruff: noqa: RUF001 - Russian letters are meant
"""What a person wrote is kept; what they quote, sign with or did not write is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters_kit import html_reply, raw, reply

from mautod.core.mail import mime
from mautod.core.mail.html import text_of
from mautod.core.mail.reply import own_words, written

QUOTED = "> Hello Ann\n> your cart waits\n"
ABOVE = [
    "On Tue, Mar 3, 2026 at 10:00 AM Shop <in@shop.example> wrote:",
    "On Tue, 3 Mar 2026, 10:00 Shop, <in@shop.example> wrote:",
    "On 3 March 2026 at 10:00:00, Shop (in@shop.example) wrote:",
    "On Tue, 3 Mar 2026 at 10:00, Shop\n<in+r.abcdefghijklmnopqrstuvwxyz@shop.example>\nwrote:",
    "вт, 3 мар. 2026 г. в 10:00, Магазин <in@shop.example>:",
    "вт, 3 мар. 2026 г., 10:00 Магазин <in@shop.example>:",
    "3 марта 2026 г., 10:00 пользователь Магазин <in@shop.example> написал:",
    "3 марта 2026 г., в 10:00, Магазин <in@shop.example> написал(а):",
    '03.03.2026, 10:00, "Магазин" <in@shop.example>:',
    "03.03.2026 10:00, Магазин пишет:",
    "Вторник, 3 марта 2026, 10:00 +03:00 от Магазин <in@shop.example>:",
    "Am Di., 3. März 2026 um 10:00 Uhr schrieb Shop <in@shop.example>:",
    "Le mar. 3 mars 2026 à 10:00, Shop <in@shop.example> a écrit :",
    "El mar, 3 mar 2026 a las 10:00, Shop (<in@shop.example>) escribió:",
]


@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize("marked", [True, False])
def test_what_stands_below_the_line_of_a_mail_program_is_quoted(above, marked):
    below = QUOTED if marked else QUOTED.replace("> ", "")
    assert own_words(f"Yes, please!\n\n{above}\n\n{below}") == "Yes, please!"


@pytest.mark.parametrize(
    "rule",
    [
        "-----Original Message-----",
        "----- Исходное сообщение -----",
        "-------- Пересылаемое сообщение --------",
        "________________________________\nFrom: Shop <in@shop.example>\nSent: Tuesday\nTo: Ann\nSubject: x",
        "От: Магазин <in@shop.example>\nОтправлено: 3 марта 2026 г. 10:00\nКому: Анна\nТема: Корзина",
        "From: Shop\nDate: Tuesday\nSubject: Cart",
        "*From:* Shop <in@shop.example>\n*Sent:* Tuesday\n*To:* Ann",
    ],
)
def test_what_stands_below_a_rule_or_written_headers_is_quoted(rule):
    assert own_words(f"Беру\n\n{rule}\n\nHello Ann\n") == "Беру"


def test_answers_between_quoted_lines_are_kept():
    text = "On Tue, 3 Mar 2026 Shop <a@b.example> wrote:\n> Red?\nYes\n> Blue?\nNo\n"
    assert own_words(text) == "Yes\nNo"


@pytest.mark.parametrize(
    "end",
    [
        "-- \nAnn\nHead of Everything",
        "--\nАнна",
        "Sent from my iPhone",
        "Отправлено с iPhone",
        "Отправлено из мобильной Яндекс.Почты",
        "Отправлено из Почты Mail.ru",
        "Get Outlook for iOS",
    ],
)
def test_a_signature_is_not_what_somebody_says(end):
    assert own_words(f"Да\n\n{end}\n") == "Да"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote:\nnothing",
        "From: Berlin to Paris, two seats",
        "Пишу по поводу заказа 12: где он?",
        "Call me at 10:00",
        "3.5 kg, please",
    ],
)
def test_plain_words_that_look_alike_are_kept(text):
    assert own_words(text) == text


def test_a_quotation_alone_says_nothing():
    assert not own_words(QUOTED)
    assert not written(mime.parse(reply(f"{ABOVE[0]}\n{QUOTED}")))


@pytest.mark.parametrize(
    "html",
    [
        '<div>Yes &amp; <b>thanks</b></div><div class="gmail_quote">On … wrote:<blockquote>Hi</blockquote></div>',
        "<p>Yes &amp; thanks</p><blockquote type=cite>Hi</blockquote>",
        '<body>Yes &amp; thanks<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Shop</div>Hi</body>',
        '<style>p {color: red}</style><!-- x --><p>Yes &amp;\nthanks</p><div class="yahoo_quoted">Hi</div>',
    ],
)
def test_html_alone_is_read_without_what_it_quotes(html):
    assert written(mime.parse(html_reply(html))) == "Yes & thanks"


def test_text_is_taken_before_html():
    letter = raw(
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain\n"
        "--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n"
    )
    assert written(mime.parse(letter)) == "plain"


@pytest.mark.parametrize("charset", ["koi8-r", "windows-1251", "utf-8", "iso-8859-5"])
def test_russian_is_read_in_every_charset(charset):
    letter = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + "Да".encode(charset)
    assert written(mime.parse(letter)) == "Да"


def test_what_steers_a_terminal_is_not_what_somebody_says():
    assert written(mime.parse(reply("a\x1b[2Jb\x07\u202ec\td\r\ne"))) == "a[2Jbc\td\ne"


@pytest.mark.parametrize("charset", ["punycode", "idna", "zlib", "hex", "no-such", "utf-7", ""])
def test_a_charset_that_is_none_runs_no_codec(charset):
    letter = f"Content-Type: text/plain; charset={charset}\r\n\r\nYes".encode()
    assert written(mime.parse(letter)) == "Yes"


@given(st.text(alphabet="<>!-/ab=\"' &;\n", max_size=300))
def test_any_html_has_a_text(html):
    assert isinstance(text_of(html), str)


@given(st.text(max_size=300))
def test_any_text_is_read_and_reading_it_again_finds_no_less(text):
    once = own_words(text)
    assert len(once) <= len(text)


def test_the_longest_of_texts_are_read_in_one_pass():
    for text in ("<!--" * 200_000, "<" * 800_000, "<div " * 150_000, "<a b='" * 100_000):
        text_of(text)
    for text in ("On 1.1.2026 " * 20_000 + ":", ("1.1 " * 400 + "@ wrote:\n") * 200):
        own_words(text)
