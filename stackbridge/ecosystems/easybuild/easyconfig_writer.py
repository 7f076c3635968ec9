"""Hub -> easyconfigs: one file for each package that carries its parameters.

`main` is the first package's file; several lie as EasyBuild's robot looks for them, in
`<letter>/<name>/<file>`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.ecosystems.easybuild.carrying import layout_of
from stackbridge.ecosystems.easybuild.entries import entry_of
from stackbridge.ecosystems.easybuild.evaluate import evaluate
from stackbridge.ecosystems.easybuild.filenames import build
from stackbridge.ecosystems.easybuild.index import Index, letter
from stackbridge.ecosystems.easybuild.layout import Layout
from stackbridge.ecosystems.easybuild.moving import Checksums, Move, move, move_along
from stackbridge.ecosystems.easybuild.rendering import render
from stackbridge.ecosystems.easybuild.resolution import Resolver
from stackbridge.ecosystems.easybuild.templates import resolve, resolve_text, template_values
from stackbridge.errors import InputError, UsageError
from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Code, Notice

__all__ = ["write"]


def write(reading: Reading, context: Context) -> Writing:
    """Write the easyconfigs of a stack.

    With `Context.toolchain` or the option `version` they are moved there, and the
    easyconfigs that this makes necessary are written as well. Raises InputError where no
    package says how it is built, or a value can't be written.
    """
    if reading.stack is None:
        raise InputError("there is no stack in it; easyconfigs are written from a stack")
    layouts: list[Layout] = []
    notices: list[Notice] = []
    for found in expand(reading.stack):
        package = found.package
        layout = layout_of(package)
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
    if not layouts:
        raise InputError(
            "no package of this stack says how EasyBuild builds it",
            hint="`-t easystack` chooses among the released easyconfigs",
        )
    to = destination(context)
    if to is not None:
        layouts, more = moved(layouts, to, context)
        notices += more
    files: dict[str, str] = {}
    for layout in layouts:
        text = render(layout)
        files.setdefault(path_of(text, context), text)
    if len(files) == 1:
        ((path, text),) = files.items()
        files = {PurePosixPath(path).name: text}
    return Writing(main=next(iter(files)), files=files, notices=tuple(notices))


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
