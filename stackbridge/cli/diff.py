"""`stackbridge diff`: what differs in meaning between two stacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from stackbridge.cli.common import cache_directory, format_option, print_json, read_source
from stackbridge.errors import InputError

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Context
    from stackbridge.hub.package import Package
    from stackbridge.hub.stack import Stack
    from stackbridge.hub.versions import VersionSet
    from stackbridge.resolver.comparison import Identify

__all__ = ["diff"]


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

    B may say more (narrowed) or less (widened) than A, contradict it (changed), lack a
    package or add one. Exit code 1 when anything differs that is not ignored.
    """
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Context
    from stackbridge.resolver.comparison import compare

    context = Context(cache=cache_directory(), catalog=catalog)
    first, second = stack_of(a, context, from_a), stack_of(b, context, from_b)
    with Catalog.open(catalog) as known:
        found = compare(first, second, identified(known))
    found = tuple(difference for difference in found if difference.kind not in ignore)
    if output_format == "json":
        print_json(
            {
                "a": a,
                "b": b,
                "equal": not found,
                "differences": [
                    {"subject": d.subject, "aspect": d.aspect, "kind": d.kind, "a": d.a, "b": d.b}
                    for d in found
                ],
            }
        )
    else:
        for d in found:
            sides = " -> ".join(side or "(nothing)" for side in (d.a, d.b))
            click.echo(f"{d.kind:<9} {d.subject}: {d.aspect}: {sides}")
        click.echo(f"{len(found)} differences" if found else "no difference in meaning")
    return int(bool(found))


def stack_of(source: str, context: Context, format_name: str | None) -> Stack:
    """The stack in a source; a resolution stands for the stack that pins it exactly."""
    _, reading = read_source(source, context, format_name)
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
        yield identity.key if identity else name, package.versions, ""
        level = package.toolchain
        if names is None or exact is None or level is None:
            return
        suffix = (package.extensions.get(names) or {}).get("versionsuffix", "")
        middle = f"-{level}" if level.name != "system" else ""
        bundle = catalog.members(name, names, f"{exact}{middle}{suffix}")
        for members in bundle.values():
            for member in members:
                if member.key is not None:
                    version = VersionSet.exactly(member.version) if member.version else ANY
                    yield member.key, version, name

    return identify
