"""An easyconfig, moved to another version or another toolchain generation.

What `eb --try-software-version` and `--try-toolchain --try-update-deps` do, on the layout, so
that everything else stays as it is written. The file's own level of the toolchain is kept
(GCCcore stays GCCcore, foss becomes intel's full toolchain when intel is asked for). Each
dependency takes the version that the new generation uses most, of those it has with the same
kind of versionsuffix; what it has only inside a bundle becomes that bundle; the easyconfigs of
what it lacks are moved along, where they can be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout, Parameter, read_layout
from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.ecosystems.easybuild.index import Index, version_key
from stackbridge.ecosystems.easybuild.resolving.entries import SYSTEM, Entry
from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError, Resolver
from stackbridge.ecosystems.easybuild.resolving.toolchains import Table
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code, Notice

__all__ = ["Checksums", "Move", "Moved", "abilities", "move", "move_along"]

Level: TypeAlias = tuple[str, str]
Checksums: TypeAlias = Callable[[str, str, str], "str | None"]
"""(software name, version, file name) -> sha256 in hex, or None when nobody knows it."""

DEPENDENCIES = ("builddependencies", "dependencies", "hiddendependencies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where to: `version` of the software, `toolchain` as (name, version); None keeps it."""

    version: str | None = None
    toolchain: Level | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The moved layout; `lacking` are easyconfigs that the new generation needs as well."""

    layout: Layout
    lacking: tuple[Entry, ...] = ()
    notices: tuple[Notice, ...] = ()


def move(
    layout: Layout,
    to: Move,
    resolver: Resolver,
    index: Index,
    *,
    checksums: Checksums = lambda _name, _version, _file: None,
) -> Moved:
    """One easyconfig moved, with a notice for all that is not certain.

    Raises UsageError where the toolchain is not known.
    """
    notices: list[Notice] = []
    lacking: list[Entry] = []
    terms = layout.parameters()
    if to.toolchain is not None:
        level = _level(terms, to.toolchain, resolver)
        moved = _Dependencies(resolver, index, level, str(terms.get("name")))
        for name in DEPENDENCIES:
            if name in terms:
                terms[name] = moved.list_of(terms[name])
        notices, lacking = moved.notices, moved.lacking
        constant = {"constant": "SYSTEM"}
        terms["toolchain"] = (
            constant if level == SYSTEM else {"name": level[0], "version": level[1]}
        )
    if to.version is not None and to.version != terms.get("version"):
        notices += _version(terms, to.version, checksums)
    groups = tuple(
        tuple(
            Parameter(name=item.name, term=terms[item.name]) for item in group if item.name in terms
        )
        for group in layout.groups
    )
    comments = tuple(c for c in layout.comments if not c.path or c.path[0] in terms)
    return Moved(
        layout=replace(layout, groups=tuple(filter(None, groups)), comments=comments),
        lacking=tuple(lacking),
        notices=tuple(notices),
    )


def move_along(
    start: Moved, to: Move, resolver: Resolver, index: Index, read: Callable[[Entry], str | None]
) -> tuple[tuple[Layout, ...], tuple[Notice, ...]]:
    """The easyconfigs which a moved one lacks, moved as well, and theirs in turn.

    `read` gives the text of an easyconfig, or None where it is not at hand.
    """
    found: list[Layout] = []
    notices: list[Notice] = []
    queue = list(start.lacking)
    seen: set[str] = set()
    while queue:
        entry = queue.pop(0)
        if entry.basename in seen:
            continue
        seen.add(entry.basename)
        text = read(entry)
        if text is None:
            notices.append(
                Notice(
                    code=Code.DEPENDENCY_LOST,
                    subject=entry.name,
                    what=f"{entry.version} is missing there",
                    why="no easyconfig of the generation has it, and none could be read to move",
                    instead="name the directory of the easyconfigs with `--easyconfigs`",
                )
            )
            continue
        layout, _, more = read_layout(text, entry.basename)
        moved = move(layout, replace(to, version=None), resolver, index)
        found.append(moved.layout)
        queue += moved.lacking
        notices += (
            *more,
            *moved.notices,
            Notice(
                code=Code.PACKAGE_GENERATED,
                subject=entry.name,
                what=f"{entry.basename} was moved along",
                why="the generation has no easyconfig of it",
            ),
        )
    return tuple(found), tuple(notices)


# --- toolchain ---------------------------------------------------------------------------


def _level(terms: dict[str, Term], target: Level, resolver: Resolver) -> Level:
    """The level of the new hierarchy that corresponds to the file's own."""
    own = terms.get("toolchain")
    if own == {"constant": "SYSTEM"} or not isinstance(own, dict) or own.get("name") == "system":
        return SYSTEM
    if target[0] not in resolver.table:
        raise UsageError(
            f"the toolchain `{target[0]}` is not known", hint="`stackbridge toolchain list`"
        )
    try:
        hierarchy = resolver.hierarchy(target)
    except HierarchyError as error:
        raise UsageError(f"{target[0]}-{target[1]}: {error}") from error
    same = [level for level in hierarchy if level[0] == own.get("name")]
    if same:
        return same[0]
    wanted = abilities(str(own.get("name")), resolver.table)
    alike = [level for level in hierarchy if abilities(level[0], resolver.table) == wanted]
    return alike[-1] if alike else target


