"""Another version of a dependency in an easyconfig: `^scr@2.0.0` of one that uses SCR 3.

The easyconfig stays as it is but for that entry of `dependencies`, and says so in its
versionsuffix (`-SCR-2.0.0`), as EasyBuild's maintainers do it. Not exchanged are what a
toolchain is made of, languages, and what another dependency needs as well: two versions of
one library can't be loaded together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stackbridge.ecosystems.easybuild.choosing.candidates import holds
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.easyconfigs.generating_account import MadeAccount, software_of
from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout, Parameter, read_layout
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import (
    PART_OF_TOOLCHAIN,
    Found,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_needs import LANGUAGES, Made
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Maker
from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice

__all__ = ["exchange", "exchanged"]

_FIXED = frozenset({*PART_OF_TOOLCHAIN, *LANGUAGES.values(), "CUDA", "binutils"})


def exchange(
    request: Request, file: str, text: str, maker: Maker, account: MadeAccount
) -> Made | None:
    """An easyconfig with the versions that a request wants of its dependencies.

    `file` and `text` are what the request would get otherwise. None where nothing is to be
    exchanged, or can be.
    """
    direct = {name: (version, needed) for name, version, needed in account.needs(file)}
    rows: dict[str, Found] = {}
    for dependency in request.below:
        package = dependency.package
        if dependency.when is not None or package.versions.is_any:
            continue
        named = maker.shelf.named(package.name or "")
        here = software_of(package.name or "", named.software, direct)
        if here is None or here in _FIXED or holds(direct[here][0], package.versions):
            continue
        others = (needed for name, (_, needed) in direct.items() if name != here)
        if any(here in account.below(needed) for needed in others):
            continue
        found = maker.at_version(package)
        if found is not None and found.name == here:
            rows[here] = found
    if not rows:
        return None
    try:
        layout = exchanged(read_layout(text, file)[0], rows)
        if layout is None:
            return None
        said = Notice(
            code=Code.PACKAGE_GENERATED,
            subject=request.name,
            what=f"{file} was made with "
            + " and ".join(f"{row.name} {row.version}" for row in rows.values()),
            why="a constraint on a dependency wants that",
            instead="build it once before relying on it",
            where=request.place,
        )
        made = maker.keep(layout, (said,))
    except InputError:
        return None
    return replace(made, origin=file if account.release.file(file) is not None else "")


def exchanged(layout: Layout, rows: Mapping[str, Found]) -> Layout | None:
    """The layout with other entries in `dependencies`; None where they can't be told apart."""
    left = dict(rows)
    suffix = "".join(f"-{row.name}-{row.version}" for row in rows.values())
    groups: list[tuple[Parameter, ...]] = []
    has_suffix = "versionsuffix" in layout.parameters()
    for group in layout.groups:
        kept: list[Parameter] = []
        for item in group:
            term = item.term
            if item.name == "versionsuffix":
                if not isinstance(term, str):
                    return None
                term = term + suffix
            elif item.name == "dependencies" and isinstance(term, list):
                term = [_row(row, left) for row in term]
            kept.append(Parameter(name=item.name, term=term))
            if item.name == "version" and not has_suffix:
                kept.append(Parameter(name="versionsuffix", term=suffix))
        groups.append(tuple(kept))
    return None if left else replace(layout, groups=tuple(groups))


def _row(row: Term, left: dict[str, Found]) -> Term:
    if isinstance(row, list) and row and isinstance(row[0], str) and row[0] in left:
        return left.pop(row[0]).term()
    return row
