"""Hub -> easyconfigs: one file for each package that carries its parameters.

`main` is the first package's file; several lie as EasyBuild's robot looks for them, in
`<letter>/<name>/<file>`.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.ecosystems.easybuild.carrying import layout_of
from stackbridge.ecosystems.easybuild.entries import entry_of
from stackbridge.ecosystems.easybuild.evaluate import evaluate
from stackbridge.ecosystems.easybuild.filenames import build
from stackbridge.ecosystems.easybuild.index import letter
from stackbridge.ecosystems.easybuild.rendering import render
from stackbridge.ecosystems.easybuild.templates import resolve_text, template_values
from stackbridge.errors import InputError
from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Code, Notice

__all__ = ["write"]


def write(reading: Reading, context: Context) -> Writing:
    """Write the easyconfigs of a stack.

    Raises InputError where no package says how it is built, or a value can't be written.
    """
    if reading.stack is None:
        raise InputError("there is no stack in it; easyconfigs are written from a stack")
    files: dict[str, str] = {}
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
        text = render(layout)
        files[path_of(text, context)] = text
    if not files:
        raise InputError(
            "no package of this stack says how EasyBuild builds it",
            hint="`-t easystack` chooses among the released easyconfigs",
        )
    if len(files) == 1:
        ((path, text),) = files.items()
        files = {PurePosixPath(path).name: text}
    return Writing(main=next(iter(files)), files=files, notices=tuple(notices))


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
