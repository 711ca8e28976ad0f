"""Colours and what they mean: green earned, yellow waits, red refused, grey rests.

Every place names a meaning (`$good`), never a colour, so that any theme of Textual and the sixteen
colours of the terminal itself work too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

NIGHT: Final = Theme(
    name="mautod",
    primary="#7aa2d6",
    secondary="#8fb8a8",
    accent="#e0a458",
    success="#8fbf7f",
    warning="#e3b55c",
    error="#e0726a",
    foreground="#d5d9de",
    background="#14171c",
    surface="#14171c",
    panel="#1d2229",
    dark=True,
    variables={
        "line": "#3a424d",
        "line-focus": "#7aa2d6",
        "quiet": "#808a97",
        "cursor": "#26303c",
        "cursor-rest": "#1b2027",
        "border": "#7aa2d6",
    },
)
DAY: Final = Theme(
    name="mautod-day",
    primary="#2f5d95",
    secondary="#37705d",
    accent="#9a5b00",
    success="#2e7031",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#22262b",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#efede7",
    dark=False,
    variables={
        "line": "#c3c0b8",
        "line-focus": "#2f5d95",
        "quiet": "#6b6f76",
        "cursor": "#dfe6ee",
        "cursor-rest": "#efede7",
        "border": "#2f5d95",
    },
)
THEMES: Final = (NIGHT, DAY)


def meanings(variables: Mapping[str, str], *, ansi: bool) -> dict[str, str]:
    """The names that the screens use, from the variables of whatever theme is on."""
    common = {
        "good": variables["success"],
        "wait": variables["warning"],
        "bad": variables["error"],
        "mark": variables["accent"],
        "lead": variables["primary"],
        "ink": variables["foreground"],
    }
    if ansi:
        rest = {
            "line": "ansi_bright_black",
            "line-focus": "ansi_blue",
            "quiet": "ansi_bright_black",
            "cursor": "ansi_default",
            "cursor-rest": "ansi_default",
        }
    else:
        rest = {
            "line": variables["panel-lighten-2"],
            "line-focus": variables["primary"],
            "quiet": variables["secondary"],
            "cursor": variables["panel-lighten-1"],
            "cursor-rest": variables["panel"],
        }
    return common | {name: variables.get(name, color) for name, color in rest.items()}
