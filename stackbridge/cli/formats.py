"""`stackbridge formats`."""

from __future__ import annotations

import click

from stackbridge.cli.common import format_option, print_json

__all__ = ["formats"]


@click.command(epilog="Example: stackbridge formats --format json")
@format_option("text", "json")
def formats(output_format: str) -> None:
    """List the formats that can be read and written, and what is planned."""
    from stackbridge.ecosystems import FORMATS

    rows = [
        {
            "name": row.name,
            "title": row.title,
            "files": list(row.names),
            "reads": row.reader is not None,
            "writes": row.writer is not None,
            "planned": row.planned,
        }
        for row in FORMATS
    ]
    if output_format == "json":
        print_json(rows)
        return
    click.echo(f"{'format':<16} {'read':<5} {'write':<6} {'usual names':<34} what it is")
    for row in FORMATS:
        read, write = ("yes" if part else "-" for part in (row.reader, row.writer))
        later = f" ({row.planned} planned)" if row.planned and row.planned != "both" else ""
        later = " (planned)" if row.planned == "both" else later
        names = ", ".join(row.names[:2])
        click.echo(f"{row.name:<16} {read:<5} {write:<6} {names:<34} {row.title}{later}")
