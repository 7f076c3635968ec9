"""Every failure that a user can meet.

    StackBridgeError        2
    ├── InputError          2   a file is wrong: place, reason, hint
    │   └── CollectedError  2   several things are wrong in one file
    ├── UsageError          2   the command line is wrong
    ├── LossError           3   losses under --strict
    ├── ToolMissingError    4   a needed external tool is missing
    └── NotAvailableError   4   not part of this release

The figures are the exit codes. 0 means yes or done, 1 means that the answer is no;
neither is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "CollectedError",
    "InputError",
    "LossError",
    "NotAvailableError",
    "StackBridgeError",
    "ToolMissingError",
    "UsageError",
]


class StackBridgeError(Exception):
    """A failure to be shown to the user as `file:line:column: message`, then the hint."""

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.hint = hint

    def at(
        self, file: str | None = None, line: int | None = None, column: int | None = None
    ) -> StackBridgeError:
        """Fill in what is not known yet of the place; context grows outward."""
        self.file = self.file if self.file is not None else file
        if self.line is None:
            self.line, self.column = line, column
        return self

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}\nhint: {self.hint}" if self.hint else text


class InputError(StackBridgeError):
    """A file that was given can't be understood."""


class CollectedError(InputError):
    """Everything that is wrong in one file, in `errors`; it shows them all."""

    def __init__(self, errors: Sequence[StackBridgeError]) -> None:
        first = errors[0]
        super().__init__(
            first.message, file=first.file, line=first.line, column=first.column, hint=first.hint
        )
        self.errors = tuple(errors)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.errors,)  # so that another process can hand it back

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class UsageError(StackBridgeError):
    """The command line asks for something that can't be."""


class LossError(StackBridgeError):
    """`--strict` was given and something would be lost or approximated."""

    exit_code: ClassVar[int] = 3


class ToolMissingError(StackBridgeError):
    """An external program that the command needs is not installed or does not run."""

    exit_code: ClassVar[int] = 4


class NotAvailableError(StackBridgeError):
    """A format or command which is planned, but not part of this release."""

    exit_code: ClassVar[int] = 4
