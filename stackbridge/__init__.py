"""StackBridge: one manifest for an HPC software stack.

The public interface is five functions over text and values; each imports what it needs
when it is called. Files are the caller's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Identity
    from stackbridge.ecosystems import Context, Reading, Writing

__all__ = ["convert", "lookup", "read", "write"]
__version__ = "0.1.0"


def read(
    text: str,
    format: str,
    *,
    file: str | None = None,
    context: Context | None = None,
) -> Reading:
    """Read a text in a named format (`spack`, `easystack`, ...).

    `file` is used in messages only. Raises `stackbridge.errors.InputError` for what can't
    be understood and NotAvailableError for a format without a reader.
    """
    from stackbridge.ecosystems import Context as Nothing
    from stackbridge.ecosystems import Input, format_named

    reader = format_named(format).load_reader()
    return reader.read(Input(text=text, file=file), context or Nothing())


def write(reading: Reading, format: str, *, context: Context | None = None) -> Writing:
    """Write what was read in a named format: file names -> texts, and the notices."""
    from stackbridge.ecosystems import Context as Nothing
    from stackbridge.ecosystems import format_named

    return format_named(format).load_writer().write(reading, context or Nothing())


def convert(
    text: str, source: str, target: str, *, file: str | None = None, context: Context | None = None
) -> Writing:
    """Translate a text from one format into another, with all notices of both ways."""
    from dataclasses import replace

    reading = read(text, source, file=file, context=context)
    writing = write(reading, target, context=context)
    return replace(writing, notices=reading.notices + writing.notices)


def lookup(name: str, ecosystem: str | None = None) -> Identity | None:
    """Who is this? The software of that name, as the shipped catalog knows it."""
    from stackbridge.catalog.lookup import Catalog

    return Catalog.open(None).find(name, ecosystem)
