"""Every ready-made letter is fit for a person of whom nothing is known, and for one of whom too much is."""

from __future__ import annotations

import email
import email.policy
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mautod.channels import create
from mautod.channels.port import Net
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft
from mautod.services.definitions.scenarios import begin, scenarios
from mautod.services.definitions.workspace import validate

TEMPLATES = Path(__file__).parents[2] / "templates"
SCENARIOS = [each.key for each in scenarios()]


def _workspaces():
    """The ready-made workspaces, and one for each scenario."""
    found = {path.parent.name: validate(path) for path in TEMPLATES.glob("*/workspace")}
    with tempfile.TemporaryDirectory() as folder:
        for key in SCENARIOS:
            begin(Path(folder) / key, key)
            found[key] = validate(Path(folder) / key / "workspace")
    return found


WORKSPACES = _workspaces()
LETTERS = [
    pytest.param(letter, id=f"{name}/{letter.key}{'.' * bool(letter.language)}{letter.language}")
    for name, workspace in WORKSPACES.items()
    for letter in workspace.templates
    if name == "shop" or letter not in WORKSPACES["shop"].templates
]
LINKS = Links("a secret of at least thirty-two bytes", "https://mail.shop.test")
CLIPPED_BYTES = 102_000
"""What is beyond this Gmail hides, and with it the link to unsubscribe."""

MUG = {
    "name": "Stoneware mug", "price": 14.5, "quantity": 2, "url": "https://shop.test/mug",
    "image_url": "https://shop.test/mug.jpg", "variant": "Blue",
}  # fmt: skip
KNOWN = (
    {
        "name": "Anna Petrova",
        "cart": [MUG, MUG],
        "cart_amount": 58,
        "viewed_products": ["Mug", "Rug"],
        "subscription_ends": "2026-02-01",
        "renew_url": "https://shop.test/renew",
    },
    {
        "order_id": "A-1", "total": 58, "currency": "EUR", "products": [MUG, MUG],
        "related": [MUG, MUG], "payment_url": "https://shop.test/pay", **MUG,
    },
)  # fmt: skip
EVIL = '"><script>alert(1)</script><a href="javascript:alert(2)">{{ unsubscribe_url }}\r\nBcc: x@y.test'
NUMBERS = dict.fromkeys((*MUG, "sku", "brand"), 5)
EVIL_ITEM = dict.fromkeys((*MUG, "sku", "brand"), EVIL) | {"url": "javascript://%0aalert(3)"}
ODD = [
    (
        {"name": 7, "cart": "none", "cart_amount": "?", "viewed_products": 3, "renew_url": 1},
        {"products": 5, "related": 5, "total": [], "payment_url": 2},
    ),
    (
        {"name": [], "cart": {}, "viewed_products": "rug", "subscription_ends": {}},
        {"products": {"name": "x"}, "related": {"name": "x"}, "order_id": {}, "payment_url": {}},
    ),
    (
        {
            "name": "",
            "cart": [1, None, "x", {}, NUMBERS],
            "viewed_products": [None, {}],
            "renew_url": [],
        },
        {"products": [[], NUMBERS], "related": [[], None, 3, {}, NUMBERS], "payment_url": [None]},
    ),
    (
        {
            "name": EVIL,
            "cart": [EVIL_ITEM],
            "viewed_products": [EVIL],
            "subscription_ends": EVIL,
            "renew_url": EVIL_ITEM["url"],
        },
        {"order_id": EVIL, "related": [EVIL_ITEM], "payment_url": EVIL_ITEM["url"], **EVIL_ITEM},
    ),
]


