r"""Half characters: JavaScript cuts text in the middle of an emoji and sends the half as `\ud83d`.

By JSON's grammar that is valid, as text it is not, and the decoder refuses the whole request.
"""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


def mend(body: bytes) -> bytes:
    """JSON `body` with each escaped half character replaced by U+FFFD, all else untouched."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], body)
