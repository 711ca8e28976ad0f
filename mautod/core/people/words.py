"""By what words a person is found: each is stored folded, and what one types is its beginning.

A word that begins another of the same person's is left out: whoever types it finds the longer one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

LONGEST: Final = 64
"""Characters of a word, typed or stored; the rest of a longer one is not compared."""

MOST: Final = 32
"""Words of one person."""

Term = tuple[str, ...]
"""What one typed word may begin, folded: any of these."""

_BOUNDARY: Final = re.compile(r"[\W_]+")
_NUMBER: Final = re.compile(r"[\d\s()+./-]*\d[\d\s()+./-]*")
_OTHERS: Final = re.compile(r"\D+")
_TRUNK: Final = re.compile(r"00|0|8(?=\d{10}$)")
_TYPED_TRUNK: Final = re.compile(r"00|0|8")
_PLAIN: Final = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ð": "d",
    }
)
# Country codes of one digit and of two, by ITU-T E.164; all others have three.
_ONE: Final = frozenset("17")
_TWO: Final = re.compile("20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def fold(text: str) -> str:
    """`text` without case and accents, in any alphabet."""
    if text.isascii():
        return text.lower()
    # Once more after case: a styled capital is taken apart into a plain one.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_PLAIN)


def words(name: str | None, email: str | None, phone: str | None, user_id: str | None) -> list[str]:
    """The words of a person, in order; at most `MOST`.

    Of a name each word and what follows a hyphen or apostrophe in it; of an email all of it, what
    follows a dot in its local part as a letter, and its domain; of a phone its digits, and those
    without the code of the country.
    """
    found: set[str] = set()
    if email:
        found.update(_of_email(fold(email)))
    if name:
        for each in name.split():
            found.update(_of_name(each))
    if user_id:
        found.add(fold(user_id))
    if phone:
        found.update(_of_phone(phone))
    found.discard("")
    if max(map(len, found), default=0) > LONGEST:
        found = {each[:LONGEST] for each in found}
    return _longest(sorted(found))[:MOST]


def terms(text: str) -> list[Term]:
    """What each typed word may begin; a number that is typed with spaces is one word."""
    if _NUMBER.fullmatch(text.strip()):
        return [_number(text)]
    typed = (_trimmed(each)[:LONGEST] for each in fold(text).split())
    return [(each,) for each in dict.fromkeys(typed) if each]


def digits(phone: str) -> str:
    """The digits of a phone, in ASCII, as it is compared."""
    plain = phone.removeprefix("+")
    found = plain if plain.isdecimal() else _OTHERS.sub("", plain)
    return found if found.isascii() else "".join(str(int(digit)) for digit in found)


def _of_email(email: str) -> list[str]:
    local, _, domain = email.rpartition("@")
    if local.isalnum():
        return [email, domain]
    return [email, domain, *(email[at:] for at in _inner(local) if local[at].isalpha())]


@lru_cache(maxsize=16_384)  # names of people are few, and letters of many alphabets fold slowly
def _of_name(part: str) -> tuple[str, ...]:
    """What stands between two spaces of a name: o'brien-smith, brien-smith, smith."""
    return tuple(
        tail
        for word in fold(part).split()
        if (trimmed := _trimmed(word))
        for tail in _tails(trimmed)
    )


def _of_phone(phone: str) -> tuple[str, ...]:
    number = digits(phone)
    if phone.startswith("+"):
        return number, number[_code_length(number) :]
    trunk = _TRUNK.match(number)
    return (number, number[trunk.end() :]) if trunk else (number,)


def _code_length(number: str) -> int:
    if number[:1] in _ONE:
        return 1
    return 2 if _TWO.match(number) else 3


def _number(text: str) -> Term:
    """Its digits, and those without what one dials before a national number; or as it stands."""
    typed = digits(text)[:LONGEST]
    trunk = None if "+" in text else _TYPED_TRUNK.match(typed)
    bare = typed[trunk.end() :] if trunk else ""
    written = "" if " " in text.strip() else fold(text.strip())[:LONGEST]
    return tuple(dict.fromkeys(filter(None, (typed, bare, written))))


def _tails(word: str) -> Iterator[str]:
    """The word, and it from each of its parts on."""
    yield word
    yield from (word[at:] for at in _inner(word))


def _inner(text: str) -> Iterator[int]:
    """Where its parts begin, but the first."""
    return (found.end() for found in _BOUNDARY.finditer(text) if found.end() < len(text))


def _trimmed(word: str) -> str:
    """`word` without what stands around its letters and digits."""
    first = next((at for at, sign in enumerate(word) if sign.isalnum()), len(word))
    last = next((at for at, sign in enumerate(reversed(word)) if sign.isalnum()), 0)
    return word[first : len(word) - last]


def _longest(ordered: list[str]) -> list[str]:
    """Those that begin no other: in order, it would be the next."""
    return [word for word, after in pairwise([*ordered, ""]) if not after.startswith(word)]
