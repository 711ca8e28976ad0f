import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.envelope import outline
from mautod.core.surrogates import mend


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb'"\ud83d"', rb'"\ufffd"'),
        (rb'"\ude00 x"', rb'"\ufffd x"'),
        (rb'"\ud83d\ude00"', rb'"\ud83d\ude00"'),
        (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (rb'"\\ud83d"', rb'"\\ud83d"'),
        (rb'"\\\ud83d"', rb'"\\\ufffd"'),
    ],
)
def test_only_half_characters_are_replaced(sent, kept):
    assert mend(sent) == kept


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from('\\"\ud83d\ude00')))
def test_any_text_that_a_browser_can_send_is_readable(text):
    body = json.dumps({"a": text}).encode()
    outline(mend(body))
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert mend(body) == body
