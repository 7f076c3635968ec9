"""Hub -> easyconfigs: one file for each package that carries its parameters.

A recipe of another ecosystem becomes an easyconfig of the generation that was asked for
(`recipe_writer`), and so does a package that carries none, where the composer hands over who
knows recipes (`Context.options["recipes"]`).

`main` is the first package's file; several lie as EasyBuild's robot looks for them, in
`<letter>/<name>/<file>`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.ecosystems.easybuild.easyconfigs.carrying import layout_of
from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout
from stackbridge.ecosystems.easybuild.easyconfigs.moving import Checksums, Move, move, move_along
from stackbridge.ecosystems.easybuild.easyconfigs.rendering import render
from stackbridge.ecosystems.easybuild.easyconfigs.unsaid import unsaid, unsaid_of_stack
from stackbridge.ecosystems.easybuild.index import Index, letter
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.ecosystems.easybuild.language.templates import (
    resolve,
    resolve_text,
    template_values,
)
from stackbridge.ecosystems.easybuild.resolving.entries import entry_of
from stackbridge.ecosystems.easybuild.resolving.filenames import build
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
from stackbridge.errors import InputError, UsageError
from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Package

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Maker
    from stackbridge.hub.recipe import Recipe

__all__ = ["write"]


def write(reading: Reading, context: Context) -> Writing:
    """Write the easyconfigs of a stack.

    With `Context.toolchain` or the option `version` they are moved there, and the
    easyconfigs that this makes necessary are written as well. Raises InputError where no
    package says how it is built, or a value can't be written.
    """
    recipe = reading.recipe
    if recipe is not None and recipe.names != "easybuild":
        return _of_recipe(recipe, reading, context)
    if reading.stack is None:
        raise InputError("there is no stack in it; easyconfigs are written from a stack")
    layouts: list[Layout] = []
    notices: list[Notice] = []
    made: dict[str, str] = {}
    maker: Maker | None = None
    for found in expand(reading.stack):
        package = found.package
        layout = layout_of(package)
        if layout is None and context.options.get("recipes") is not None:
            maker = maker or _maker(reading, context)
            one = maker.for_package(_asked(package))
            if one is not None:
                for each in maker.made.values():
                    made.update(each.files())
                notices += one.notices
                continue
        if layout is None:
            notices.append(
                Notice(
                    code=Code.PACKAGE_LOST,
                    subject=package.name or "",
                    what="no easyconfig was written",
                    why="nothing in the stack says how EasyBuild builds it",
                    where=package.place,
                )
            )
            continue
        layouts.append(layout)
        notices += unsaid(package)
    if not layouts and not made:
        raise InputError(
            "no package of this stack says how EasyBuild builds it",
            hint="`-t easystack` chooses among the released easyconfigs",
        )
    notices += unsaid_of_stack(reading.stack)
    to = destination(context)
    if to is not None:
        layouts, more = moved(layouts, to, context)
        notices += more
    files: dict[str, str] = {}
    for layout in layouts:
        text = render(layout)
        files.setdefault(path_of(text, context), text)
    return _written({**files, **made}, next(iter((*files, *made))), notices)


def _written(files: dict[str, str], main: str, notices: Iterable[Notice]) -> Writing:
    if len(files) == 1:
        ((path, text),) = files.items()
        main = PurePosixPath(path).name
        files = {main: text}
    return Writing(main=main, files=files, notices=tuple(notices))


def _of_recipe(recipe: Recipe, reading: Reading, context: Context) -> Writing:
    """The easyconfig of another ecosystem's recipe, with those that it needs."""
    maker = _maker(reading, context)
    made = maker.make(recipe)
    files = {path: text for each in maker.made.values() for path, text in each.files()}
    notices = [notice for each in maker.made.values() for notice in each.notices]
    return _written(files, made.path, notices)


