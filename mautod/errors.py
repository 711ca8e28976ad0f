"""Failures with codes.

Every failure that a user may see is one of these: what was wrong, what was expected, what to do.
The edges translate them: http to a status, the CLI to an exit code and one line, tasks to a retry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class MautodError(Exception):
    """Base of all expected failures.

    `field` names the part of the input at fault, `hint` says what to do about it.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, field: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        return sentence(self.message, self.hint)


def sentence(message: str, hint: str) -> str:
    """What was wrong and what to do, parted by a full stop."""
    stop = "" if not hint or message.endswith((".", ":", "?", "!")) else "."
    return f"{message}{stop} {hint}".strip()


class BadInput(MautodError):
    """What came in makes no sense; sending it again will not help."""

    code = "bad_input"
    status = 400
    exit_code = 2


class Unauthorized(MautodError):
    """No key, or a key that nobody knows."""

    code = "unauthorized"
    status = 401
    exit_code = 2


class Forbidden(MautodError):
    """The key is known but may not do this."""

    code = "forbidden"
    status = 403
    exit_code = 2


class NotFound(MautodError):
    """There is no such thing."""

    code = "not_found"
    status = 404
    exit_code = 1


class Conflict(MautodError):
    """The present state does not allow it."""

    code = "conflict"
    status = 409
    exit_code = 1


class TooLarge(MautodError):
    """Over one of the size, count or depth limits."""

    code = "too_large"
    status = 413
    exit_code = 2


class TooMany(MautodError):
    """Over the rate; try again after `retry_after_s` seconds."""

    code = "too_many_requests"
    status = 429
    exit_code = 3

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(MautodError):
    """Not possible now: full, locked, stopped; try again after `retry_after_s` seconds."""

    code = "unavailable"
    status = 503
    exit_code = 3

    def __init__(self, message: str, *, retry_after_s: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class ConfigError(BadInput):
    """`config.toml` or `.env` holds something unknown or unfit."""

    code = "bad_config"


class RuleError(BadInput):
    """A rule does not parse; `line` and `column` count from 1 within the rule's text."""

    code = "bad_rule"

    def __init__(self, message: str, *, text: str, line: int, column: int, hint: str = "") -> None:
        super().__init__(message, field="rule", hint=hint)
        self.text = text
        self.line = line
        self.column = column

    def picture(self) -> str:
        """The offending line with a caret under the offending column."""
        lines = self.text.splitlines() or [""]
        shown = lines[min(self.line, len(lines)) - 1]
        return f"{shown}\n{' ' * (self.column - 1)}^"


class DefinitionError(BadInput):
    """A definition file is wrong: which file, line and key, and what was expected.

    `spot`, where it is known, is the text of that line and the column in it, from 1.
    """

    code = "bad_definition"

    def __init__(
        self,
        message: str,
        *,
        file: str,
        line: int = 0,
        key: str = "",
        hint: str = "",
        spot: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(message, field=key, hint=hint)
        self.file = file
        self.line = line
        self.key = key
        self.spot = spot

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        picture = f"\n{self.picture()}" if self.spot else ""
        return f"{place}:{key} {sentence(self.message, self.hint)}{picture}"

    def picture(self) -> str:
        """The line with a caret under the column; empty if the spot is not known."""
        return pictured(*self.spot) if self.spot else ""

    def moved(self, file: str, line: int) -> DefinitionError:
        """The same error at another place."""
        return DefinitionError(
            self.message, file=file, line=line, key=self.key, hint=self.hint, spot=self.spot
        )


def pictured(text: str, column: int, most: int = 76) -> str:
    """A line of a file, indented, with a caret under `column`; of a long line what is around it."""
    start = max(0, column - 1 - most // 2) if len(text) > most else 0
    shown = text[start : start + most].replace("\t", " ")
    return f"    {shown}\n    {' ' * max(0, min(column - 1 - start, most))}^"


class DefinitionErrors(DefinitionError):
    """Several definitions are wrong; `errors` are all of them, the first stands for the rest."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        first = errors[0]
        super().__init__(
            first.message,
            file=first.file,
            line=first.line,
            key=first.key,
            hint=first.hint,
            spot=first.spot,
        )
        self.errors = tuple(errors)

    def __str__(self) -> str:
        lines = [str(error) for error in self.errors]
        count = [f"{len(lines)} errors in the definitions:"] if len(lines) > 1 else []
        return "\n".join(count + lines)
