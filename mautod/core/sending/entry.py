"""What may stand on the list of addresses never to be used: an address, or `*@` and a domain."""

from __future__ import annotations

from typing import Final

from mautod.core.sending.consent import DOMAIN, address_key
from mautod.errors import BadInput

LONGEST: Final = 320
_HINT: Final = "Write ann@example.com, +79991234567 or *@example.com."


def read_entry(text: str) -> str:
    """`text` as entries are compared; `@example.com` is short for `*@example.com`.

    Raises:
        BadInput: it is neither.
    """
    entry = address_key(text)
    if entry.startswith("@"):
        entry = f"*{entry}"
    if not entry:
        raise BadInput("an address is expected", field="address", hint=_HINT)
    if len(entry) > LONGEST or not entry.isprintable() or any(each.isspace() for each in entry):
        raise BadInput("that is no address", field="address", hint=_HINT)
    rest = entry.removeprefix(DOMAIN)
    is_domain = rest != entry
    is_place = "@" in entry or any(each.isdigit() for each in entry)
    if not is_place or "*" in rest or (is_domain and ("@" in rest or "." not in rest.strip("."))):
        raise BadInput(f"{entry} is no address and no domain", field="address", hint=_HINT)
    return entry
