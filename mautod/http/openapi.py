"""`/api/openapi.json`, generated from the endpoints and their shapes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mautod import __version__, wire
from mautod.http.endpoints import ENDPOINTS, Endpoint

_REF: Final = "#/components/schemas/{name}"
_STREAM: Final = {
    "get": {
        "operationId": "stream",
        "summary": "What happens, as server-sent events; resumes after Last-Event-ID.",
        "parameters": [
            {
                "name": "topics",
                "in": "query",
                "required": False,
                "description": "Some of them, with commas; all when absent.",
                "schema": {"type": "string", "example": ",".join(wire.TOPICS)},
            },
            {
                "name": "Last-Event-ID",
                "in": "header",
                "required": False,
                "schema": {"type": "integer"},
            },
        ],
        "responses": {"200": {"description": "A stream.", "content": {"text/event-stream": {}}}},
    }
}


def describe() -> dict[str, Any]:
    """The control API as an OpenAPI 3.1 document."""
    kinds: set[type[wire.Shape]] = {
        *(each.answer for each in ENDPOINTS),
        *(each.body for each in ENDPOINTS if each.body),
        *wire.BODIES.values(),
        wire.ErrorAnswer,
    }
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    refs, schemas = msgspec.json.schema_components(ordered, ref_template=_REF)
    named = dict(zip(ordered, refs, strict=True))
    paths: dict[str, dict[str, Any]] = {"/api/stream": _STREAM}
    for each in ENDPOINTS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, named)
    return {
        "openapi": "3.1.0",
        "info": {"title": "mautod control API", "version": __version__},
        "security": [{"key": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _operation(each: Endpoint, named: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "parameters": _parameters(each),
        "responses": {
            "200": {"description": "Done.", **_content(named[each.answer])},
            "default": {"description": "It failed.", **_content(named[wire.ErrorAnswer])},
        },
    }
    if each.body is not None:
        described["requestBody"] = {"required": True, **_content(named[each.body])}
    return described


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _parameters(each: Endpoint) -> list[dict[str, Any]]:
    (_,), schemas = msgspec.json.schema_components([each.query])
    schema = schemas[each.query.__name__]
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "path" if name in each.in_path else "query",
            "required": name in required,
            "schema": kind,
        }
        for name, kind in schema["properties"].items()
    ]
