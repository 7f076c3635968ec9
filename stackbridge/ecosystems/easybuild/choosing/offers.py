"""The index as `selection` asks it: `Release` on top of `Index`, toolchains and resolution.

Everything is worked out once for each index and kept: offers by name, generations,
direct dependencies, closures and demand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from stackbridge.ecosystems.easybuild.choosing.release import (
    SYSTEM,
    Generation,
    Level,
    Member,
    Offer,
)
from stackbridge.ecosystems.easybuild.choosing.stated_options import Stated, stated_options
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import read as read_suffix
from stackbridge.ecosystems.easybuild.index import Index, Provided
from stackbridge.ecosystems.easybuild.resolving.toolchains import definition
from stackbridge.errors import InputError

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context
    from stackbridge.ecosystems.easybuild.resolving.entries import Entry
    from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
    from stackbridge.ecosystems.easybuild.resolving.toolchains import Definition

__all__ = ["IndexRelease", "open_release"]


def open_release(context: Context) -> IndexRelease:
    """The easyconfigs of the context: its directories, or the shipped release."""
    return _open(tuple(context.easyconfigs), context.cache, context.architecture)


@lru_cache(maxsize=2)
def _open(paths: tuple[str, ...], cache: str | None, architecture: str) -> IndexRelease:
    index = Index.open(paths, cache=cache, architecture=architecture)
    return IndexRelease(index, architecture)


def _folded(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")


_PUBLIC = re.compile(r"bundle|^(?:Python|R|Perl|Ruby|Julia|Lua)$", re.IGNORECASE)


def _is_public(item: Provided, name: str) -> bool:
    """Whether others may rely on it: in a bundle or a language, or what the host is about.

    Other software brings packages of its own, pinned to its needs.
    """
    return bool(_PUBLIC.search(item.entry.name)) or _folded(name) in _folded(item.entry.name)


class IndexRelease:
    """What an index offers."""

    def __init__(self, index: Index, architecture: str = "x86_64") -> None:
        self.index = index
        self._architecture = architecture
        self._offers: dict[str, tuple[Offer, ...]] = {}
        self._by_file: dict[str, Offer] = {}
        self._members: dict[str, tuple[Member, ...]] = {}
        self._options: dict[str, Stated] = {}
        self._requires: dict[str, tuple[Offer, ...]] = {}
        self._closures: dict[str, Mapping[str, tuple[Offer, ...]]] = {}
        self._demand: dict[frozenset[Level], Counter[tuple[str, str]]] = {}

    @property
    def title(self) -> str:
        """What the easyconfigs are, for messages."""
        return ", ".join(self.index.roots)

    @cached_property
    def software(self) -> frozenset[str]:
        """Every software name."""
        return frozenset(self.index.names())

    @cached_property
    def toolchain_names(self) -> frozenset[str]:
        """Every toolchain that an easyconfig is built with, and those of the generations."""
        return frozenset(entry.toolchain[0] for entry in self.index) - {"system"}

    def offers(self, name: str) -> tuple[Offer, ...]:
        """The easyconfigs of that software."""
        if name not in self._offers:
            found: dict[str, Offer] = {}
            for entry in self.index.find(name):
                offer = self._offer(entry)
                found.setdefault(offer.file, offer)
            self._offers[name] = tuple(found.values())
        return self._offers[name]

    def _offer(self, entry: Entry) -> Offer:
        file = entry.basename
        known = self._by_file.get(file)
        if known is None:
            toolchain = SYSTEM if entry.system else entry.toolchain
            version = f"{entry.prefix}{entry.version}"
            start = f"{entry.name}-{version}"
            if toolchain != SYSTEM:
                start += f"-{toolchain[0]}-{toolchain[1]}"
            # the suffix may be a template; the file's name has it filled in
            suffix = entry.stem[len(start) :] if entry.stem.startswith(start) else entry.suffix
            known = self._by_file[file] = Offer(
                name=entry.name,
                version=version,
                toolchain=toolchain,
                suffix=read_suffix(suffix, self.software),
                file=file,
            )
        return known

    def file(self, name: str) -> Offer | None:
        """The easyconfig of that file name."""
        known = self._by_file.get(name)
        if known is None and "/" not in name:
            entry = self.index.entry(name)
            known = self._offer(entry) if entry is not None else None
        return known

    def members(self, name: str) -> tuple[Member, ...]:
        """Who carries that extension or component for others to use."""
        if name not in self._members:
            self._members[name] = tuple(
                Member(name=item.name, version=item.version or "", host=self._offer(item.entry))
                for item in self.index.provides(name)
                if item.kind == "component"
                or (item.kind == "extension" and not item.private and _is_public(item, name))
            )
        return self._members[name]

    def easyblocks(self, name: str) -> frozenset[str]:
        """The easyblocks that build that software, where easyconfigs name them."""
        return frozenset(entry.easyblock for entry in self.index.find(name) if entry.easyblock)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {_folded(name): name for name in self.index.names()}

    def spelled(self, name: str) -> tuple[str, ...]:
        """Software names, then member names, that differ only in case and `-_.`."""
        found = [self._spellings[_folded(name)]] if _folded(name) in self._spellings else []
        found += [member.name for member in self.members(name)]
        return tuple(dict.fromkeys(found))

    # ---- toolchains

    @cached_property
    def resolver(self) -> Resolver:
        """Dependencies as the robot finds them; remembers what it found."""
        from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver

        return Resolver(self.index, architecture=self._architecture)

    @cached_property
    def mpi_levels(self) -> frozenset[Level]:
        """Every toolchain with an MPI library, of any generation."""
        return frozenset(level for one in self.generations() for level in one.mpi_levels)

    def generations(self) -> tuple[Generation, ...]:
        """Every full toolchain, oldest first."""
        return self._generations

    @cached_property
    def _generations(self) -> tuple[Generation, ...]:
        from stackbridge.ecosystems.easybuild.index import version_key
        from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError

        used = Counter(entry.toolchain for entry in self.index)
        found: list[tuple[tuple[object, ...], Generation]] = []
        candidates = (
            (entry, row)
            for name, row in self.resolver.table.items()
            if row.compilers and row.mpi and row.blas
            for entry in self.index.find(name)
        )
        for entry, row in candidates:
            if entry.easyblock != "Toolchain" or not entry.system:
                continue
            try:
                one = self._generation(entry, row)
            except HierarchyError:
                continue
            if one is not None:
                age = version_key(one.base[1] if one.base else "")
                # of one age the most used is the one to take in doubt
                found.append(((age, used[one.name, one.version], str(one)), one))
        return tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))

    def _generation(self, entry: Entry, row: Definition) -> Generation | None:
        """What a toolchain's own easyconfig and its dependencies say of it."""
        resolver = self.resolver
        version = resolver.full_version(entry)
        hierarchy = resolver.hierarchy((entry.name, version))
        parts: dict[str, str] = {}
        todo = [entry]
        while todo:
            for need in resolver.dependencies(todo.pop(0)):
                if need.external or need.kind == "build" or need.name in parts:
                    continue
                parts[need.name] = need.version
                below = resolver.locate(need.name, need.full_version)
                if below is not None:
                    todo.append(below)
        for name, level_version in hierarchy:
            if resolver.locate(name, level_version) is not None:
                parts.setdefault(name, level_version)
        compiler = next((name for name in row.compilers if name in parts), None)
        if compiler is None:
            return None
        mpi = next((name for name in row.mpi if name in parts), None)
        with_mpi = [
            level
            for level in hierarchy
            if (below_row := definition(resolver.table, *level)) is not None and below_row.mpi
        ]
        return Generation(
            name=entry.name,
            version=version,
            levels=tuple(reversed(hierarchy)),
            compiler=(compiler, parts[compiler]),
            mpi=(mpi, parts[mpi]) if mpi is not None else None,
            base=hierarchy[0],
            parts=MappingProxyType(parts),
            mpi_levels=frozenset(with_mpi),
        )

    def options(self, offer: Offer) -> Stated:
        """What the options in its text say of features; nothing where there is no text."""
        if offer.file not in self._options:
            self._options[offer.file] = self._stated(offer)
        return self._options[offer.file]

    def _stated(self, offer: Offer) -> Stated:
        from stackbridge.ecosystems.easybuild.language.evaluate import evaluate

        entry = self.index.entry(offer.file)
        text = self.index.text(entry) if entry is not None else None
        if text is None:
            return {}
        try:
            return stated_options(evaluate(text).values, offer.name)
        except InputError:
            return {}

    # ---- dependencies

    def requires(self, offer: Offer) -> tuple[Offer, ...]:
        """Direct dependencies at run time."""
        if offer.file not in self._requires:
            self._requires[offer.file] = tuple(self._needed(offer, ("run",)))
        return self._requires[offer.file]

    def _needed(self, offer: Offer, kinds: tuple[str, ...]) -> Iterator[Offer]:
        entry = self.index.entry(offer.file)
        for need in self.resolver.dependencies(entry) if entry is not None else ():
            if need.kind in kinds and not need.external:
                found = self.resolver.locate(need.name, need.full_version)
                if found is not None:
                    yield self._offer(found)

    def closure(self, offer: Offer) -> Mapping[str, tuple[Offer, ...]]:
        """Everything below at run time, and what the offer itself needs to be built."""
        if offer.file not in self._closures:
            found: dict[str, dict[str, Offer]] = {}
            todo = [offer]
            seen = {offer.file}
            while todo:
                current = todo.pop()
                kinds = (
                    ("run", "toolchain") if current is not offer else ("run", "toolchain", "build")
                )
                for below in self._needed(current, kinds):
                    if below.file not in seen:
                        seen.add(below.file)
                        found.setdefault(below.name, {})[below.file] = below
                        todo.append(below)
            self._closures[offer.file] = {
                name: tuple(files.values()) for name, files in found.items()
            }
        return self._closures[offer.file]

    def demand(self, name: str, version: str, levels: frozenset[Level]) -> int:
        """How many easyconfigs of these toolchains depend on that version of it."""
        if levels not in self._demand:
            counter: Counter[tuple[str, str]] = Counter()
            for entry in self.index:
                if entry.toolchain in levels:
                    for need in (*entry.dependencies, *entry.build):
                        if need.version is not None:
                            counter[need.name, need.version] += 1
            self._demand[levels] = counter
        return self._demand[levels][name, version]
