"""`stackbridge validate`: are these files right? All of them are looked at."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackbridge.cli.common import (
    format_option,
    notice_data,
    open_input,
    print_json,
    printable,
    read_source,
    show_notices,
    source_argument,
)
from stackbridge.cli.convert import context_of, environment_option
from stackbridge.cli.many import sources_below
from stackbridge.errors import CollectedError, InputError, StackBridgeError

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context
    from stackbridge.hub.notices import Notice

__all__ = ["validate"]


@click.command(epilog="Example: stackbridge validate stackbridge.yaml site/*.eb")
@source_argument(many=True)
@click.option("-f", "--from", "source_format", metavar="FORMAT", help="Format of the sources.")
@click.option("--easyconfigs", multiple=True, metavar="DIR", help="Easyconfigs to resolve in.")
@click.option("--repository", "repositories", multiple=True, metavar="DIR", help="Spack packages.")
@environment_option
@format_option("text", "json")
def validate(
    *,
    sources: tuple[str, ...],
    source_format: str | None,
    easyconfigs: tuple[str, ...],
    repositories: tuple[str, ...],
    environment: tuple[str, ...],
    output_format: str,
) -> int:
    """Say whether SOURCE... can be read, and what is wrong where; exit 2 when any can't."""
    context = context_of(
        easyconfigs=easyconfigs, repositories=repositories, environment=environment
    )
    names = [name for source in sources for name in files_of(source, source_format)]
    answers = [answer(name, source_format, context) for name in names]
    if output_format == "json":
        print_json([data for data, _, _ in answers])
    else:
        for data, notices, errors in answers:
            show_notices(notices)
            for error in errors:
                click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
            name = "<stdin>" if data["source"] == "-" else printable(data["source"])
            click.echo(
                f"{name}: {data['format']}, valid" if data["valid"] else f"{name}: not valid"
            )
    return 0 if all(data["valid"] for data, _, _ in answers) else 2


def files_of(source: str, source_format: str | None) -> list[str]:
    """The source itself, or every file of a known format below a directory."""
    if source == "-" or not Path(source).is_dir():
        return [source]
    return sources_below(source, source_format)


def answer(
    source: str, source_format: str | None, context: Context
) -> tuple[dict[str, Any], tuple[Notice, ...], list[StackBridgeError]]:
    """One source: its JSON answer, the notices, the errors."""
    data: dict[str, Any] = {"source": source, "format": source_format, "valid": False}
    notices: tuple[Notice, ...] = ()
    errors: list[StackBridgeError] = []
    try:
        row, reading = read_source(source, context, source_format)
        data["format"] = row.name
        notices = reading.notices
        # An ecosystem may look deeper than its reader: unknown parameters, variants, names.
        checker = f"stackbridge.ecosystems.{row.ecosystem}.validation"
        if find_spec(f"stackbridge.ecosystems.{row.ecosystem}") and find_spec(checker):
            given = None if source == "-" else open_input(source)
            more, wrong = import_module(checker).check(row.name, given, reading, context)
            notices += tuple(more)
            errors.extend(error.at("<stdin>" if source == "-" else source) for error in wrong)
        data["valid"] = not errors
    except InputError as error:
        errors.extend(error.errors if isinstance(error, CollectedError) else (error,))
    data["errors"] = [
        {
            "file": error.file,
            "line": error.line,
            "column": error.column,
            "message": error.message,
            "hint": error.hint,
        }
        for error in errors
    ]
    data["notices"] = notice_data(notices)
    return data, notices, errors
