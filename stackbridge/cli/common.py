"""What all commands share: reading sources, showing notices, printing answers."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stackbridge.cli.files import write_directory, write_text
from stackbridge.errors import CollectedError, InputError, LossError
from stackbridge.reports.notices import notice_data
from stackbridge.reports.terminal import printable

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Format, Input, Reading
    from stackbridge.hub.notices import Notice

__all__ = [
    "cache_directory",
    "detect",
    "format_option",
    "load",
    "notice_data",
    "open_input",
    "print_json",
    "printable",
    "read_source",
    "refuse_losses",
    "show_notices",
    "source_argument",
    "write_directory",
    "write_text",
]

F = TypeVar("F", bound=Callable[..., Any])

LARGEST = 256 * 1024 * 1024  # bytes; a real spack.lock or database can be 100 MB
LARGEST_TEXT = 32 * 1024 * 1024  # bytes, of everything else


# --- options -----------------------------------------------------------------------------


def format_option(*choices: str) -> Callable[[F], F]:
    """`--format`, whose first choice is the default; the parameter is `output_format`."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="How the answer is given.",
    )


def source_argument(*, many: bool = False) -> Callable[[F], F]:
    """`SOURCE`: a file name or `-`; the parameter is `source` or `sources`."""
    if many:
        return click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
    return click.argument("source", metavar="SOURCE")


# --- reading -----------------------------------------------------------------------------


def load(source: str) -> tuple[str, str | None]:
    """The text of a file or, for `-`, of standard input, with the name for messages.

    Raises InputError for what is missing, too large or not UTF-8 text.
    """
    name = None if source == "-" else source
    limit = LARGEST if source.endswith((".json", ".lock")) or name is None else LARGEST_TEXT
    try:
        if name is None:
            data = sys.stdin.buffer.read(limit + 1)
        else:
            path = Path(source)
            if path.is_dir():
                raise InputError("this is a directory, not a file", file=source)
            if path.exists() and not path.is_file():
                raise InputError("this is not a regular file", file=source)
            with path.open("rb") as stream:
                data = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise InputError("no such file", file=source) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"can't be read: {reason}", file=source) from error
    if len(data) > limit:
        raise InputError(f"larger than {limit // 1024 // 1024} MiB", file=name or "<stdin>")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "not UTF-8 text", file=name or "<stdin>", line=line, hint="is it a binary file?"
        ) from error
    return text, name


def detect(text: str, name: str | None) -> Format:
    """The format of a text, by its beginning and then by its file name.

    Raises InputError where neither tells.
    """
    from stackbridge.ecosystems import FORMATS

    base = PurePath(name).name if name else ""
    by_name = [row for row in FORMATS if any(fnmatch.fnmatch(base, n) for n in row.names)]
    head = text[: 64 * 1024]
    by_text = [
        row for row in FORMATS if row.looks_like and re.search(row.looks_like, head, re.MULTILINE)
    ]
    both = [row for row in by_name if row in by_text]
    found = both or by_name or by_text
    if not found:
        raise InputError(
            "can't tell what format this is",
            file=name or "<stdin>",
            hint="name it with `-f`; `stackbridge formats` lists them",
        )
    return found[0]


def open_input(source: str) -> Input:
    """A source with its text; files named relative to it can be read beside it."""
    from stackbridge.ecosystems import Input

    text, name = load(source)
    base = Path(name).parent if name else None

    def sibling(path: str) -> str | None:
        target = None if base is None or "\0" in path else base / path
        if target is None or not target.is_file() or target.stat().st_size > LARGEST_TEXT:
            return None
        try:
            return target.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    return Input(text=text, file=name, sibling=sibling)


