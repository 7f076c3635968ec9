"""`stackbridge graph`: the dependency graph of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackbridge.cli import common
from stackbridge.errors import InputError, UsageError

if TYPE_CHECKING:
    from stackbridge.resolver import graph as graphs

__all__ = ["graph"]


@click.command(epilog="Example: stackbridge graph spack.lock --format svg -o stack.svg")
@common.source_argument()
@click.option("-f", "--from", "from_format", metavar="FORMAT", help="The input's format.")
@common.format_option("text", "dot", "svg", "json", "graphml")
@click.option("--easyconfigs", multiple=True, metavar="DIR", help="Easyconfigs to resolve in.")
@click.option("--of", "package", metavar="NAME", help="Only that package and what it needs.")
@click.option("-o", "--output", default="-", metavar="PATH", help="Where to write; `-`: here.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def graph(
    *,
    source: str,
    from_format: str | None,
    output_format: str,
    easyconfigs: tuple[str, ...],
    package: str | None,
    output: str,
    force: bool,
) -> None:
    """Show the dependency graph of SOURCE.

    A lock file gives every package, an easyconfig all that EasyBuild's robot would build; a
    stack gives what it says itself of dependencies.
    """
    from stackbridge.ecosystems import Context
    from stackbridge.reports.graph import RENDERERS
    from stackbridge.resolver import graph as graphs

    context = Context(
        cache=common.cache_directory(), easyconfigs=easyconfigs, options={"resolve": True}
    )
    _, reading = common.read_source(source, context, from_format)
    common.show_notices(reading.notices)
    if reading.resolution is not None:
        made = graphs.from_resolution(reading.resolution)
    elif reading.stack is not None:
        made = graphs.from_stack(reading.stack)
    elif reading.recipe is not None:
        made = graphs.from_recipe(reading.recipe)
    else:
        raise InputError("nothing in it to draw", file=source)
    if package is not None:
        made = _only(made, package)
    common.write_text(output, RENDERERS[output_format](made), force=force)


def _only(made: graphs.Graph, package: str) -> graphs.Graph:
    import difflib

    from stackbridge.resolver.graph import closure

    keys = [key for key, name in made.nodes(data="name") if package in (key, name)]
    if not keys:
        names = sorted({str(name) for _, name in made.nodes(data="name")})
        near = difflib.get_close_matches(package, names, n=1)
        raise UsageError(
            f"there is no package `{package}` in it",
            hint=f"did you mean `{near[0]}`?" if near else None,
        )
    kept: set[str] = set()
    for key in keys:
        kept |= closure(made, key)
    return made.subgraph(kept).copy()
