"""A released easyconfig, brought to the version of another ecosystem's recipe.

Its steps and checks stay; source and checksum are the recipe's, patches for the old version
are left out, and what the recipe needs beyond its dependencies is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout, Parameter
from stackbridge.ecosystems.easybuild.easyconfigs.moving import Move, Moved, move
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_sources import source_parameters
from stackbridge.ecosystems.easybuild.easyconfigs.rendering import render
from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.ecosystems.easybuild.index import Index, version_key
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.ecosystems.easybuild.language.templates import resolve, template_values
from stackbridge.ecosystems.easybuild.resolving.entries import Entry
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.recipe import Recipe

__all__ = ["nearest", "update"]

_OF_PARTS = ("exts_list", "components", "crates", "data_sources", "cargo_vendor_tarball")
_SOURCE = ("github_account", "source_urls", "sources", "download_instructions")


def nearest(entries: Iterable[Entry], version: str, *, anything: bool = False) -> Entry | None:
    """The easyconfig of the nearest version of the same series (`anything`: of any).

    A series is what has the first figure in common; software may change in any way between two.
    """
    alike = [entry for entry in entries if anything or _series(entry.version) == _series(version)]
    wanted = version_key(version)
    older = [entry for entry in alike if version_key(entry.version) <= wanted]

    def newest(entry: Entry) -> tuple[Any, Any]:
        return version_key(entry.version), version_key(entry.toolchain[1])

    if older:
        return max(older, key=newest)
    newer = {entry.version for entry in alike}
    first = min(newer, key=version_key, default=None)
    return max((e for e in alike if e.version == first), key=newest, default=None)


def _series(version: str) -> str:
    return re.split(r"[._-]", version.lstrip("v"))[0]


def update(
    layout: Layout,
    recipe: Recipe,
    toolchain: tuple[str, str],
    resolver: Resolver,
    index: Index,
) -> Moved | None:
    """The layout at the recipe's version and in the generation.

    None where that can't be told: it is made of parts with versions of their own, or one of
    the two has no source.
    """
    terms = layout.parameters()
    old = str(terms.get("version"))
    if any(terms.get(name) for name in _OF_PARTS) or not recipe.sources:
        return None
    before = _files(layout)
    done = move(layout, Move(version=recipe.version, toolchain=toolchain), resolver, index)
    after = _files(done.layout)
    if not after or len(before) != len(after):
        return None
    notices = [n for n in done.notices if n.code is not Code.CHECKSUM_MISSING]
    new = done.layout.parameters()
    subject = recipe.name
    name = str(new.get("name"))
    own, said = source_parameters(
        recipe.sources[:1], (), name, recipe.version, registry="", subject=subject
    )
    notices += said
    if own.get("sources") is None:
        return None
    if _resolved(own["sources"], new)[:1] != after[:1]:
        rest = new["sources"][1:] if isinstance(new.get("sources"), list) else []
        for parameter in _SOURCE:
            new.pop(parameter, None)
        new.update({k: own[k] for k in _SOURCE if k in own})
        new["sources"] = [*own["sources"], *rest]
    new["checksums"] = [*own.get("checksums", [None])[:1], *_further(terms, before, after)]
    missing = [file for file, item in zip(after[1:], new["checksums"][1:], strict=True) if not item]
    notices += [
        Notice(
            code=Code.CHECKSUM_MISSING,
            subject=subject,
            what=f"the checksum of {file} is not known",
            why="the recipe has no such source",
            instead="`eb --inject-checksums` fills it in",
        )
        for file in missing
    ]
    notices.append(
        Notice(
            code=Code.STEP_ASSUMED,
            subject=subject,
            what=f"it is built as {name} {old} is",
            why=f"EasyBuild has no easyconfig of {recipe.version}",
            instead="build it once before relying on it",
            where=recipe.place,
        )
    )
    return Moved(layout=_with(done.layout, new), lacking=done.lacking, notices=tuple(notices))


def _files(layout: Layout) -> list[str]:
    """The names of its source files, as EasyBuild would see them."""
    return _resolved(layout.parameters().get("sources"), layout.parameters(), layout)


def _resolved(sources: Any, terms: Mapping[str, Term], layout: Layout | None = None) -> list[str]:
    if layout is None:
        plain = {"name": terms["name"], "version": terms["version"], "sources": sources}
        text = "\n".join(_line(name, term) for name, term in plain.items())
        toolchain = "toolchain = SYSTEM\nhomepage = ''\ndescription = ''\n"
        values = evaluate(text + "\n" + toolchain).values
    else:
        values = evaluate(render(layout)).values
    found = resolve(values.get("sources") or [], template_values(values))
    return [
        str(item.get("filename", "")) if isinstance(item, dict) else str(item) for item in found
    ]


def _line(name: str, term: Term) -> str:
    return render(Layout(groups=((Parameter(name=name, term=term),),), comments=())).strip()


def _further(terms: Mapping[str, Term], before: list[str], after: list[str]) -> list[Term]:
    """Checksums of what is not the first source: known where the file is still the same one."""
    sums = terms.get("checksums")
    known = sums if isinstance(sums, list) else []
    return [
        known[n] if file == before[n] and n < len(known) else None
        for n, file in enumerate(after)
        if n
    ]


def _with(layout: Layout, terms: Mapping[str, Term]) -> Layout:
    """The layout with these parameters; new ones stand where the sources do."""
    groups: list[tuple[Parameter, ...]] = []
    there = {item.name for group in layout.groups for item in group}
    added = [name for name in (*_SOURCE, "checksums") if name in terms and name not in there]
    for group in layout.groups:
        kept: list[Parameter] = []
        for item in group:
            if item.name == "sources" and added:
                first = [n for n in added if n != "checksums"]
                kept += [Parameter(name=n, term=terms[n]) for n in first]
            if item.name in terms:
                kept.append(Parameter(name=item.name, term=terms[item.name]))
            if item.name == "sources" and "checksums" in added:
                kept.append(Parameter(name="checksums", term=terms["checksums"]))
        if kept:
            groups.append(tuple(kept))
    names = {item.name for group in groups for item in group}
    comments = tuple(c for c in layout.comments if not c.path or c.path[0] in names)
    return replace(layout, groups=tuple(groups), comments=comments)