def read_source(
    source: str, context: Context, format_name: str | None = None
) -> tuple[Format, Reading]:
    """Read a file or standard input in the format named, or the one it looks like."""
    from stackbridge.ecosystems import format_named

    chosen = format_named(format_name) if format_name else None
    if source != "-" and chosen is None and Path(source).is_dir():
        raise InputError("this is a directory, not a file", file=source)
    given = open_input(source)
    row = chosen or detect(given.text, given.file)
    try:
        return row, row.load_reader().read(given, context)
    except InputError as error:
        for one in error.errors if isinstance(error, CollectedError) else (error,):
            one.at(given.file or "<stdin>")
        raise error.at(given.file or "<stdin>") from error
    except RecursionError as error:
        raise InputError("nested too deeply", file=given.file or "<stdin>") from error


def cache_directory() -> str | None:
    """Where indexes are kept between runs; None when STACKBRIDGE_CACHE is set to nothing."""
    chosen = os.environ.get("STACKBRIDGE_CACHE")
    if chosen is not None:
        return chosen or None
    import platformdirs

    return platformdirs.user_cache_dir("stackbridge", appauthor=False)


# --- notices -----------------------------------------------------------------------------


COLORS = {"lost": "red", "approximated": "yellow", "assumed": "cyan", "info": "blue"}


MANY = 8  # assumptions of one kind; of more than that, the terminal gets one line
NAMED = 5


def show_notices(notices: Sequence[Notice], file: str | None = None) -> None:
    """Notices as text on standard error, and as JSON into `file`.

    On the terminal each loss and approximation has its line, which packages share where the
    same is said of them; all that were asked for by name are named. Many assumptions of one
    kind are one line with their number; what is only informative is counted.
    """
    if file is not None:
        write_text(file, json.dumps(notice_data(notices), indent=2) + "\n", force=True)
    kinds = Counter(notice.code for notice in notices)
    folded: dict[str, list[str]] = {}
    shown: dict[tuple[str, ...], list[Notice]] = {}
    quiet = 0
    for notice in notices:
        severity = notice.severity.value
        if severity == "info":
            quiet += 1
        elif severity == "assumed" and kinds[notice.code] > MANY:
            folded.setdefault(notice.code.value, []).append(notice.subject)
        else:
            asked = "asked" if notice.where.line else ""
            same = (notice.code.value, notice.what, notice.why, notice.instead, asked)
            shown.setdefault(same, []).append(notice)
    for alike in shown.values():
        _show_notices(alike)
    for code, subjects in folded.items():
        said = f"{code}, {len(subjects)} times: {_names(subjects, NAMED)}"
        click.echo(f"{_label('assumed')}: {printable(said)}", err=True)
    if quiet or folded:
        both = " and ".join(
            part
            for part in (
                f"{quiet} notices of what was kept" if quiet else "",
                "each assumption" if folded else "",
            )
            if part
        )
        click.echo(f"info: {both}: `--notices FILE` lists them", err=True)


def _names(subjects: Sequence[str], most: int) -> str:
    names = list(dict.fromkeys(subjects))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _show_notices(alike: Sequence[Notice]) -> None:
    """One line for notices that say the same; of those asked for, each is named."""
    notice = alike[0]
    asked = notice.where.line is not None
    names = _names([each.subject for each in alike], len(alike) if asked else NAMED)
    place = f"{notice.where.file or '<stdin>'}:{notice.where.line}: " if notice.where.line else ""
    if len({each.where for each in alike}) > 1 and asked:
        place = f"{notice.where.file or '<stdin>'}: "
    instead = f"; {notice.instead}" if notice.instead else ""
    text = f"{place}{names}: {notice.what} ({notice.why}){instead}"
    click.echo(f"{_label(notice.severity.value)}: {printable(text)}", err=True)


def _label(severity: str) -> str:
    return click.style(severity, fg=COLORS[severity], bold=True)


def refuse_losses(notices: Sequence[Notice], *, strict: bool) -> None:
    """Raise LossError when `--strict` was given and something is lost or approximated."""
    from stackbridge.hub.notices import losses

    count = len(losses(notices))
    if strict and count:
        raise LossError(
            f"{count} lost or approximated, and --strict was given; nothing was written",
            hint="the notices above say what; leave out --strict to accept it",
        )


# --- answers -----------------------------------------------------------------------------


def print_json(data: Any) -> None:
    """Data on standard output."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))