def _maker(reading: Reading, context: Context) -> Maker:
    """For the generation asked for, or the one that suits the stack best."""
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems.easybuild.choosing.catalog_names import Naming
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release
    from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import Shelf
    from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Maker
    from stackbridge.ecosystems.easybuild.writer import plan_of

    release = open_release(context)
    if context.toolchain is not None:
        to = destination(context)
        assert to is not None  # there is a toolchain
        level = to.toolchain
    else:
        generation = plan_of(reading, context)[1].generation
        level = None if generation is None else (generation.name, generation.version)
    if level is None:
        raise UsageError("no generation was asked for", hint="`--toolchain foss-2024a`")
    held = reading.stack or reading.recipe
    naming = Naming(release, Catalog.open(context.catalog), held.names if held else None)
    shelf = Shelf(release.resolver, release.index, naming, level)
    return Maker(shelf, recipes=context.options.get("recipes"), read=release.index.text)


def _asked(package: Package) -> Package:
    return Package(
        name=package.name,
        versions=package.versions,
        features=package.features,
        gpus=package.gpus,
        place=package.place,
    )


def destination(context: Context) -> Move | None:
    """Where the easyconfigs are to be moved; UsageError for what is no toolchain."""
    version = context.options.get("version")
    if context.toolchain is None:
        return Move(version=version) if version else None
    name, dash, generation = context.toolchain.rpartition("-")
    if not dash or not name:
        raise UsageError(
            f"`{context.toolchain}` is not a toolchain", hint="NAME-VERSION, such as foss-2025b"
        )
    return Move(version=version, toolchain=(name, generation))


def moved(layouts: list[Layout], to: Move, context: Context) -> tuple[list[Layout], list[Notice]]:
    """The layouts at their destination, and then what they lack there."""
    index = Index.open(context.easyconfigs, cache=context.cache, architecture=context.architecture)
    resolver = Resolver(index, architecture=context.architecture)
    own = {str(layout.parameters().get("name")) for layout in layouts}
    found: list[Layout] = []
    further: list[Layout] = []
    notices: list[Notice] = []
    for layout in layouts:
        done = move(layout, to, resolver, index, checksums=checksums_of(index))
        found.append(done.layout)
        notices += done.notices
        # What is moved at the same time is not lacking.
        lacking = tuple(entry for entry in done.lacking if entry.name not in own)
        along, more = move_along(replace(done, lacking=lacking), to, resolver, index, index.text)
        further += along
        notices += more
    return found + further, notices


def checksums_of(index: Index) -> Checksums:
    """Checksums which other easyconfigs of the same version give, where they can be read."""

    def known(name: str, version: str, file: str) -> str | None:
        for entry in index.find(name):
            text = index.text(entry) if entry.version == version else None
            if text is None:
                continue
            values = evaluate(text).values
            templates = template_values(values)
            for item in resolve(values.get("checksums") or [], templates)[:1]:
                digest = item.get(file) if isinstance(item, dict) and file else item
                if isinstance(digest, str) and len(digest) == 64:
                    return digest
                if isinstance(item, dict) and not file and len(item) == 1:
                    (digest,) = item.values()
                    return digest if isinstance(digest, str) else None
        return None

    return known


def path_of(text: str, context: Context) -> str:
    """Where a file belongs in a robot path: `<letter>/<name>/<file name>`.

    Raises InputError where a name or version can't be part of a file name.
    """
    entry = entry_of(evaluate(text, environment=context.environment), "")
    templates = template_values(
        {"name": entry.name, "version": entry.version},
        [(need.name, need.version) for need in (*entry.dependencies, *entry.build)],
    )
    suffix = resolve_text(entry.suffix, templates)
    name = build(entry.name, entry.prefix + entry.version, entry.toolchain, suffix)
    if "/" in name or entry.name.startswith(".") or not name.isprintable() or len(name) > 250:
        raise InputError(f"`{name[:80]}` can't be a file name")
    return f"{letter(entry.name)}/{entry.name}/{name}"
