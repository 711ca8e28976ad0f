"""Which method of the desk answers at which address."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any, Final, get_type_hints

import msgspec

from mautod.services.desk import Desk
from mautod.wire import Shape

_IN_PATH: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of the desk at one address.

    `query` holds the parameters of address and query string; `body`, if any, is the argument `ask`.
    """

    method: str
    path: str
    name: str
    summary: str
    query: type[msgspec.Struct]
    body: type[Shape] | None
    answer: type[Shape]

    @property
    def in_path(self) -> list[str]:
        """Parameters that are part of the address."""
        return _IN_PATH.findall(self.path)


def _endpoint(method: str, path: str, name: str) -> Endpoint:
    called = getattr(Desk, name)
    hints = get_type_hints(called, include_extras=True)
    answer = hints.pop("return")
    body = hints.pop("ask", None)
    query = msgspec.defstruct(
        f"{name}_query", [_field(called, param, kind) for param, kind in hints.items()]
    )
    return Endpoint(method, f"/api/{path}", name, inspect.getdoc(called) or "", query, body, answer)


def _field(called: Any, param: str, kind: Any) -> tuple[str, Any] | tuple[str, Any, Any]:
    default = inspect.signature(called).parameters[param].default
    return (param, kind) if default is inspect.Parameter.empty else (param, kind, default)