def abilities(name: str, table: Table) -> tuple[bool, bool, bool]:
    """Whether a toolchain is more than a base compiler, has MPI, has BLAS; parts included."""
    found = table.get(name)
    if found is None:
        return False, False, False
    below = [
        abilities(str(part), table)
        for part in found.below
        if isinstance(part, str) and part != name
    ]
    return (
        name != "GCCcore",
        bool(found.mpi) or (found.composite and any(part[1] for part in below)),
        bool(found.blas) or (found.composite and any(part[2] for part in below)),
    )


class _Dependencies:
    """Dependencies moved to one level of a generation."""

    def __init__(self, resolver: Resolver, index: Index, level: Level, subject: str) -> None:
        self.resolver = resolver
        self.index = index
        self.level = level
        self.subject = subject
        self.notices: list[Notice] = []
        self.lacking: list[Entry] = []
        self.levels = [] if level == SYSTEM else list(resolver.hierarchy(level))
        self.used = self._voted()

    def _voted(self) -> dict[str, dict[str, int]]:
        """How often the new generation's easyconfigs depend on each version of a software."""
        levels = set(self.levels)
        found: dict[str, dict[str, int]] = {}
        for entry in self.index:
            if entry.toolchain in levels:
                for need in (*entry.dependencies, *entry.build):
                    if need.version and need.toolchain in (None, SYSTEM):
                        votes = found.setdefault(need.name, {})
                        votes[need.version] = votes.get(need.version, 0) + 1
        return found

    def list_of(self, term: Term) -> Term:
        """The moved list. Anything but a plain list of entries is left alone, with a notice."""
        if not isinstance(term, list):
            self._say(
                Code.DEPENDENCY_LOST,
                self.subject,
                "were not moved",
                "they depend on the architecture",
            )
            return term
        rows: list[Term] = []
        for row in term:
            new = self.row(row)
            if new is not None and new not in rows:
                rows.append(new)
        return rows

    def row(self, row: Term) -> Term | None:
        if not isinstance(row, list) or len(row) < 2 or not isinstance(row[0], str):
            return row
        name, version = row[0], row[1]
        suffix = row[2] if len(row) > 2 else ""
        if len(row) > 3 and row[3] != {"constant": "SYSTEM"}:
            self._say(
                Code.TOOLCHAIN_APPROXIMATED,
                name,
                "keeps its own toolchain",
                "the easyconfig names one for this dependency",
            )
            return row
        if not isinstance(version, str) or "%(" in version:
            return row
        if len(row) > 3:
            return [name, self._of_system(name, version), *row[2:]]
        found = self._newest(name, suffix)
        if found is not None:
            rest = row[2:]
            if rest and isinstance(suffix, str) and "%(" not in suffix:
                rest[0] = self.resolver.suffix(found)
            return [name, found.version, *rest]
        return self._elsewhere(row, name, version, _kind(suffix))

    def _newest(self, name: str, suffix: Term) -> Entry | None:
        """What the generation's own easyconfigs use most; without any, the newest it has."""
        wanted = _kind(suffix)
        there = [
            entry
            for entry in self.index.find(name)
            if entry.toolchain in self.levels and _kind(self.resolver.suffix(entry)) == wanted
        ]
        votes = self.used.get(name, {})
        return max(
            there,
            key=lambda e: (
                self.resolver.suffix(e) == suffix,
                votes.get(e.version, 0),
                version_key(e.version),
            ),
            default=None,
        )

    def _of_system(self, name: str, version: str) -> str:
        """A dependency on the system level: CUDA and the like move with the generation."""
        votes = {
            candidate: count
            for candidate, count in self.used.get(name, {}).items()
            if self.index.locate(name, candidate) is not None
        }
        if version in votes or not votes:
            return version
        return max(votes, key=lambda candidate: (votes[candidate], version_key(candidate)))

    def _elsewhere(self, row: list[Term], name: str, version: str, kind: str) -> Term | None:
        """Inside a bundle, at the system level, in an easyconfig to be moved, or nowhere."""
        bundles = [
            found.entry
            for found in self.index.provides(name)
            if found.entry.toolchain in self.levels
            and found.entry.name != name
            and not found.private
        ]
        if bundles:
            bundle = max(bundles, key=lambda e: version_key(e.version))
            self._say(
                Code.DEPENDENCY_APPROXIMATED,
                name,
                f"is part of {bundle.name} there",
                f"{self._here()} has no easyconfig of its own for it",
                f"{bundle.name} {bundle.version}",
            )
            return [bundle.name, bundle.version]
        if any(
            entry.toolchain == SYSTEM and entry.version == version
            for entry in self.index.find(name)
        ):
            return [name, version, row[2] if len(row) > 2 else "", {"constant": "SYSTEM"}]
        alike = [
            entry
            for entry in self.index.find(name)
            if entry.version == version and _kind(self.resolver.suffix(entry)) == kind
        ]
        if alike:
            self.lacking.append(alike[-1])
        else:
            self._say(
                Code.DEPENDENCY_LOST,
                name,
                f"stays at {version}",
                f"{self._here()} has no easyconfig for it, and no other one has",
            )
        return row

    def _here(self) -> str:
        return f"{self.level[0]}-{self.level[1]}"

    def _say(self, code: Code, subject: str, what: str, why: str, instead: str = "") -> None:
        self.notices.append(Notice(code=code, subject=subject, what=what, why=why, instead=instead))


