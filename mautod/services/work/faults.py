"""Failures in the form in which they travel."""

from __future__ import annotations

from mautod import wire
from mautod.errors import DefinitionError, MautodError, RuleError


def fault_of(error: MautodError) -> wire.Fault:
    """What `client.failure` makes an error of again; a definition's tells file and line in words.

    All the errors of several definitions travel, one to a line.
    """
    if isinstance(error, DefinitionError):
        return wire.Fault(error.code, str(error), error.field)
    if isinstance(error, RuleError):
        told = (error.text, error.line, error.column)
        return wire.Fault(error.code, error.message, error.field, error.hint, *told)
    return wire.Fault(error.code, error.message, error.field, error.hint)
