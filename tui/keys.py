"""Every key once: bindings, the bar at the bottom, the help and the palette are made from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """One key: Textual's name of it, what it does, the words for the bar and for the help.

    `label` is empty when the bar need not show it; `glyph` is how the key itself is written.
    """

    key: str
    action: str
    label: str
    help: str
    glyph: str = ""

    @property
    def written(self) -> str:
        return self.glyph or self.key

    def binding(self) -> Binding:
        return Binding(self.key, self.action, self.label or self.help, show=False)


@dataclass(frozen=True, slots=True)
class Screenful:
    """One of the numbered screens: its digit, its letter after `g`, its name."""

    name: str
    title: str
    digit: str
    letter: str
    help: str


SCREENS: Final = (
    Screenful("home", "Home", "1", "h", "Today's numbers, and what needs somebody."),
    Screenful("live", "Live", "2", "l", "Who is on the site now, and what happens."),
    Screenful("inbox", "Inbox", "3", "i", "Conversations: who waits, what was said, the answer."),
    Screenful("people", "People", "4", "p", "Find people by rule; card, timeline, messages."),
    Screenful("segments", "Segments", "5", "s", "Sizes as they change, rules, samples."),
    Screenful("campaigns", "Campaigns", "6", "c", "What chains sent, reached and earned."),
    Screenful("journey", "Journey", "7", "j", "Stages, who moves on, and the messages at work."),
    Screenful("system", "System", "8", "y", "Queues, what was set aside, disk, log."),
)

EVERYWHERE: Final = (
    *(Key(s.digit, f"app.go('{s.name}')", "", s.help) for s in SCREENS),
    Key("g", "app.jump", "", "Then a letter: to a screen, or to the first or last row."),
    Key("escape", "app.leave", "", "Back, or take the filter away.", "esc"),
    Key("question_mark", "app.help", "keys", "Keys of this place.", "?"),
    Key("colon", "app.command", "command", "Run a command of the command line.", ":"),
    Key("slash", "app.filter", "", "Filter or search here.", "/"),
    Key("ctrl+p", "app.command_palette", "", "Find people, chains, segments, commands.", "ctrl+p"),
    Key("ctrl+r,f5", "app.reload", "", "Ask the daemon again.", "ctrl+r"),
    Key("T", "app.next_theme", "", "Another theme."),
    Key("q,ctrl+q", "app.quit", "", "Leave; the daemon goes on.", "q"),
)
MOVING: Final = (
    Key("j", "", "", "Down and up; also the arrows.", "j k"),
    Key("pageup", "", "", "A screenful up and down.", "PgUp PgDn"),
    Key("home", "", "", "First and last.", "Home End"),
    Key("tab", "", "", "Next pane, and back with shift.", "tab"),
)
HOME: Final = (
    Key("enter", "", "open", "To where something can be done about it.", "enter"),
    Key("tab", "", "under way", "To the campaigns under way, and back.", "tab"),
    Key("y", "copy", "copy", "Copy what is chosen."),
)
SYSTEM: Final = (
    Key("enter", "", "all of it", "All that is kept of the row, or of the line.", "enter"),
    Key("r", "retry", "take in again", "Take the row in again; what makes no sense comes back."),
    Key("d", "drop", "drop", "Forget the row; asks first."),
    Key("tab", "", "log", "To the log, and back.", "tab"),
    Key("y", "copy", "copy", "Copy the row as it came in, or the line."),
)
LIVE: Final = (
    Key("enter", "", "card", "Open the card of the chosen person.", "enter"),
    Key("w", "why", "why", "Why did this person get a message, or not?"),
    Key("slash", "", "search", "Show only what holds these letters.", "/"),
    Key("space", "hold", "pause", "Hold the events still, and let them go on."),
    Key("y", "copy", "copy", "Copy the person's address, or the event."),
)
INBOX: Final = (
    Key("enter", "", "answer", "To the conversation; write, and enter sends.", "enter"),
    Key("n", "note", "note", "Write a note that only colleagues see."),
    Key("a", "assign", "assign", "Give it to an operator, or to nobody."),
    Key("z", "snooze", "snooze", "Let it rest until a time, or until its person writes."),
    Key("x,c", "close", "close", "Close it; a closed one is opened again.", "x"),
    Key("o", "card", "card", "The card of the person."),
    Key("u", "take_back", "take back", "Take the last answer back, within five seconds."),
    Key("v", "view", "mine/all", "Mine, all, at rest, closed: the next of these."),
    Key("slash", "", "filter", "Show only conversations that hold these letters.", "/"),
    Key("y", "copy", "copy", "Copy what was said last."),
)
ANSWER: Final = (
    Key("enter", "", "send", "Send it, in five seconds.", "enter"),
    Key("ctrl+j", "", "new line", "Break the line.", "ctrl+j"),
    Key("tab", "", "/command", "Take the marked candidate; a slash begins a command.", "tab"),
    Key("ctrl+z", "", "take back", "Take the last answer back, within five seconds.", "ctrl+z"),
    Key("f1", "", "keys", "Keys of this place.", "F1"),
    Key("escape", "", "back", "Back to the list; what is written stays as a draft.", "esc"),
)
PEOPLE: Final = (
    Key(
        "slash",
        "",
        "search",
        'Search: a name, an address, or a rule like did "Order Completed".',
        "/",
    ),
    Key("s", "searches", "saved", "Saved searches: use, save the present one, delete."),
    Key("space", "mark", "mark", "Mark this person, or take the mark away.", "space"),
    Key("a", "mark_all", "all", "Mark all that the search finds, or nobody."),
    Key(
        "b",
        "act",
        "act on them",
        "Tag, put on a list, start a chain, unsubscribe … for all marked; asks first.",
    ),
    Key("enter", "", "card", "Into the card.", "enter"),
    Key("w", "why", "why", "Why did this person get a message, or not?"),
    Key("y", "copy", "copy", "Copy the address."),
)
CARD: Final = (
    Key("right,l", "section(1)", "section", "Next and previous section of the card.", "← →"),
    Key("left,h", "section(-1)", "", "Previous section.", "←"),
    Key("enter", "", "open", "All about the chosen event or message.", "enter"),
    Key("w", "why", "why", "Why was this message sent, or not?"),
    Key("y", "copy", "copy", "Copy what is chosen."),
    Key("escape", "", "back", "Back to the list.", "esc"),
)
SEGMENTS: Final = (
    Key("enter", "", "people", "To the people in it, then to a card.", "enter"),
    Key(
        "t",
        "probe",
        "try a rule",
        "Write a rule: its size and people as you type; ctrl+s stores it.",
    ),
    Key("e", "edit", "edit", "Change the rule of this segment."),
    Key("h", "history", "history", "How the size went; who entered and left, and when."),
    Key("w", "why", "why", "Why is a person in it, or not? The rule as a tree with values."),
    Key("o", "overlap", "overlap", "People in common: of the marked segments, or of all."),
    Key("space", "mark", "", "Mark the segment for the overlap.", "space"),
    Key("slash", "", "filter", "Show only segments whose name holds these letters.", "/"),
    Key("y", "copy", "copy", "Copy the rule."),
)
HISTORY: Final = (
    Key("enter", "", "card", "The card of the person.", "enter"),
    Key("w", "why", "why", "Why is this person in the segment, or not?"),
    Key("escape", "", "back", "Back to the segments.", "esc"),
)
OVERLAP: Final = (
    Key("t", "turn", "matrix or table", "Shares as a shaded matrix, or pairs as a table."),
    Key("enter", "", "people", "In the table: the people who are in both.", "enter"),
    Key("escape", "", "back", "Back to the segments.", "esc"),
)
RULE: Final = (
    Key("tab", "", "take", "Take the marked candidate.", "tab"),
    Key("up", "", "choose", "Choose a candidate while a word is typed; ctrl+n at any time.", "↑ ↓"),
    Key("ctrl+s", "save", "save", "Write the segment into its file and put it in force.", "ctrl+s"),
    Key("shift+tab", "", "people", "To the people it finds; tab comes back.", "shift+tab"),
    Key("f1", "app.help", "keys", "Keys of this place.", "F1"),
    Key("escape", "", "back", "Back; what is written stays until it is saved.", "esc"),
)
CAMPAIGNS: Final = (
    Key("p", "pause", "pause", "Pause or resume the chain; asks first."),
    Key("e", "edit", "edit", "Its file in your editor, then what the change would mean."),
    Key("s", "simulate", "simulate", "Lead an invented or a known person through it."),
    Key("w", "why", "why a person…", "Why did a person get a message, or not?"),
    Key("v", "versions", "versions", "Its versions with what differs; b there goes back."),
    Key("r", "report", "report", "What it came to, step by step, and against the holdout."),
    Key("l", "lint", "lint", "What is well formed in its file and wrong all the same."),
    Key("a", "plan", "apply…", "What the files would change; then put them in force."),
    Key("enter", "", "step", "To the steps; on a step, to the people and messages.", "enter"),
    Key("slash", "", "filter", "Show only chains whose name holds these letters.", "/"),
    Key("y", "copy", "copy", "Copy the chain's key."),
)
SIMULATE: Final = (
    Key("ctrl+s", "play", "play", "Lead the person through the chain again.", "ctrl+s"),
    Key("ctrl+l", "log", "to the log", "To the log, and back to the file.", "ctrl+l"),
    Key("f2", "everything", "all", "Other chains and segments too, or not.", "F2"),
    Key("f3", "copy_log", "copy", "Copy the log.", "F3"),
    Key("f1", "app.help", "keys", "Keys of this place.", "F1"),
    Key("escape", "", "back", "Back; what is written stays until you leave the desk.", "esc"),
)
VERSIONS: Final = (
    Key("b", "rollback", "go back to it", "Put this version in force again; asks first."),
    Key("enter", "", "what differs", "To the difference to the one before.", "enter"),
    Key("y", "copy", "copy", "Copy the difference."),
    Key("escape", "", "back", "Back to the campaigns.", "esc"),
)
JOURNEY: Final = (
    Key("enter", "", "people", "The people at this stage, as a rule.", "enter"),
    Key("d", "period", "days", "Look back 30, 90 or 7 days."),
    Key("y", "copy", "copy", "Copy the key of the stage's segment."),
)
STEP: Final = (
    Key("enter", "", "decisions", "The message and what the gate decided; or the run.", "enter"),
    Key("w", "why", "why", "How this person came here: the trigger, each step, each check."),
    Key("m", "turn", "people or messages", "Who stands at the step, or what it sent."),
    Key("c", "card", "card", "The card of the person."),
    Key("escape", "", "back", "Back to the chain.", "esc"),
)
TYPING: Final = frozenset({"rule", "simulate", "answer"})
"""Places where letters are text."""

PLACES: Final[dict[str, tuple[Key, ...]]] = {
    "home": HOME,
    "system": SYSTEM,
    "live": LIVE,
    "inbox": INBOX,
    "answer": ANSWER,
    "people": PEOPLE,
    "segments": SEGMENTS,
    "rule": RULE,
    "history": HISTORY,
    "overlap": OVERLAP,
    "campaigns": CAMPAIGNS,
    "journey": JOURNEY,
    "card": CARD,
    "step": STEP,
    "simulate": SIMULATE,
    "versions": VERSIONS,
}


def bindings(keys: Iterable[Key]) -> list[Binding]:
    """Textual's bindings of those keys that carry an action of their own."""
    return [key.binding() for key in keys if key.action]


def shown(place: str) -> list[Key]:
    """What the bar says in `place`, most useful first, the general ones at the end."""
    general = [] if place in TYPING else [key for key in EVERYWHERE if key.label]
    return [key for key in PLACES.get(place, ()) if key.label] + general
