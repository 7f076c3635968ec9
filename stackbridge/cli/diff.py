"""`stackbridge diff`: what differs in meaning between two stacks."""

from __future__ import annotations

import fnmatch
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackbridge.cli.common import (
    cache_directory,
    format_option,
    print_json,
    read_source,
    show_notices,
)
from stackbridge.errors import InputError, UsageError

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Context, Reading
    from stackbridge.hub.package import Package, Toolchain
    from stackbridge.hub.stack import Stack
    from stackbridge.hub.versions import VersionSet
    from stackbridge.resolver.asking import Identify, PartsOf

__all__ = ["diff", "identified", "known_parts", "stack_of"]


@click.command(epilog="Example: stackbridge diff spack.yaml easystack.yaml --ignore narrowed")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--from-a", metavar="FORMAT", help="Format of A.")
@click.option("--from-b", metavar="FORMAT", help="Format of B.")
@click.option(
    "--ignore",
    multiple=True,
    type=click.Choice(["narrowed", "widened", "added", "missing", "changed"]),
    help="Kinds of difference that don't count.",
)
@click.option("--catalog", metavar="FILE", help="Catalog to use instead of the shipped one.")
@format_option("text", "json")
def diff(
    *,
    a: str,
    b: str,
    from_a: str | None,
    from_b: str | None,
    ignore: tuple[str, ...],
    catalog: str | None,
    output_format: str,
) -> int:
    """Show what differs in meaning between the stacks A and B, in any two formats.

    A and B are files, `-`, or directories that hold one stack. B may say more (narrowed) or
    less (widened) than A, contradict it (changed), lack a package or add one. Exit code 1
    when anything differs that is not ignored.
    """
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Context
    from stackbridge.reports.differences import difference_data, render_differences
    from stackbridge.resolver.comparison import compare

    if a == b == "-":
        raise UsageError("only one of the two can be standard input")
    context = Context(cache=cache_directory(), catalog=catalog)
    first, second = (_read(source, context, form) for source, form in ((a, from_a), (b, from_b)))
    with Catalog.open(catalog) as known:
        found = compare(first, second, identified(known), known_parts(known))
    counted = tuple(d for d in found.differences if d.kind not in ignore)
    if output_format == "json":
        print_json(difference_data(a, b, found, counted))
    else:
        width = min(shutil.get_terminal_size().columns, 120)
        first_name, second_name = (
            "standard input" if source == "-" else source for source in (a, b)
        )
        text = render_differences(first_name, second_name, found, counted, width=width)
        click.echo(text, nl=False)
    return int(bool(counted))


def _read(source: str, context: Context, format_name: str | None) -> Stack:
    """The stack in a source; what could not be read of it goes to standard error."""
    from stackbridge.hub.notices import Code, Severity

    file = source if source == "-" else inside(source, format_name)
    _, reading = read_source(file, context, format_name)
    unread = (Code.INCLUDE_UNREAD, Code.NAME_APPROXIMATED)
    show_notices([n for n in reading.notices if n.severity is Severity.LOST or n.code in unread])
    return stack_of(reading, source)


def inside(source: str, format_name: str | None) -> str:
    """The file itself; of a directory, as `convert -o DIR/` writes it, the stack in it."""
    from stackbridge.ecosystems import FORMATS, format_named

    root = Path(source)
    if not root.is_dir():
        return source
    rows = [format_named(format_name)] if format_name else [r for r in FORMATS if r.reader]
    patterns = [name for row in rows for name in row.names]
    found = [
        path
        for path in sorted(root.iterdir())
        if path.is_file() and any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns)
    ]
    if len(found) == 1:
        return str(found[0])
    names = ", ".join(path.name for path in found[:5])
    raise InputError(
        f"this directory holds {names}: which one?" if found else "there is no stack in here",
        file=source,
        hint="name the file",
    )


def stack_of(reading: Reading, source: str) -> Stack:
    """The stack that was read; a resolution stands for the stack that pins it exactly."""
    if reading.stack is not None:
        return reading.stack
    if reading.resolution is not None:
        from stackbridge.hub.pinning import pin

        return pin(reading.resolution, "exact")
    raise InputError("there is no stack in it to compare", file=source)


def identified(catalog: Catalog) -> Identify:
    """Who a package is, by the catalog; unknown names stand for themselves."""
    from stackbridge.hub.versions import ANY, VersionSet

    def identify(package: Package, names: str | None) -> Iterator[tuple[str, VersionSet, str]]:
        name = package.name or ""
        exact = package.versions.exact
        identity = catalog.find(name, names, str(exact) if exact else None) or catalog.find(name)
        own = identity.key if identity else name
        yield own, package.versions, ""
        level = package.toolchain
        if names is None or exact is None or level is None:
            return
        suffix = (package.extensions.get(names) or {}).get("versionsuffix", "")
        middle = f"-{level}" if level.name != "system" else ""
        bundle = catalog.members(name, names, f"{exact}{middle}{suffix}")
        for members in bundle.values():
            for member in members:
                if member.key is not None and member.key != own:
                    version = VersionSet.exactly(member.version) if member.version else ANY
                    yield member.key, version, name

    return identify


def known_parts(catalog: Catalog) -> PartsOf:
    """What EasyBuild's toolchain generations are made of, under the catalog's keys."""
    from dataclasses import replace

    from stackbridge.ecosystems.spack.translating import providers

    def parts_of(toolchain: Toolchain) -> Mapping[str, Package]:
        if toolchain.parts or toolchain.name in (None, "system"):
            return toolchain.parts
        found = dict(providers.parts_of(toolchain))
        compiler = providers.compiler_of(toolchain)
        if compiler is not None:
            found.setdefault("compiler", compiler)
        for role, part in found.items():
            identity = catalog.find(part.name or "", "spack")
            found[role] = replace(part, name=identity.key if identity else part.name)
        return found

    return parts_of
