"""From a template and a person to a message that a mail reader shows."""

import email as reader
import mailbox
import re
from email import policy

import pytest
from mail_kit import open_shop
from smtp_kit import draft

from mautod import channels
from mautod.channels.email.server import hide_password, read_url
from mautod.core.sending.links import Links
from mautod.core.templates.template import parse_template
from mautod.errors import BadInput, ConfigError
from mautod.services.definitions.templates import Templates

LINKS = Links("secret", "https://go.shop.test")
UNSUBSCRIBE = '<a href="{{ unsubscribe_url }}">No more</a>'


def template(body, head="subject: Hi\ntopic: offers", language=""):
    return parse_template(f"---\n{head}\n---\n{body}", "cart-1.liquid", "cart-1", language)


@pytest.fixture
def show(net):
    """Renders a body and reads it as a mail reader does: (message, text, html)."""

    def rendered(body, head="subject: Hi\ntopic: offers", section=(), language="", **changes):
        channel = channels.create(
            "email", {"sender": "Shop <hello@shop.test>", **dict(section)}, net
        )
        letter = channel.render(template(body, head, language), draft(**changes), LINKS)
        message = reader.message_from_bytes(letter.payload, policy=policy.default)
        return message, *(part.get_content().replace("\r\n", "\n") for part in message.iter_parts())

    return rendered


def target(link):
    return LINKS.read_click(link.rpartition("/")[2])


def hrefs(html):
    return re.findall(r'href=["\']([^"\']*)["\']', html, re.IGNORECASE)


def test_a_letter_says_who_writes_to_whom_about_what(show):
    message, text, html = show(
        "<p>Dear {{ person.name }}</p>" + UNSUBSCRIBE,
        "subject: Hello {{ person.name }}",
        person={"name": "Анна"},
    )
    assert message["From"] == "Shop <hello@shop.test>"
    assert str(message["To"]) == "Анна <ann@x.test>"
    assert message["Subject"] == "Hello Анна"
    assert message["Date"].datetime.year == 2027
    assert "Dear Анна" in html
    assert "Dear Анна" in text


def test_a_template_may_have_a_sender_of_its_own(show):
    head = "subject: Hi\nfrom: Anna <anna@shop.test>\nreply_to: desk@shop.test"
    message, *_ = show(UNSUBSCRIBE, head)
    assert message["From"] == "Anna <anna@shop.test>"
    assert message["Reply-To"] == "desk@shop.test"


def test_bounces_go_where_the_configuration_says(net):
    channel = channels.create("email", {"sender": "a@x.test", "return_path": "bounces@x.test"}, net)
    assert channel.render(template(UNSUBSCRIBE), draft(), LINKS).sender == "bounces@x.test"


def test_one_click_unsubscribing_is_offered_on_one_line(net):
    channel = channels.create("email", {"sender": "Shop <hello@shop.test>"}, net)
    payload = channel.render(template(UNSUBSCRIBE), draft(), LINKS).payload.decode()
    assert f"\r\nList-Unsubscribe: <{LINKS.unsubscribe(7)}>\r\n" in payload
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in payload


def test_a_transactional_letter_is_no_list(show):
    message, *_ = show("<p>Your receipt</p>", "subject: Hi\ntransactional: true")
    assert not [name for name in message if name.startswith(("List-", "Precedence", "Feedback"))]


def test_the_same_message_keeps_its_id_so_that_a_mailbox_sees_a_double(show):
    first, again, other = (show(UNSUBSCRIBE, message_id=n)[0]["Message-ID"] for n in (7, 7, 8))
    assert first == again != other
    assert first.endswith("@shop.test>")


def test_links_are_signed_and_lead_on(show):
    _, text, html = show(
        '<A class="b" HREF="https://shop.test/a?x=1&amp;y=2">A</A> <a href=\'{{ event.url }}\'>B</a>'
        "<a href=https://shop.test/c>C</a>" + UNSUBSCRIBE,
        event={"url": "https://shop.test/b?q='\"<&"},
    )
    found = hrefs(html)
    assert [target(link) for link in found[:3]] == [
        (7, "https://shop.test/a?x=1&y=2"),
        (7, "https://shop.test/b?q='\"<&"),
        (7, "https://shop.test/c"),
    ]
    assert found[3] == LINKS.unsubscribe(7)
    assert found[2] in text
    assert LINKS.unsubscribe(7) in text


