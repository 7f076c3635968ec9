"""What is wrong with a manifest beyond its form: definitions, groups, contradictions."""

from __future__ import annotations

import difflib

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.errors import InputError
from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Notice
from stackbridge.hub.stack import Stack

__all__ = ["check"]


def check(
    name: str, source: Input | None, reading: Reading, context: Context
) -> tuple[tuple[Notice, ...], tuple[InputError, ...]]:
    """Notices and errors: unknown definitions and groups, matrices which contradict themselves."""
    if reading.stack is None:
        return (), ()
    errors = list(_groups(reading.stack))
    try:
        expand(reading.stack)
    except InputError as error:
        errors.append(error)
    return (), tuple(errors)


def _groups(stack: Stack) -> list[InputError]:
    errors: list[InputError] = []
    names = [group.name for group in stack.groups]
    for index, group in enumerate(stack.groups):
        wrong: list[tuple[str, str | None]] = []
        if group.name in names[:index]:
            wrong.append((f"the group `{group.name}` is described twice", None))
        for needed in group.needs:
            if needed not in names:
                near = difflib.get_close_matches(needed, names, n=1)
                hint = f"did you mean `{near[0]}`?" if near else None
                wrong.append((f"the group `{group.name}` needs `{needed}`, which is none", hint))
        errors += [
            InputError(
                message,
                file=group.place.file,
                line=group.place.line,
                column=group.place.column,
                hint=hint,
            )
            for message, hint in wrong
        ]
    return errors
