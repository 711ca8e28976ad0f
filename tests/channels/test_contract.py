"""What every channel promises; runs over all kinds there are."""

from pathlib import Path

import msgspec
import pytest
from smtp_kit import draft

from mautod import channels
from mautod.channels.push.vapid import make_key
from mautod.core.sending.links import Links
from mautod.core.sending.message import Failed, Later, Letter, Retry, Sent, Unknown
from mautod.core.templates.template import parse_template
from mautod.errors import BadInput, ConfigError

LINKS = Links("secret", "https://shop.test")
BODY = '<p>Hello {{ person.name }}</p><a href="{{ unsubscribe_url }}">No more</a>'
TEMPLATE = parse_template(f"---\nsubject: Hi\n---\n{BODY}", "hi.liquid", "hi")

pytestmark = pytest.mark.parametrize("kind", channels.kinds())


@pytest.fixture
async def channel(kind, net):
    if kind == "push":
        make_key(net.folder / "keys/push.pem")
    made = channels.create(kind, {}, net)
    await made.open()
    yield made
    await made.close()


def rendered(channel, count):
    return [
        channel.render(TEMPLATE, draft(message_id=n, address=f"p{n}@x.test"), LINKS)
        for n in range(count)
    ]


async def test_outcomes_keep_order_and_length(channel, kind):
    letters = rendered(channel, 5)
    letters[2] = Letter(2, "", letters[2].sender, letters[2].payload)
    outcomes = await channel.send(letters)
    assert len(outcomes) == 5
    tried = Later if channel.on_visit else Sent | Retry | Failed | Unknown
    assert all(isinstance(outcome, tried) for outcome in outcomes)
    assert isinstance(outcomes[0], Sent) is (kind == "email")
    assert await channel.send([]) == []


async def test_the_same_draft_makes_the_same_letter(channel, kind):
    assert rendered(channel, 3) == rendered(channel, 3)


async def test_a_letter_knows_its_message_and_address(channel, kind):
    assert [(one.message_id, one.address) for one in rendered(channel, 2)] == [
        (0, "p0@x.test"),
        (1, "p1@x.test"),
    ]


async def test_a_template_that_cannot_be_filled_is_bad_input(channel, kind):
    broken = parse_template(
        "---\nsubject: {{ 1 | divided_by: person.zero }}\ntransactional: true\n---\nx",
        "x.liquid",
        "x",
    )
    with pytest.raises(BadInput):
        channel.render(broken, draft(person={"zero": 0}), LINKS)


async def test_it_says_how_much_it_takes_at_a_time(channel, kind):
    assert channel.parallel > 0
    assert channel.kind == kind


async def test_closing_twice_is_harmless(channel, kind):
    await channel.close()
    await channel.close()


def test_an_unknown_key_is_refused_with_its_section(kind, net):
    with pytest.raises(ConfigError, match=f"channels.{kind}"):
        channels.create(kind, {"no_such_key": 1}, net)


def test_each_field_says_what_it_is_for(kind):
    for one in msgspec.structs.fields(channels.load(kind).Config):
        described = msgspec.inspect.type_info(one.type)
        assert described.extra_json_schema["description"]


def test_its_surroundings_hide_their_secrets(kind, net):
    assert "hush" not in repr(net)
    assert "hush" not in repr(channels.create(kind, {}, net))


def test_a_folder_in_the_listing_is_a_channel(kind):
    assert (Path(channels.__path__[0]) / kind).exists() or (
        Path(channels.__path__[0]) / f"{kind}.py"
    ).exists()
    assert channels.load(kind).kind == kind


def test_nothing_else_is_a_channel(kind):
    with pytest.raises(ConfigError, match="pigeon"):
        channels.load("pigeon")
    assert "port" not in channels.kinds()


async def test_a_preview_shows_what_the_reader_sees(channel, kind):
    (letter,) = rendered(channel, 1)
    seen = channel.preview(letter)
    assert "Hello" in f"{seen.text} {seen.html}"