def test_links_that_lead_nowhere_on_the_web_stay_as_they_are(show):
    kept = ["mailto:a@x.test", "tel:+7912", "#top", "/relative", "sms:1"]
    body = "".join(f'<a href="{link}">x</a>' for link in kept)
    assert hrefs(show(body + UNSUBSCRIBE)[2])[:-2] == kept


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:x",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_a_property_cannot_bring_a_script_in(show, url):
    html = show('<a href="{{ event.url }}">x</a>' + UNSUBSCRIBE, event={"url": url})[2]
    assert hrefs(html)[0] == "#"


def test_a_link_that_is_too_long_is_left_alone(show):
    url = "https://shop.test/?a=1&b=" + "x" * 2100
    html = show('<a href="{{ event.url }}">x</a>' + UNSUBSCRIBE, event={"url": url})[2]
    assert url.replace("&", "&amp;") in html


def test_fonts_and_styles_are_not_clicks(show):
    html = show('<link rel="stylesheet" href="https://fonts.test/f.css"><p>x</p>' + UNSUBSCRIBE)[2]
    assert "https://fonts.test/f.css" in html


def test_an_open_is_seen_by_one_picture(show):
    html = show("<html><body><p>x</p>" + UNSUBSCRIBE + "</body></html>")[2]
    assert html.count(LINKS.open(7)) == 1
    assert html.index(LINKS.open(7)) < html.index("</body>")


def test_the_preheader_is_first_and_not_seen(show):
    html = show(
        f"<body class='x'><p>x</p>{UNSUBSCRIBE}</body>",
        "subject: Hi\npreheader: Only {{ person.name }}",
    )[2]
    assert re.search(r"<body class='x'><div style=\"display:none[^>]*>Only Ann</div><p>", html)


def test_styles_are_inlined_and_liquid_survives_it(show):
    body = (
        """<!doctype html><html><head><title>{{ person.name }}</title><style>
      td { color: red } @media (max-width: 600px) { td { color: blue } }</style></head><body>
      {% if person.name == "Ann" and 1 < 2 %}<p>yes</p>{% endif %}
      <table>
      {% for item in event.items %}
      <tr {% if forloop.first %}class="first"{% endif %}><td>{{ item.name | default: "<none>" }}</td></tr>
      {% endfor %}
      </table><!--[if mso]><b>{{ person.name }}</b><![endif]-->"""
        + UNSUBSCRIBE
        + "</body></html>"
    )
    _, text, html = show(body, event={"items": [{"name": "a&b"}, {"name": "c"}, {}]})
    assert html.count('style="color: red;"') == 3
    assert "@media (max-width: 600px)" in html
    assert html.count("<tbody>") == html.count("</tbody>") == 1
    assert html.index("<tbody>") < html.index("a&amp;b") < html.index("</tbody>")
    assert html.count('class="first"') == 1
    assert "<p>yes</p>" in html
    assert "<title>Ann</title>" in html
    assert "<b>Ann</b>" in html
    assert "lqd" not in html + text
    assert [line for line in text.split("\n") if line.strip() in {"a&b", "c", "<none>"}]


def test_a_text_of_its_own_is_used_as_it_is(show):
    body = (
        UNSUBSCRIBE
        + "\n--- text\nHello <{{ person.name }}>, see https://shop.test/a.\n{{ unsubscribe_url }}"
    )
    text = show(body, person={"name": "A & B"})[1]
    click = LINKS.click(7, "https://shop.test/a")
    assert text.rstrip("\n") == f"Hello <A & B>, see {click}.\n{LINKS.unsubscribe(7)}"


def test_the_language_is_said(show):
    assert show(UNSUBSCRIBE, language="ru")[0]["Content-Language"] == "ru"


def test_workspace_message_and_time_are_known_to_a_template(show):
    body = '{{ workspace.name }}|{{ message.template }}|{{ "now" | date: "%Y" }}|' + UNSUBSCRIBE
    assert "Shop|cart-1|2027|" in show(body)[2]


