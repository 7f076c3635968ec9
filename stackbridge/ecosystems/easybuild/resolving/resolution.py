"""What EasyBuild's `--robot` finds: dependencies of an easyconfig, and all of theirs.

Source of the rules: EasyBuild framework 5.4.1, `easyconfig.py` (`_parse_dependency`,
`_finalize_dependencies`, `robot_find_subtoolchain_for_dep`, `get_toolchain_hierarchy`,
`dep_is_filtered`) and `tools/robot.py` (`resolve_dependencies`). A dependency that names no
toolchain takes the first one of its parent's hierarchy, from the parent downwards, for
which an easyconfig exists. The order of the result is EasyBuild's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from stackbridge.ecosystems.easybuild.language.templates import resolve_text, template_values
from stackbridge.ecosystems.easybuild.resolving.closure import (
    Closure,
    Mismatch,
    Missing,
    Needed,
    Step,
    Toolchain,
)
from stackbridge.ecosystems.easybuild.resolving.entries import (
    SYSTEM,
    Entry,
    Requirement,
    full_version,
)
from stackbridge.ecosystems.easybuild.resolving.filters import Filter, parse_filters
from stackbridge.ecosystems.easybuild.resolving.toolchains import Table, definition
from stackbridge.ecosystems.easybuild.resolving.toolchains import table as release_table

__all__ = [
    "HierarchyError",
    "Library",
    "Resolver",
]


class Library(Protocol):
    """Where easyconfigs are found by name and full version: an `Index`, or a robot path."""

    def locate(self, name: str, version: str) -> Entry | None: ...


class HierarchyError(Exception):
    """A toolchain's hierarchy can't be determined; the message says why."""


@dataclass(slots=True)
class _Item:
    module: str
    entry: Entry | None
    waiting: list[Needed]
    needs: tuple[Needed, ...] = field(default_factory=tuple)


class Resolver:
    """Dependencies under one configuration.

    `filters` are `--filter-deps` specifications (`zlib`, `zlib=[1.2:1.3[`); `externals` the
    metadata of external modules (None: those EasyBuild ships); `installed` names modules
    that may stand in where there is no easyconfig; `minimal` and `add_system` are EasyBuild's
    options of these names; `table` holds the toolchains that are known.
    """

    def __init__(
        self,
        library: Library,
        *,
        table: Table | None = None,
        architecture: str = "x86_64",
        filters: Iterable[str] = (),
        externals: Mapping[str, Mapping[str, Any]] | None = None,
        installed: Iterable[str] = (),
        minimal: bool = False,
        add_system: bool = False,
    ) -> None:
        self.library = library
        self.table: Table = release_table() if table is None else table
        self.architecture = architecture
        self.filters: Mapping[str, Filter] = parse_filters(filters)
        self._externals = externals
        self.installed = frozenset(installed)
        self.minimal = minimal
        self.add_system = add_system
        self.warnings: dict[str, None] = {}
        self._hierarchies: dict[Toolchain, tuple[Toolchain, ...] | HierarchyError] = {}
        self._needs: dict[tuple[int, str], tuple[Needed, ...]] = {}
        self._toolchain_templates: dict[Toolchain, tuple[tuple[str | None, Any], ...]] = {}
        self._suffixes: dict[tuple[int, str], str] = {}
        self._found: dict[tuple[str, str], Entry | None] = {}
        self._active: set[Toolchain] = set()

    def locate(self, name: str, version: str) -> Entry | None:
        """The library's answer, remembered."""
        key = (name, version)
        try:
            return self._found[key]
        except KeyError:
            found = self._found[key] = self.library.locate(name, version)
            return found

    # ---- one easyconfig

    def templates(self, entry: Entry) -> dict[str, str]:
        """The templates of an easyconfig that its identity and dependencies give."""
        values: dict[str, Any] = {
            "name": entry.name,
            "version": entry.version,
            "versionprefix": entry.prefix,
            "versionsuffix": entry.suffix,
            "toolchain": {"name": entry.toolchain[0], "version": entry.toolchain[1]},
        }
        if entry.capabilities:
            values["cuda_compute_capabilities"] = entry.capabilities
        named = [*(self._named(item) for item in entry.dependencies)]
        if not entry.iterated:
            named += [self._named(item) for item in entry.build]
        named += self._toolchain_names(self._toolchain(entry, named))
        return template_values(values, named, architecture=self.architecture)

    def _named(self, item: Requirement) -> tuple[str | None, Any]:
        if not item.external:
            return item.name, item.version
        known = self._metadata(item.name)
        names, versions = known.get("name") or (None,), known.get("version") or (None,)
        return names[0], versions[0]

    @property
    def externals(self) -> Mapping[str, Mapping[str, Any]]:
        """The metadata of external modules; EasyBuild's own when none was given."""
        if self._externals is None:
            from stackbridge.ecosystems.easybuild.resolving.externals import shipped_metadata

            self._externals = shipped_metadata()
        return self._externals

    def _metadata(self, module: str) -> Mapping[str, Any]:
        partial = self.externals.get(module.partition("/")[0], {})
        return {**partial, **self.externals.get(module, {})}

    def _toolchain(self, entry: Entry, named: Sequence[tuple[str | None, Any]]) -> Toolchain:
        if "%" not in entry.toolchain[1]:
            return entry.toolchain
        own = template_values(
            {"name": entry.name, "version": entry.version, "versionsuffix": entry.suffix},
            named,
            architecture=self.architecture,
        )
        return entry.toolchain[0], resolve_text(entry.toolchain[1], own)

    def toolchain(self, entry: Entry) -> Toolchain:
        """The toolchain with its templates resolved."""
        if "%" not in entry.toolchain[1]:
            return entry.toolchain
        named = [self._named(item) for item in (*entry.dependencies, *entry.build)]
        return self._toolchain(entry, named)

    def _toolchain_names(self, toolchain: Toolchain) -> tuple[tuple[str | None, Any], ...]:
        """(name, version) of the runtime dependencies of a toolchain's own easyconfig."""
        if toolchain == SYSTEM or toolchain[0] == "system":
            return ()
        found = self._toolchain_templates.get(toolchain)
        if found is None:
            self._toolchain_templates[toolchain] = ()
            entry = self.locate(*toolchain)
            found = ()
            if entry is not None:
                found = tuple(
                    (item.name, item.version)
                    for item in self.dependencies(entry)
                    if item.kind == "run"
                )
            self._toolchain_templates[toolchain] = found
        return found

    def suffix(self, entry: Entry) -> str:
        """The version suffix with its templates resolved."""
        if "%" not in entry.suffix:
            return entry.suffix
        key = (entry.source, entry.file)
        if key not in self._suffixes:
            self._suffixes[key] = resolve_text(entry.suffix, self.templates(entry))
        return self._suffixes[key]

    def full_version(self, entry: Entry) -> str:
        """Version with prefix, toolchain and suffix, as in file names."""
        return full_version(entry.version, self.toolchain(entry), self.suffix(entry), entry.prefix)

    def module(self, entry: Entry) -> str:
        """The module's name under EasyBuild's default naming scheme."""
        return f"{entry.name}/{self.full_version(entry)}"

    def dependencies(self, entry: Entry) -> tuple[Needed, ...]:
        """Build dependencies, then dependencies, then the toolchain, filtered ones left out."""
        key = (entry.source, entry.file)
        found = self._needs.get(key)
        if found is None:
            found = self._needs[key] = tuple(self._resolve(entry))
        return found

    def fetching(self, entry: Entry) -> tuple[Needed, ...]:
        """What is needed to fetch the sources; the robot does not look for it."""
        if not entry.fetching:
            return ()
        alone = entry._replace(dependencies=(), build=entry.fetching, fetching=())
        return tuple(need for need in self._resolve(alone) if need.kind == "build")

    def _resolve(self, entry: Entry) -> list[Needed]:
        templated = any(
            "%" in item.suffix or "%" in (item.version or "") or "%" in item.name
            or (item.toolchain is not None and "%" in item.toolchain[1])
            for item in (*entry.dependencies, *entry.build)
        )  # fmt: skip
        templates = self.templates(entry) if templated else {}
        parent = self.toolchain(entry)
        result: list[Needed] = []
        for kind, items in (("build", entry.build), ("run", entry.dependencies)):
            for item in items:
                if item.external:
                    version = str((self._metadata(item.name).get("version") or [""])[0])
                    result.append(
                        Needed(item.name, version, "", SYSTEM, kind, item.name, external=True)
                    )
                    continue
                name, version, suffix = item.name, item.version or "", item.suffix
                toolchain = item.toolchain
                if templates:
                    name = resolve_text(name, templates)
                    version = resolve_text(version, templates)
                    suffix = resolve_text(suffix, templates)
                    if toolchain is not None:
                        toolchain = toolchain[0], resolve_text(toolchain[1], templates)
                spec = self.filters.get(name)
                if spec is not None and spec.covers(item.version or ""):
                    continue
                inherited = toolchain is None
                if toolchain is None:
                    toolchain = parent
                    if parent[0] != "system":
                        toolchain = self._subtoolchain(name, version, suffix, parent) or parent
                elif toolchain[0] == "system":
                    toolchain = SYSTEM
                module = f"{name}/{full_version(version, toolchain, suffix)}"
                result.append(Needed(name, version, suffix, toolchain, kind, module, inherited))
        if parent[0] != "system":
            module = f"{parent[0]}/{parent[1]}"
            result.append(Needed(parent[0], parent[1], "", SYSTEM, "toolchain", module))
        return result

    def _subtoolchain(
        self, name: str, version: str, suffix: str, parent: Toolchain
    ) -> Toolchain | None:
        try:
            hierarchy = self.hierarchy(parent)
        except HierarchyError as error:
            self.warnings[f"no hierarchy for toolchain {parent[0]}/{parent[1]}: {error}"] = None
            return None
        for toolchain in hierarchy if self.minimal else reversed(hierarchy):
            if self.locate(name, full_version(version, toolchain, suffix)) is not None:
                return toolchain
        for toolchain in reversed(hierarchy) if self.installed else ():
            if f"{name}/{full_version(version, toolchain, suffix)}" in self.installed:
                return toolchain
        return None

    # ---- hierarchies

    def hierarchy(self, toolchain: Toolchain) -> tuple[Toolchain, ...]:
        """Subtoolchains, smallest first, then the toolchain itself. HierarchyError says why not."""
        found = self._hierarchies.get(toolchain)
        if found is None:
            if toolchain in self._active:
                raise HierarchyError(f"{toolchain[0]}/{toolchain[1]} is below itself")
            self._active.add(toolchain)
            try:
                found = self._hierarchy(toolchain)
            except HierarchyError as error:
                found = error
            finally:
                self._active.discard(toolchain)
            self._hierarchies[toolchain] = found
        if isinstance(found, HierarchyError):
            raise found
        return found

    def _hierarchy(self, toolchain: Toolchain) -> tuple[Toolchain, ...]:
        result = [toolchain]
        queue = [toolchain]
        visited: set[str] = set()
        while queue:
            current = queue.pop()
            row = definition(self.table, *current)
            if row is None:
                raise HierarchyError(f"the toolchain {current[0]} is not known")
            if not row.below:
                continue
            candidates = self._candidates(current, row.below)
            for names in row.below:
                alternatives = (names,) if isinstance(names, str) else names
                version = self._version(current, alternatives, candidates)
                if version is None:
                    continue
                name = alternatives[0]
                if not isinstance(names, str):
                    name = next(item[0] for item in candidates if item[1] == version)
                if name not in visited:
                    visited.add(name)
                    result.insert(0, (name, version))
                    queue.insert(0, (name, version))
        return tuple(result)

    def _version(
        self, current: Toolchain, names: Sequence[str], candidates: Sequence[Toolchain]
    ) -> str | None:
        version: str | None = None
        system = False
        for name in names:
            if name == "system":
                system = True
                version = "" if self.add_system else None
            else:
                versions = {item[1] for item in candidates if item[0] == name}
                if len(versions) > 1:
                    raise HierarchyError(
                        f"several versions of {name} among the dependencies of {current[0]}: "
                        + ", ".join(sorted(versions))
                    )
                if versions:
                    version = versions.pop()
            if version is not None:
                return version
        if not system and not all(
            (row := definition(self.table, name, current[1])) is not None and row.optional
            for name in names
        ):
            raise HierarchyError(
                f"no version of {' or '.join(names)} among the dependencies of {current[0]}"
            )
        return None

    def _candidates(self, current: Toolchain, below: Sequence[Any]) -> list[Toolchain]:
        """Versions that dependencies, their dependencies and all their toolchains suggest."""
        if all(name == "system" for name in below) and not self.add_system:
            return []
        own = self.locate(*current)
        if own is None:
            raise HierarchyError(f"there is no easyconfig for {current[0]} {current[1]}")
        found: list[Toolchain] = []
        for item in self.dependencies(own):
            if item.external or item.kind == "toolchain":
                continue
            found += [(item.name, item.version + item.suffix), item.toolchain]
            inner = self.locate(item.name, item.full_version)
            if inner is None:
                raise HierarchyError(f"there is no easyconfig for {item.name} {item.full_version}")
            for sub in self.dependencies(inner):
                if not sub.external and sub.kind != "toolchain":
                    found += [(sub.name, sub.version + sub.suffix), sub.toolchain]
        wanted: set[str] = set()
        for names in below:
            wanted.update((names,) if isinstance(names, str) else names)
            if isinstance(names, str):
                row = definition(self.table, names, current[1])
                if row is not None and row.composite and self.locate(names, current[1]):
                    found.append((names, current[1]))
        return [item for item in found if item[0] in wanted]

    # ---- everything that is needed

    def closure(self, entries: Iterable[Entry]) -> Closure:
        """All easyconfigs for building these, in EasyBuild's order, none taken as installed."""
        pending = [self._item(entry) for entry in entries]
        available: set[str] = set()
        steps: list[_Item] = []
        missing: list[Missing] = []
        mismatches: list[Mismatch] = []
        while pending:
            moved = False
            while True:
                waiting = []
                before = len(available)
                for item in pending:
                    left = item.waiting
                    while left and left[-1].module in available:
                        left.pop()
                    if left:
                        waiting.append(item)
                        continue
                    moved = True
                    if item.module not in available:
                        available.add(item.module)
                        steps.append(item)
                pending = waiting
                if len(available) == before:
                    break
            coming = {item.module for item in pending}
            added: dict[str, _Item] = {}
            for item in pending:
                needed = next(
                    (
                        one
                        for one in item.waiting
                        if one.module not in available and one.module not in coming
                    ),
                    None,
                )
                if needed is None:
                    continue
                moved = True
                if needed.module in added and added[needed.module].entry is not None:
                    continue
                entry = self.locate(needed.name, needed.full_version)
                if entry is None:
                    assert item.entry is not None
                    if needed.module in self.installed:
                        item.waiting.remove(needed)
                        continue
                    missing.append(Missing(needed, item.entry))
                    item.waiting.remove(needed)
                    added.setdefault(needed.module, _Item(needed.module, None, []))
                    continue
                fresh = self._item(entry)
                if fresh.module != needed.module:
                    mismatches.append(Mismatch(entry, f"{needed.name}-{needed.full_version}.eb"))
                    fresh = _Item(needed.module, entry, fresh.waiting, fresh.needs)
                added[needed.module] = fresh
            pending += added.values()
            if not moved:
                break
        externals = dict.fromkeys(
            need.name for item in steps for need in item.needs if need.external
        )
        return Closure(
            steps=tuple(
                Step(entry=item.entry, module=item.module, needs=item.needs)
                for item in steps
                if item.entry is not None
            ),
            missing=tuple(missing),
            mismatches=tuple(mismatches),
            cycle=_cycle(pending, available),
            externals=tuple(externals),
            warnings=tuple(self.warnings),
        )

    def _item(self, entry: Entry) -> _Item:
        needs = self.dependencies(entry)
        return _Item(
            self.module(entry), entry, [need for need in needs if not need.external], needs
        )


def _cycle(pending: Sequence[_Item], available: set[str]) -> tuple[str, ...]:
    """Modules that wait for each other, from the first that can be reached."""
    if not pending:
        return ()
    waits = {item.module: item for item in pending}
    path = [pending[0].module]
    while True:
        following = next(
            (
                need.module
                for need in waits[path[-1]].waiting
                if need.module not in available and need.module in waits
            ),
            None,
        )
        if following is None:
            return tuple(path)
        if following in path:
            return (*path[path.index(following) :], following)
        path.append(following)
