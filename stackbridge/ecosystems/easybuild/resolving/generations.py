"""Generations: toolchains in one version each, what fills their roles, and their hierarchy."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems.easybuild.index import version_key
from stackbridge.ecosystems.easybuild.resolving.entries import SYSTEM, Entry, full_version
from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError, Resolver
from stackbridge.ecosystems.easybuild.resolving.shipped import read_data
from stackbridge.ecosystems.easybuild.resolving.toolchains import (
    ROLES,
    Table,
    declared_table,
    definition,
)

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.index import Index

__all__ = ["Generation", "Part", "declared_generations", "generation", "generations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What fills a role: name, version and the toolchain it is built with."""

    name: str
    version: str
    toolchain: str
    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One toolchain of one version, such as foss-2024a.

    `hierarchy` runs from the smallest subtoolchain to itself; `parts` by role (compiler,
    mpi, blas, lapack, scalapack, fft, binutils, and others by their names); `languages` are
    the versions which most easyconfigs of the generation use; `easyconfigs` counts those
    built with the toolchain itself and with any of its subtoolchains; `source` says where
    all this is from.
    """

    name: str
    version: str
    hierarchy: tuple[tuple[str, str], ...]
    parts: Mapping[str, Part] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    easyconfigs: tuple[int, int] = (0, 0)
    source: str = "easyconfigs"

    @property
    def label(self) -> str:
        """`foss-2024a`."""
        return f"{self.name}-{self.version}"

    @property
    def compiler(self) -> Part | None:
        """The compiler, where one is known."""
        return self.parts.get("compiler")


_LANGUAGES = (
    "Python", "Perl", "CMake", "R", "Java", "Rust", "Go", "Julia", "CUDA", "SciPy-bundle", "HDF5",
    "netCDF", "Boost",
)  # fmt: skip


def _resolver(index: Index, known: Table | None) -> Resolver:
    return Resolver(index, table=known)


def _by_toolchain(index: Index) -> dict[tuple[str, str], list[Entry]]:
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in index:
        found.setdefault(entry.toolchain, []).append(entry)
    return found


def generations(index: Index, known: Table | None = None) -> tuple[Generation, ...]:
    """Every toolchain that an easyconfig of the index is built with, or which is one itself."""
    resolver = _resolver(index, known)
    members = _by_toolchain(index)
    wanted = set(members) - {SYSTEM}
    wanted.update(
        (entry.name, full_version(entry.version, SYSTEM, resolver.suffix(entry)))
        for entry in members.get(SYSTEM, ())
        if entry.easyblock == "Toolchain" and entry.name in resolver.table
    )
    found = []
    for pair in wanted:
        if "%" in pair[1]:
            continue  # a template; the easyconfig's own toolchain counts once it is resolved
        one = _generation(pair, index, resolver, members)
        if one is not None:
            found.append(one)
    return tuple(
        sorted(found, key=lambda item: (item.name.lower(), version_key(_dated(item.version))))
    )


def _dated(version: str) -> str:
    """`2022a` as 2022.01 and `2022b` as 2022.07, as EasyBuild itself compares them."""
    if len(version) == 5 and version[:4].isdigit() and version[4] in "ab":
        return version[:4] + (".01" if version[4] == "a" else ".07")
    return version


def generation(
    name: str, version: str, index: Index, known: Table | None = None
) -> Generation | None:
    """One toolchain, None when the index has no easyconfig for it."""
    return _generation((name, version), index, _resolver(index, known), _by_toolchain(index))


def _generation(
    pair: tuple[str, str],
    index: Index,
    resolver: Resolver,
    members: Mapping[tuple[str, str], Sequence[Entry]],
) -> Generation | None:
    own = index.locate(*pair)
    try:
        hierarchy = resolver.hierarchy(pair)
    except HierarchyError:
        hierarchy = (pair,)
    if own is None and not members.get(pair):
        return None
    below = [entry for tc in hierarchy for entry in members.get(tc, ())]
    votes: dict[str, Counter[str]] = {}
    for entry in below:
        for item in (*entry.dependencies, *entry.build):
            if item.name in _LANGUAGES and item.version and "%" not in item.version:
                votes.setdefault(item.name, Counter())[item.version] += 1
    return Generation(
        name=pair[0],
        version=pair[1],
        hierarchy=hierarchy,
        parts=_parts(own, pair, hierarchy, index, resolver),
        languages={
            name: max(votes[name].items(), key=lambda item: (item[1], item[0]))[0]
            for name in _LANGUAGES
            if name in votes
        },
        easyconfigs=(len(members.get(pair, ())), len(below)),
    )


def _parts(
    own: Entry | None,
    pair: tuple[str, str],
    hierarchy: Sequence[tuple[str, str]],
    index: Index,
    resolver: Resolver,
) -> dict[str, Part]:
    """Roles from the table's module names, filled from the easyconfigs of the hierarchy."""
    pool: dict[str, Part] = {}
    for toolchain in (*hierarchy, pair):
        entry = index.locate(*toolchain)
        if entry is None:
            continue
        suffix = resolver.suffix(entry)
        pool.setdefault(
            entry.name,
            Part(
                name=entry.name,
                version=entry.version + suffix,
                toolchain="system",
                module=f"{entry.name}/{full_version(entry.version, entry.toolchain, suffix)}",
            ),
        )
        for item in resolver.dependencies(entry):
            if item.external or item.kind == "toolchain":
                continue
            pool[item.name] = Part(
                name=item.name,
                version=item.version + item.suffix,
                toolchain="-".join(item.toolchain) if item.toolchain != SYSTEM else "system",
                module=item.module,
            )
            if item.name in ("FlexiBLAS", "OpenMPI", "impi", "MPICH"):
                inner = index.locate(item.name, item.full_version)
                for sub in resolver.dependencies(inner) if inner is not None else ():
                    if sub.name in _BESIDE and not sub.external:
                        pool.setdefault(
                            sub.name,
                            Part(
                                name=sub.name,
                                version=sub.version + sub.suffix,
                                toolchain="-".join(sub.toolchain),
                                module=sub.module,
                            ),
                        )
    row = definition(resolver.table, *pair)
    parts: dict[str, Part] = {}
    roles: dict[str, tuple[str, ...]] = {}
    if row is not None:
        roles = {
            "compiler": row.compilers,
            "mpi": row.mpi,
            "blas": ("FlexiBLAS", *row.blas) if "FlexiBLAS" in pool else row.blas,
            "lapack": ("FlexiBLAS", *row.lapack) if "FlexiBLAS" in pool else row.lapack,
            "scalapack": row.scalapack,
            "fft": row.fft,
        }
    for role, names in roles.items():
        for name in names:
            if name in pool:
                parts[role] = pool[name]
                break
    for name in ("binutils", "GCCcore", *_BESIDE):
        if name in pool:
            parts.setdefault(name, pool[name])
    return parts