def test_no_value_brings_markup_or_headers_in(show):
    evil = '"><script>x</script>\r\nBcc: evil@x.test\r\n\r\n<b>'
    message, _, html = show(
        "<p>{{ person.name }}</p>" + UNSUBSCRIBE,
        "subject: Hi {{ person.name }}",
        person={"name": evil},
        topic="a\r\nX: y",
        template="t\r\nX: y",
    )
    assert "Bcc" not in message
    assert "X" not in message
    assert "<script" not in html


async def test_a_maildir_is_what_any_mail_reader_opens(email, net):
    channel = await email(url="maildir:outbox")
    letters = [channel.render(template(UNSUBSCRIBE), draft(message_id=n), LINKS) for n in range(3)]
    outcomes = await channel.send(letters)
    box = mailbox.Maildir(net.folder / "outbox", create=False)
    assert sorted(box.keys()) == sorted(outcome.ref for outcome in outcomes)
    assert {message["Delivered-To"] for message in box} == {"ann@x.test"}
    assert {message["Return-Path"] for message in box} == {"<shop@shop.test>"}
    assert not list((net.folder / "outbox" / "tmp").iterdir())


async def test_a_maildir_that_cannot_be_written_is_tried_again(email, net):
    (net.folder / "outbox").write_text("a file is in the way")
    channel = await email(url="maildir:outbox")
    letter = channel.render(template(UNSUBSCRIBE), draft(), LINKS)
    assert [type(outcome).__name__ for outcome in await channel.send([letter])] == ["Retry"]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"url": "http://x.test"}, "expected maildir"),
        ({"url": "smtp://"}, "expected maildir"),
        ({"url": "smtp://x.test:99999"}, "port"),
        ({"url": "smtp://user@x.test"}, "together"),
        ({"url": "smtp://u:${MAUTOD_NOT_SET}@x.test"}, "MAUTOD_NOT_SET"),
        ({"sender": "nobody"}, "sender"),
        ({"reply_to": "nobody"}, "reply_to"),
        ({"return_path": "nobody"}, "return_path"),
        ({"timeout": "soon", "url": "smtp://x.test"}, "timeout"),
        ({"connections": 0}, "connections"),
        ({"tls": "maybe"}, "tls"),
    ],
)
def test_a_bad_configuration_is_said(net, section, said):
    with pytest.raises(ConfigError, match=said):
        channels.create("email", section, net)


def test_a_bad_sender_in_a_template_is_said(net):
    channel = channels.create("email", {}, net)
    with pytest.raises(BadInput):
        channel.render(template(UNSUBSCRIBE, "subject: Hi\nfrom: nobody"), draft(), LINKS)


def test_a_password_is_read_and_never_shown(net):
    url = "smtp://u:${MAUTOD_SMTP_PASSWORD}@x.test:587"
    assert read_url(url, net.secret).password == "hush@hush/%"
    assert "hush" not in repr(read_url(url, net.secret))
    plain = channels.create(
        "email", {"url": "smtp://u:pass:w%40rd@x.test", "sender": "a@x.test"}, net
    )
    assert "w%40rd" not in repr(plain)
    assert "pass" not in repr(plain)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtp://u:p@h:25", "smtp://u:***@h:25"),
        ("smtp://u:p:q@h:25", "smtp://u:***@h:25"),
        ("smtp://h:25", "smtp://h:25"),
        ("smtps://u:p@w@h", "smtps://u:***@h"),
        ("maildir:out@box", "maildir:out@box"),
    ],
)
def test_an_address_is_shown_without_its_password(url, shown):
    assert hide_password(url) == shown


@pytest.mark.parametrize("key", ["confirm", "my-data", "forget-me"])
@pytest.mark.parametrize("language", ["en", "ru", "de"])
def test_the_letters_of_mautods_own_hold_their_link_in_both_parts(net, key, language, tmp_path):
    shop = open_shop(tmp_path)
    templates = Templates()
    templates.refresh(shop.db.read())
    found = templates.find(key, language)
    channel = channels.create("email", {"sender": "Shop <hello@shop.test>"}, net)
    letter = channel.render(found, draft(), LINKS)
    message = reader.message_from_bytes(letter.payload, policy=policy.default)
    assert message["List-Unsubscribe"] is None
    page = {"confirm": "confirm", "my-data": "data", "forget-me": "forget"}[key]
    for part in message.iter_parts():
        assert LINKS.page(page, draft().message_id) in part.get_content()
    shop.db.close()
