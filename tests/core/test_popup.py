"""A pop-up's file says all that the browser needs, or what is wrong with it, by line."""

from __future__ import annotations

import pytest

from mautod.core.files.definition import read_toml
from mautod.core.files.popup_file import files_named, read, rules_named, whole
from mautod.core.popup import ALWAYS, ONCE, said
from mautod.duration import DAY
from mautod.errors import DefinitionError

GIFT = """
name  = "Gift"
kind  = "corner"
when  = 'email is unknown and rule "warm"'
url   = ["/catalog*", "!/checkout*"]
show  = { exit = true, after = "10s" }
again = "per 7d"
from  = 2026-12-01
to    = 2026-12-31

[[variant]]
name = "a"
[[variant.step]]
title  = { en = "A gift", ru = "Подарок" }
button = "Send"
[[variant.step.field]]
name = "email"
type = "email"
[[variant]]
name = "b"
weight = 3
[[variant.step]]
html = "own.html"
"""


def test_all_that_a_file_names_is_kept_beside_it():
    table = read_toml(GIFT, "popups/gift.toml")
    assert (list(files_named(table)), rules_named(table)) == (["own.html"], ["warm"])
    body = whole(GIFT, {"own.html": "<b>\"'\\ </b>\n"}, {"warm": "sessions >= 3"})
    popup = read(body, "popups/gift.toml", "gift")
    assert (popup.name, popup.kind, popup.again_ms) == ("Gift", "corner", 7 * DAY)
    assert popup.show == {"exit": True, "after": 10_000}
    assert popup.until - popup.since == 31 * DAY
    first, second = popup.variants
    assert (first.weight, second.weight) == (1, 3)
    assert second.steps[0].html == "<b>\"'\\ </b>\n"
    (email,) = first.steps[0].fields
    assert (email.required, email.save, email.label) == (True, True, {"": "email"})


def test_words_are_said_in_the_visitors_language_or_in_any():
    assert said({"en": "A", "ru": "Б"}, "ru-RU") == "Б"
    assert said({"en": "A", "ru": "Б"}, "de", "ru") == "Б"
    assert said({"": "A"}, "ru") == "A"
    assert said({"fi": "Ä"}, "ru", "en") == "Ä"
    assert said({}, "ru") == ""


def test_how_often_it_may_come_again():
    for text, kept in (("once", ONCE), ("always", ALWAYS), ("per 1d", DAY)):
        step = f'again = "{text}"\n[[step]]\ntitle = "x"'
        assert read(step, "f", "k").again_ms == kept


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('kind = "modl"\n[[step]]\ntitle = "x"', 1, "kind"),
        ('name = "x"', 1, "step"),
        ('[[step]]\nbutton = "x"', 1, "step[1]"),
        ('[[step]]\ntitle = "x"\n[[step.field]]\nname = "a"', 1, "step[1].button"),
        ('[[step]]\ntitle = "x"\nbutton = "y"\n[[step.field]]\nname = "a"\ntype = "choice"', 4, "step[1].field[1].options"),
        ('[[step]]\ntitle = "x"\nbutton = "y"\n[[step.field]]\nname = "a"\ntype = "consent"', 4, "step[1].field[1].label"),
        ('[[step]]\ntitle = "x"\nlink = "javascript:alert(1)"', 3, "step[1].link"),
        ('[[step]]\ntitle = "x"\nimage = "//evil.example/x"', 3, "step[1].image"),
        ('[[step]]\nhtml = "no.html"', 2, "step[1].html"),
        ('show = { exit = "yes" }\n[[step]]\ntitle = "x"', 1, "show.exit"),
        ('show = { scrol = 5 }\n[[step]]\ntitle = "x"', 1, "show.scrol"),
        ('again = "7d"\n[[step]]\ntitle = "x"', 1, "again"),
        ('when = "email iz known"\n[[step]]\ntitle = "x"', 1, "when"),
        ('kind = "embedded"\n[[step]]\ntitle = "x"', 1, "place"),
        ('from = "soon"\n[[step]]\ntitle = "x"', 1, "from"),
        ('[[variant]]\nname = "a"\n[[variant.step]]\ntitle = "x"\n[[variant]]\nname = "a"\n[[variant.step]]\ntitle = "y"', 1, "variant"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text, line, key):
    with pytest.raises(DefinitionError) as caught:
        read(text, "popups/x.toml", "x")
    assert (caught.value.line, caught.value.key) == (line, key)