_FIGURES = re.compile(r"\d+(?:\.\d+)*[a-z]?|%\(\w+\)s")


def _kind(suffix: Term) -> str:
    """A versionsuffix without its figures: `-CUDA-12.1.1` and `-CUDA-%(cudaver)s` are alike."""
    return _FIGURES.sub("#", suffix) if isinstance(suffix, str) else ""


# --- version -----------------------------------------------------------------------------


def _version(terms: dict[str, Term], new: str, checksums: Checksums) -> list[Notice]:
    """Another version: the texts that name the old one, and what is known of its sources."""
    notices: list[Notice] = []
    name, old = str(terms.get("name")), str(terms.get("version"))
    terms["version"] = new
    for parameter in ("sources", "source_urls", "exts_list", "start_dir"):
        if parameter in terms:
            terms[parameter] = _renamed(terms[parameter], old, new)
    sums = terms.get("checksums")
    count = len(terms["sources"]) if isinstance(terms.get("sources"), list) else 1
    if isinstance(sums, list):
        renamed = [_file_of(item, old, new) for item in sums[:count]]
        known = [checksums(name, new, file) for file in renamed]
        terms["checksums"] = [
            {file: digest} if file else digest for file, digest in zip(renamed, known, strict=True)
        ] + sums[count:]
        notices += [
            _unknown(name, new, file) for file, d in zip(renamed, known, strict=True) if not d
        ]
    patches = terms.pop("patches", None)
    if patches:
        files = patches if isinstance(patches, list) else [patches]
        if isinstance(terms.get("checksums"), list):
            del terms["checksums"][count:]
        notices.append(
            Notice(
                code=Code.STEP_SKIPPED,
                subject=name,
                what=f"its {len(files)} patches are left out",
                why=f"they were made for {old}; nobody has applied them to {new}",
            )
        )
    return notices


def _renamed(term: Term, old: str, new: str) -> Term:
    """The old version replaced where it stands as a whole."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(old)}(?![\w]|\.\d)")
    if isinstance(term, str):
        return pattern.sub(lambda _match: new, term)
    if isinstance(term, list):
        return [_renamed(item, old, new) for item in term]
    if isinstance(term, dict) and "checksums" not in term:
        return {key: _renamed(item, old, new) for key, item in term.items()}
    return term


def _file_of(item: Term, old: str, new: str) -> str:
    """The file which a checksum is for, by its new name; empty where it names none."""
    if isinstance(item, dict) and len(item) == 1:
        return str(next(iter(item))).replace(old, new)
    return ""


def _unknown(name: str, version: str, file: str) -> Notice:
    return Notice(
        code=Code.CHECKSUM_MISSING,
        subject=name,
        what=f"the checksum of {file or 'the source'} is not known",
        why=f"no recipe that was read has {name} {version}",
        instead="`eb --inject-checksums` fills it in",
    )
