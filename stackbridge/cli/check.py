"""`stackbridge check`: does a stack fit a set of sites, and why not."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackbridge.cli import common
from stackbridge.errors import InputError

if TYPE_CHECKING:
    from stackbridge.ecosystems import Reading
    from stackbridge.resolver.check import Where
    from stackbridge.resolver.offers import Offers
    from stackbridge.resolver.wanted import Wanted

__all__ = ["check"]


@click.command(
    epilog="Example: stackbridge check recipes/md-cpu.yaml --site lumi --site karolina/qcpu"
)
@common.source_argument()
@click.option("-f", "--from", "from_format", metavar="FORMAT", help="The input's format.")
@click.option(
    "--site",
    "sites",
    multiple=True,
    metavar="SITE",
    help="A shipped site, SITE/PARTITION, or a profile's file. Default: all shipped sites.",
)
@common.format_option("text", "json", "html", "junit", "sarif")
@click.option("-o", "--output", default="-", metavar="PATH", help="Where to write; `-`: here.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--installed-only", is_flag=True, help="What would have to be built counts as no.")
@click.option("-v", "--verbose", is_flag=True, help="Every partition and reason, with sources.")
@click.option("--catalog", metavar="FILE", help="Another catalog of names than the shipped one.")
@click.option("--notices", metavar="FILE", help="Write what the reader noticed as JSON.")
@click.option("--strict", is_flag=True, help="Fail where reading the input loses anything.")
@click.pass_context
def check(
    context: click.Context,
    *,
    source: str,
    from_format: str | None,
    sites: tuple[str, ...],
    output_format: str,
    output: str,
    force: bool,
    installed_only: bool,
    verbose: bool,
    catalog: str | None,
    notices: str | None,
    strict: bool,
) -> None:
    """Say whether SOURCE fits a set of sites, package by package, and why not.

    A site counts as able when one of its partitions can run the stack, perhaps after
    building. Exit code 0 when every site asked for can, otherwise 1; a fact that a profile
    does not hold counts as no.
    """
    from stackbridge.ecosystems import Context
    from stackbridge.reports.view import check_view
    from stackbridge.resolver import check as checking

    places = [place for name in sites or _all() for place in [where(name)]]
    row, reading = common.read_source(
        source, Context(cache=common.cache_directory(), catalog=catalog), from_format
    )
    common.show_notices(reading.notices, notices)
    common.refuse_losses(reading.notices, strict=strict)
    report = checking.check(
        wanted_of(reading, source),
        places,
        open_offers(catalog),
        installed_only=installed_only,
        source=None if source == "-" else source,
        format_name=row.name,
    )
    view = check_view(report)
    common.write_text(
        output, _render(view, output_format, to_file=output != "-", verbose=verbose), force=force
    )
    context.exit(0 if report.ok else 1)


def _render(view: dict[str, object], name: str, *, to_file: bool, verbose: bool) -> str:
    if name == "json":
        return json.dumps(view, indent=2, ensure_ascii=False) + "\n"
    if name == "html":
        from stackbridge.reports.html import render_check as render_html

        return render_html(view)
    if name == "junit":
        from stackbridge.reports.junit import render_check as render_junit

        return render_junit(view)
    if name == "sarif":
        from stackbridge import __version__
        from stackbridge.reports.sarif import render_check as render_sarif

        return render_sarif(view, __version__)
    from stackbridge.reports.terminal import render_check

    terminal = not to_file and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal or "COLUMNS" in os.environ else 80
    color = terminal and not os.environ.get("NO_COLOR")
    return render_check(view, width=width, color=color, verbose=verbose)


def _all() -> tuple[str, ...]:
    from stackbridge.sites.shipped import names

    return names()


def where(text: str) -> Where:
    """A place to check against: a shipped site, SITE/PARTITION, or a profile's file name.

    Raises UsageError or InputError with a hint.
    """
    from stackbridge.resolver.check import Where, partitions_of
    from stackbridge.sites.document import read_site
    from stackbridge.sites.shipped import names, site

    if text not in names() and (text.endswith((".yaml", ".yml")) or Path(text).is_file()):
        content, name = common.load(text)
        return Where(site=read_site(content, name))
    name, _, partition = text.partition("/")
    place = Where(site=site(name), partition=partition or None)
    partitions_of(place)
    return place


def wanted_of(reading: Reading, source: str) -> Wanted:
    """What a reading asks for, whichever of the three it holds."""
    from stackbridge.resolver import wanted

    if reading.recipe is not None:  # says more of its one package than the stack does
        return wanted.from_recipe(reading.recipe)
    if reading.stack is not None:
        return wanted.from_stack(reading.stack)
    if reading.resolution is not None:
        return wanted.from_resolution(reading.resolution, Path(source).stem or "stack")
    raise InputError("nothing in it to check", file=source)


def open_offers(catalog: str | None) -> Offers:
    """The catalog's answers."""
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.resolver.offers import CatalogOffers

    return CatalogOffers(Catalog.open(catalog))