class Page(HTMLParser):
    """The tags of a letter, and the words between them."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.words = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def render(letter, tmp_path, person, event, code=""):
    """The letter as the channel sends it: headers, HTML, plain text."""
    net = Net(tmp_path, name="Northlight", url="https://mail.shop.test", currency="USD")
    channel = create("email", {"sender": "Shop <shop@shop.test>"}, net)
    language = letter.language or "en"
    address = "anna@example.com"
    draft = Draft(7, 1, address, letter.key, "offers", language, person, event, code=code)
    sent = channel.render(letter, draft, LINKS)
    message = email.message_from_bytes(sent.payload, policy=email.policy.default)
    html = message.get_body(("html",)).get_content()
    return message, Page(html), html, message.get_body(("plain",)).get_content()


@pytest.mark.parametrize("name", ["shop", *SCENARIOS])
def test_the_letters_are_in_english_and_russian(name):
    keys = {letter.key for letter in WORKSPACES[name].templates}
    for language in ("", "ru"):
        assert {x.key for x in WORKSPACES[name].templates if x.language == language} == keys


@pytest.mark.parametrize("name", ["shop", *SCENARIOS])
def test_every_letter_is_sent_by_a_chain_and_every_topic_is_used(name):
    workspace = WORKSPACES[name]
    sent = {step.template for chain in workspace.chains for step in chain.steps if step.template}
    assert sent == {letter.key for letter in workspace.templates}
    used = {chain.topic for chain in workspace.chains}
    assert used <= {topic.key for topic in workspace.topics}
    if name == "shop":
        assert used == {topic.key for topic in workspace.topics}
        assert len(workspace.segments) >= 12


@pytest.mark.parametrize("name", ["shop", *SCENARIOS])
def test_every_chain_has_a_goal_an_end_and_hours(name):
    for chain in WORKSPACES[name].chains:
        assert chain.goal is not None
        assert chain.window is not None


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("values", [({}, {}), KNOWN], ids=["nothing known", "all known"])
def test_a_letter_is_whole_whatever_is_known(letter, values, tmp_path):
    message, page, html, text = render(letter, tmp_path, *values)
    assert message["subject"].strip()
    assert "{{" not in html + text + message["subject"]
    assert "{%" not in html + text + message["subject"]
    assert not re.search(r"\b(None|undefined|nil)\b|\[\]|\{\}", "".join(page.words) + text)
    assert not re.search(r"^\W*,|, ,|\s,|,\s*$", text, re.MULTILINE), text
    assert len(html.encode()) < CLIPPED_BYTES
    assert letter.preheader
    assert "display:none" in html


@pytest.mark.parametrize("letter", LETTERS)
def test_one_can_say_no_in_both_parts_and_by_one_click(letter, tmp_path):
    message, page, _, text = render(letter, tmp_path, {}, {})
    link = LINKS.unsubscribe(7)
    assert link in [anchor["href"] for anchor in page.all("a")]
    assert link in text
    assert message["list-unsubscribe"] == f"<{link}>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_reads_well_on_any_screen(letter, tmp_path):
    _, page, html, text = render(letter, tmp_path, *KNOWN)
    assert page.all("html")[0]["lang"] == (letter.language or "en")
    assert "max-width: 600px" in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 520px)" in html
    assert all(table.get("role") == "presentation" for table in page.all("table"))
    assert all("alt" in image and image["width"] for image in page.all("img"))
    assert "<" not in text
    has_cyrillic = bool(re.search("[\u0430-\u044f]{3}", text))
    assert has_cyrillic == (letter.language == "ru")


@pytest.mark.parametrize("letter", [p for p in LETTERS if "cart-" in p.id or "after-1" in p.id])
def test_goods_are_shown_with_picture_price_and_sum(letter, tmp_path):
    _, page, _, text = render(letter, tmp_path, *KNOWN)
    words = " ".join("".join(page.words).split())
    price, total = ("14,50\xa0€", "58\xa0€") if letter.language else ("€14.50", "€58")
    for part in (words, text):
        assert "Stoneware mug" in part
        assert " ".join(price.split()) in " ".join(part.split())
        assert " ".join(total.split()) in " ".join(part.split())
    assert [i["src"] for i in page.all("img")].count("https://shop.test/mug.jpg") == 2


@pytest.mark.parametrize("letter", [p for p in LETTERS if "cart-" in p.id])
def test_without_a_cart_the_product_that_was_added_is_shown(letter, tmp_path):
    _, page, _, text = render(letter, tmp_path, {}, {"name": "Oak shelf", "price": 70})
    assert "Oak shelf" in "".join(page.words)
    assert "- Oak shelf" in text


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("values", ODD, ids=["numbers", "tables", "holes", "evil"])
def test_what_a_visitor_made_up_does_no_harm(letter, values, tmp_path):
    message, page, html, _ = render(letter, tmp_path, *values)
    assert message["bcc"] is None
    assert not page.all("script")
    for anchor in page.all("a"):
        assert urlsplit(anchor["href"]).scheme in {"https", "http"} or anchor["href"] == "#"
    assert LINKS.unsubscribe(7) in html


def test_letters_say_the_welcome_code_only_if_there_is_one(tmp_path):
    source = TEMPLATES / "shop/workspace"
    copy = tmp_path / "workspace"
    for path in source.rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            target.write_text(
                text.replace("welcome_code = ''", "welcome_code = 'HELLO10'"), "utf-8"
            )
    for workspace, says in ((WORKSPACES["shop"], False), (validate(copy), True)):
        letter = next(x for x in workspace.templates if x.key == "welcome-3" and not x.language)
        _, page, _, text = render(letter, tmp_path, {}, {})
        assert ("HELLO10" in "".join(page.words)) is says
        assert ("HELLO10" in text) is says
        assert ("10%" in text) is says


def test_the_letter_that_asks_back_has_a_code_if_one_was_given(tmp_path):
    for letter in WORKSPACES["reactivation"].templates:
        if letter.key == "come-back-2":
            _, page, _, text = render(letter, tmp_path, {}, {}, "BACK-7XK2M9QA")
            assert "BACK-7XK2M9QA" in page.words
            assert ": BACK-7XK2M9QA" in text
            _, page, _, text = render(letter, tmp_path, {}, {})
            assert "15%" not in "".join(page.words) + text


def test_a_certificate_says_its_code_and_what_it_is_worth(tmp_path):
    for letter in WORKSPACES["exit-intent-gift"].templates:
        _, page, _, text = render(letter, tmp_path, {}, {}, "GIFT-7XK2M9QA")
        worth = "10 $" if letter.language else "$10"
        for part in ("".join(page.words), text):
            assert "GIFT-7XK2M9QA" in part
            assert worth in part.replace("\xa0", " ")


def test_the_answer_to_the_survey_is_what_the_segments_look_for(tmp_path):
    shop = WORKSPACES["shop"]
    letter = next(x for x in shop.templates if x.key == "after-3" and not x.language)
    _, page, _, _ = render(letter, tmp_path, {}, {"order_id": "A 1"})
    urls = [
        LINKS.read_click(a["href"].rpartition("/")[2])[1]
        for a in page.all("a")
        if "/c/" in a["href"]
    ]
    answers = [url for url in urls if "score=" in url]
    assert [re.search(r"score=(\d+)&", url)[1] for url in answers] == [str(n) for n in range(11)]
    rules = {segment.key: segment.rule for segment in shop.segments}
    assert all(f"score={n}&" in rules["promoters"] for n in (9, 10))
    assert all(f"score={n}&" in rules["unhappy"] for n in range(4))