ENDPOINTS: Final = (
    _endpoint("GET", "status", "status"),
    _endpoint("GET", "live", "live"),
    _endpoint("GET", "doctor", "doctor"),
    _endpoint("GET", "log", "log"),
    _endpoint("GET", "problems", "problems"),
    _endpoint("POST", "problems/{problem}/retry", "retry_problem"),
    _endpoint("POST", "problems/{problem}/drop", "drop_problem"),
    _endpoint("GET", "events", "events"),
    _endpoint("POST", "events", "send"),
    _endpoint("GET", "events/names", "event_names"),
    _endpoint("GET", "events/count", "count"),
    _endpoint("GET", "people", "people"),
    _endpoint("GET", "export", "people_whole"),
    _endpoint("GET", "people/{person}", "person"),
    _endpoint("GET", "people/{person}/timeline", "timeline"),
    _endpoint("GET", "duplicates", "duplicates"),
    _endpoint("POST", "people/{person}/change", "change"),
    _endpoint("POST", "people/{person}/merge", "merge"),
    _endpoint("POST", "people/{person}/unmerge", "unmerge"),
    _endpoint("POST", "people/{person}/erase", "erase"),
    _endpoint("GET", "erasures", "erasures"),
    _endpoint("GET", "searches", "searches"),
    _endpoint("POST", "searches", "save_search"),
    _endpoint("POST", "searches/{name}/delete", "delete_search"),
    _endpoint("GET", "bulk", "bulks"),
    _endpoint("POST", "bulk", "bulk"),
    _endpoint("POST", "bulk/{bulk}/step", "bulk_step"),
    _endpoint("GET", "people/{person}/dossier", "dossier"),
    _endpoint("GET", "imports", "imports"),
    _endpoint("POST", "imports", "begin_import"),
    _endpoint("POST", "imports/{number}/rows", "import_rows"),
    _endpoint("POST", "imports/{number}/drop", "drop_import"),
    _endpoint("POST", "words/settle", "settle_words"),
    _endpoint("GET", "quality", "quality"),
    _endpoint("GET", "quality/{group}", "quality_people"),
    _endpoint("GET", "why", "why"),
    _endpoint("GET", "segments", "segments"),
    _endpoint("GET", "segments/{key}", "segment"),
    _endpoint("POST", "segments", "create_segment"),
    _endpoint("POST", "segments/{key}", "define"),
    _endpoint("POST", "segments/{key}/delete", "delete_segment"),
    _endpoint("POST", "segments/{key}/list", "list_people"),
    _endpoint("GET", "segments/{key}/explain", "explain"),
    _endpoint("GET", "segments/{key}/moves", "moves"),
    _endpoint("GET", "scores", "scores"),
    _endpoint("GET", "scores/{key}", "score"),
    _endpoint("GET", "scores/{key}/people", "score_people"),
    _endpoint("GET", "scores/{key}/explain", "score_explain"),
    _endpoint("POST", "preview", "preview"),
    _endpoint("POST", "complete", "complete"),
    _endpoint("POST", "sql", "sql"),
    _endpoint("POST", "overlap", "overlap"),
    _endpoint("GET", "codes", "codes"),
    _endpoint("GET", "calls", "calls"),
    _endpoint("GET", "chains", "chains"),
    _endpoint("GET", "chains/{key}", "chain"),
    _endpoint("POST", "chains/{key}/pause", "pause"),
    _endpoint("POST", "chains/{key}/resume", "resume"),
    _endpoint("POST", "chains/{key}/shift", "shift"),
    _endpoint("POST", "chains/{key}/stop", "stop"),
    _endpoint("GET", "broadcasts", "broadcasts"),
    _endpoint("POST", "broadcasts", "ask_broadcast"),
    _endpoint("GET", "broadcasts/{key}", "broadcast"),
    _endpoint("GET", "broadcasts/{key}/recipients", "recipients"),
    _endpoint("GET", "broadcasts/{key}/check", "check_broadcast"),
    _endpoint("POST", "broadcasts/{key}/start", "start_broadcast"),
    _endpoint("POST", "broadcasts/{key}/drop", "drop_broadcast"),
    _endpoint("POST", "broadcasts/{key}/pause", "pause_broadcast"),
    _endpoint("POST", "broadcasts/{key}/resume", "resume_broadcast"),
    _endpoint("POST", "broadcasts/{key}/cancel", "cancel_broadcast"),
    _endpoint("GET", "runs", "runs"),
    _endpoint("GET", "messages", "messages"),
    _endpoint("GET", "messages/{message}", "message"),
    _endpoint("GET", "messages/{message}/visits", "visits"),
    _endpoint("POST", "messages/rejudge", "rejudge"),
    _endpoint("GET", "popups", "popups"),
    _endpoint("GET", "servers", "servers"),
    _endpoint("GET", "servers/landed", "landed"),
    _endpoint("GET", "alarms", "alarms"),
    _endpoint("POST", "channels/{channel}/pause", "pause_channel"),
    _endpoint("POST", "channels/{channel}/resume", "resume_channel"),
    _endpoint("GET", "goals", "goals"),
    _endpoint("POST", "funnel", "funnel"),
    _endpoint("GET", "retention", "retention"),
    _endpoint("GET", "journey", "journey"),
    _endpoint("GET", "templates", "templates"),
    _endpoint("GET", "templates/{key}/preview", "preview_template"),
    _endpoint("POST", "templates/{key}/test", "test_template"),
    _endpoint("GET", "letters/check", "check_templates"),
    _endpoint("GET", "suppressions", "suppressions"),
    _endpoint("POST", "suppressions", "suppress"),
    _endpoint("GET", "suppressions/whole", "suppressions_whole"),
    _endpoint("POST", "suppressions/lines", "suppress_lines"),
    _endpoint("POST", "suppressions/lift", "unsuppress"),
    _endpoint("POST", "unsubscribe", "unsubscribe"),
    _endpoint("POST", "subscribe", "subscribe"),
    _endpoint("GET", "topics", "topics"),
    _endpoint("GET", "consents", "consents"),
    _endpoint("GET", "people/{person}/consent", "consent"),
    _endpoint("GET", "chats", "chats"),
    _endpoint("GET", "chats/counts", "chat_counts"),
    _endpoint("GET", "chats/commands", "slashes"),
    _endpoint("GET", "chats/{chat}", "chat"),
    _endpoint("POST", "chats/{chat}/reply", "reply_chat"),
    _endpoint("POST", "chats/{chat}/note", "note_chat"),
    _endpoint("POST", "chats/{chat}/typing", "typing_chat"),
    _endpoint("POST", "chats/{chat}/read", "read_chat"),
    _endpoint("POST", "chats/{chat}/give", "give_chat"),
    _endpoint("POST", "chats/{chat}/close", "close_chat"),
    _endpoint("POST", "chats/{chat}/snooze", "snooze_chat"),
    _endpoint("POST", "chats/{chat}/open", "open_chat"),
    _endpoint("POST", "chats/{chat}/do", "do_chat"),
    _endpoint("POST", "chats/{chat}/complete", "complete_chat"),
    _endpoint("GET", "mail", "unmatched_mail"),
    _endpoint("GET", "files/{file}", "mail_file"),
    _endpoint("GET", "mail/{mail}", "unmatched_letter"),
    _endpoint("POST", "mail/{mail}/assign", "assign_mail"),
    _endpoint("POST", "mail/{mail}/drop", "drop_mail"),
    _endpoint("GET", "plan", "plan"),
    _endpoint("GET", "drift", "drift"),
    _endpoint("GET", "lint", "lint"),
    _endpoint("GET", "versions/{kind}/{key}", "versions"),
    _endpoint("POST", "versions/{kind}/{key}/rollback", "rollback"),
    _endpoint("POST", "apply", "apply"),
    _endpoint("POST", "test", "test"),
    _endpoint("POST", "simulate", "simulate"),
    _endpoint("POST", "replay", "replay"),
    _endpoint("GET", "work/{work}", "work"),
    _endpoint("POST", "work/{work}/stop", "stop_work"),
)
