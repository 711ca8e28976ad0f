"""The template of what an operator writes to one person: made here, not in a workspace.

The words are values, never Liquid: nothing that anybody writes is run.
"""

from __future__ import annotations

from typing import Final

from mautod.core.templates.template import Template

KEY: Final = "chat answer"
"""No file of a workspace makes a template of this name: its name has no space."""

_HTML: Final = """\
<div>{{ event.text | newline_to_br }}</div>
{% if event.quote != "" %}<br>
<div style="border-left:2px solid #ccc;padding-left:12px;color:#666">\
{{ event.quote | newline_to_br }}</div>{% endif %}
"""
_TEXT: Final = "{{ event.text }}\n\n{{ event.quote }}"

ANSWER: Final = Template(
    key=KEY,
    language="",
    file="",
    subject="{{ event.subject }}",
    html=_HTML,
    text=_TEXT,
    transactional=True,
    by_hand=True,
)
