"""The manifest, `stackbridge.yaml` version 1: text to Stack and back.

`schemas/manifest.schema.json` and `docs/manifest.md` describe the form. Reading collects
everything that is wrong before it gives up; writing uses the short form of a package
wherever that can say all of it, and loses nothing.
"""

from __future__ import annotations

from stackbridge import yamltext
from stackbridge.errors import CollectedError
from stackbridge.hub._document_data import stack_data
from stackbridge.hub._document_nodes import Reader
from stackbridge.hub.stack import Stack

__all__ = ["read", "write"]

MAX_ERRORS = 30
"""Most mistakes of one file that are shown."""


def read(text: str, file: str | None = None) -> Stack:
    """The stack that a manifest describes; every part knows its place.

    Raises:
        InputError: the text is no YAML that is accepted.
        CollectedError: it is no manifest; all that is wrong, with file, line, column and hint.
    """
    reader = Reader(file)
    stack = reader.stack(yamltext.load(text, file))
    if reader.errors or stack is None:
        errors = sorted(reader.errors, key=lambda error: (error.line or 0, error.column or 0))
        raise CollectedError(errors[:MAX_ERRORS])
    return stack


def write(stack: Stack) -> str:
    """The manifest's text: `read(write(stack)) == stack`.

    Raises:
        ValueError: an extension holds something which is neither text, number, list nor
            mapping.
    """
    return yamltext.dump(stack_data(stack))
