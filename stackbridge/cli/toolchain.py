"""`stackbridge toolchain`: which toolchain generations there are, and what each holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackbridge.cli import common
from stackbridge.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackbridge.ecosystems.easybuild.index import Index
    from stackbridge.ecosystems.easybuild.resolving.generations import Generation
    from stackbridge.ecosystems.easybuild.resolving.toolchains import Table

__all__ = ["toolchain"]

_FAMILIES = ("foss", "intel", "gfbf", "gompi", "iimpi", "lfoss", "rfoss", "NVHPC")


@click.group(epilog="Example: stackbridge toolchain show foss-2024a")
def toolchain() -> None:
    """List toolchain generations, or show one."""


def _options(function: Any) -> Any:
    function = click.option(
        "--easyconfigs",
        multiple=True,
        metavar="DIR",
        help="Easyconfigs to derive them from, in place of the shipped release.",
    )(function)
    return click.option(
        "--toolchains",
        "classes",
        multiple=True,
        metavar="FILE",
        help="A site's toolchain class (.py), or a table of toolchains (.yaml).",
    )(function)


@toolchain.command("list", epilog="Example: stackbridge toolchain list --format json")
@click.option("--all", "everything", is_flag=True, help="Compilers and parts of toolchains too.")
@_options
@common.format_option("text", "json")
def list_toolchains(
    *, everything: bool, easyconfigs: tuple[str, ...], classes: tuple[str, ...], output_format: str
) -> None:
    """List toolchains with their compiler, MPI and BLAS, oldest first."""
    index, table = _open(easyconfigs, classes)
    found = _known(index, table, everything=everything, shipped=not easyconfigs)
    if output_format == "json":
        common.print_json([_data(one) for one in found])
        return
    rows = [
        (
            one.label,
            _part(one, "compiler"),
            _part(one, "mpi"),
            _part(one, "blas"),
            str(one.easyconfigs[1] or ""),
        )
        for one in found
    ]
    head = ("TOOLCHAIN", "COMPILER", "MPI", "BLAS", "EASYCONFIGS")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(4)]
    for row in (head, *rows):
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join((*cells, row[4])).rstrip())


@toolchain.command(epilog="Example: stackbridge toolchain show foss-2024a --format json")
@click.argument("name", metavar="TOOLCHAIN")
@_options
@common.format_option("text", "json")
def show(
    *, name: str, easyconfigs: tuple[str, ...], classes: tuple[str, ...], output_format: str
) -> None:
    """Show what a toolchain such as foss-2024a holds: its hierarchy, parts and languages."""
    index, table = _open(easyconfigs, classes)
    one = _named(name, index, table, shipped=not easyconfigs)
    if output_format == "json":
        common.print_json(_data(one))
        return
    click.echo(one.label)
    below = [f"{level[0]}-{level[1]}" for level in one.hierarchy[:-1]]
    click.echo(f"  {'hierarchy':12}{' < '.join((*below, one.label))}")
    for role, part in one.parts.items():
        built = "" if part.toolchain == "system" else f"  ({part.toolchain})"
        click.echo(f"  {role:12}{part.name} {part.version}{built}")
    if one.languages:
        click.echo("  most easyconfigs use:")
        for language, version in one.languages.items():
            click.echo(f"    {language:14}{version}")
    if one.easyconfigs[1]:
        click.echo(
            f"  {one.easyconfigs[0]} easyconfigs with {one.name} itself, "
            f"{one.easyconfigs[1]} with its whole hierarchy"
        )
    click.echo(f"  from {one.source}")


def _open(easyconfigs: Sequence[str], classes: Sequence[str]) -> tuple[Index, Table | None]:
    from stackbridge.ecosystems.easybuild.index import Index

    missing = next((path for path in easyconfigs if not Path(path).is_dir()), None)
    if missing is not None:
        raise UsageError(f"`{missing}` is not a directory of easyconfigs")
    index = Index.open(easyconfigs, cache=common.cache_directory())
    return index, _table(classes) if classes else None


def _table(names: Sequence[str]) -> Table:
    from stackbridge.ecosystems.easybuild.resolving.toolchains import declared_table, site_table

    python: dict[str, str] = {}
    rows: dict[str, Any] = {}
    for name in names:
        text, file = common.load(name)
        if name.endswith(".py"):
            python[file or name] = text
            continue
        from stackbridge.yamltext import load, plain

        found = plain(load(text, file))
        if not isinstance(found, dict):
            raise InputError("a mapping of toolchain names is wanted", file=file, line=1)
        rows.update(found)
    table = dict(declared_table(rows))
    if python:
        known = site_table(python)
        table.update({key: row for key, row in known.items() if key not in rows})
    return table


def _known(
    index: Index, table: Table | None, *, everything: bool, shipped: bool
) -> list[Generation]:
    from stackbridge.ecosystems.easybuild.resolving.generations import (
        declared_generations,
        generations,
    )

    found = list(generations(index, table))
    if shipped:
        found += declared_generations()
    if everything:
        return found
    return [
        one
        for one in found
        if one.name in _FAMILIES or one.source != "easyconfigs" or _is_own(one, table)
    ]


def _is_own(one: Generation, table: Table | None) -> bool:
    """Is it a toolchain that only the site's table has?"""
    from stackbridge.ecosystems.easybuild.resolving.toolchains import table as release_table

    return table is not None and one.name in table and one.name not in release_table()


def _named(name: str, index: Index, table: Table | None, *, shipped: bool) -> Generation:
    import difflib

    from stackbridge.ecosystems.easybuild.resolving.generations import generation

    family, _, version = name.replace("/", "-", 1).partition("-")
    known = _known(index, table, everything=True, shipped=shipped)
    labels = {one.label: one for one in known}
    # names may hold a hyphen themselves: intel-compilers-2024.2.0
    wanted = name.replace("/", "-")
    if wanted in labels:
        return labels[wanted]
    one = generation(family, version, index, table) if version else None
    if one is not None:
        return one
    near = difflib.get_close_matches(wanted, labels, n=3)
    newest = [label for label in labels if label.startswith(f"{wanted}-")]
    hint = None
    if newest:
        hint = f"it has the versions {', '.join(label[len(wanted) + 1 :] for label in newest)}"
    elif near:
        hint = f"did you mean {' or '.join(f'`{label}`' for label in near)}?"
    raise UsageError(
        f"there is no toolchain `{name}`", hint=hint or "`stackbridge toolchain list` lists them"
    )


def _part(one: Generation, role: str) -> str:
    part = one.parts.get(role)
    return f"{part.name} {part.version}" if part else ""


def _data(one: Generation) -> dict[str, Any]:
    """As in schemas/toolchain.schema.json."""
    return {
        "name": one.name,
        "version": one.version,
        "hierarchy": [{"name": level[0], "version": level[1]} for level in one.hierarchy],
        "parts": {
            role: {
                "name": part.name,
                "version": part.version,
                "toolchain": part.toolchain,
                "module": part.module,
            }
            for role, part in one.parts.items()
        },
        "languages": dict(one.languages),
        "easyconfigs": {"own": one.easyconfigs[0], "hierarchy": one.easyconfigs[1]},
        "source": one.source,
    }