@cache
def declared_generations() -> tuple[Generation, ...]:
    """Generations that no easyconfig describes: those of Cray's programming environment."""
    document: dict[str, Any] = json.loads(read_data("easybuild-declared-toolchains.json"))
    known = declared_table(document["toolchains"])
    found = []
    for row in document["generations"]:
        modules = {
            name: Part(name=name, version=version, toolchain="system", module=f"{name}/{version}")
            for name, version in row["modules"].items()
        }
        for name in row["names"]:
            own = known[name]
            roles = {
                "compiler": own.compilers,
                **{role: getattr(own, role) for role in ROLES[1:]},
            }
            parts = {
                role: modules[names[0]]
                for role, names in roles.items()
                if names and names[0] in modules
            }
            used = {part.name for part in parts.values()} | set(_CRAY_COMPILERS)
            others = {key: part for key, part in modules.items() if key not in used}
            python = others.pop("cray-python", None)
            found.append(
                Generation(
                    name=name,
                    version=row["version"],
                    hierarchy=((name, row["version"]),),
                    parts={**parts, **others},
                    languages={"Python": python.version} if python else {},
                    source=document["source"],
                )
            )
    return tuple(found)


_CRAY_COMPILERS = ("cce", "gcc-native", "amd", "aocc")
_BESIDE = ("OpenBLAS", "LAPACK", "UCX", "UCC", "libfabric", "PMIx", "PRRTE", "imkl", "CUDA")
