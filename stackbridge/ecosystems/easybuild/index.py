"""What directories of easyconfigs offer: the index of one or several robot paths.

    index = Index.open()                      # the shipped release, no EasyBuild needed
    index = Index.open(["/site/ecs", "/eb/easyconfigs"], cache="~/.cache/...")
    index.find("GROMACS")                     # entries of that name, exact case
    index.versions("GROMACS")                 # ("2019.6", ..., "2026.1"), oldest first
    index.entry("GROMACS-2024.4-foss-2024a.eb")
    index.locate("GROMACS", "2024.4-foss-2024a")  # as the robot finds it, or None
    index.provides("numpy")                   # where a name is installed, extensions included
    index.names(), index.suggest("gromax")
    index.problems                            # files that could not be read

The first directory wins where two have a file of one name, as in EasyBuild's robot path.
"""

# Plain paths: one object per file would double the time of a scan.
# ruff: noqa: PTH118

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stackbridge.ecosystems.easybuild.resolving.entries import Entry
from stackbridge.ecosystems.easybuild.resolving.indexing import Row, entry_from
from stackbridge.ecosystems.easybuild.resolving.paths import candidates, letter
from stackbridge.ecosystems.easybuild.resolving.storage import RELEASE, load_shipped, scan_cached

__all__ = ["Index", "Problem", "Provided", "candidates", "letter", "version_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file that could not be read; `line` counts from 1, 0 when it is not known."""

    file: str
    line: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """One easyconfig that installs the name asked for.

    `kind` is `software`, `extension` or `component`; `private` means that it is installed
    for the package's own use only (a pinned dependency within a bundle). `version` is None
    where the file gives none (core packages of R and Perl).
    """

    name: str
    version: str | None
    kind: str
    private: bool
    entry: Entry


@lru_cache(maxsize=20_000)
def version_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key to sort EasyBuild versions by: figures as numbers, pre-releases before releases."""
    parts: list[tuple[int, int, str]] = []
    run = ""
    for character in f"{text}.":
        if run and (character.isdigit() != run[0].isdigit() or not character.isalnum()):
            if run[0].isdigit():
                parts.append((2, int(run), ""))
            else:
                early = run in ("rc", "beta", "alpha", "pre", "dev")
                parts.append((-1 if early else 1, 0, run))
            run = ""
        if character.isalnum():
            run += character
    parts.append((0, 0, ""))
    return tuple(parts)


class Index:
    """Easyconfigs by name, by file and by what they install."""

    def __init__(
        self, roots: Sequence[tuple[str, Mapping[str, Row]]], problems: Iterable[Problem] = ()
    ) -> None:
        self._roots = tuple(roots)
        self.problems = tuple(problems)
        self._entries: dict[tuple[int, str], Entry] = {}
        self._found: dict[str, tuple[Entry, ...]] = {}
        self._names: dict[str, list[tuple[int, str]]] | None = None
        self._files: dict[str, tuple[int, str]] | None = None
        self._lower: dict[str, str] | None = None
        self._provided: dict[str, list[tuple[int, str, int]]] | None = None

    @classmethod
    def open(
        cls,
        paths: Sequence[str] = (),
        *,
        cache: str | None = None,
        architecture: str = "x86_64",
    ) -> Index:
        """The index of these directories, or of the shipped release when there are none.

        `cache` is a directory for what was read (None: nothing is kept). A directory that
        does not exist is empty, as for EasyBuild.
        """
        if not paths:
            return cls([(f"EasyBuild {RELEASE}", load_shipped(architecture))])
        roots: list[tuple[str, dict[str, Row]]] = []
        problems: list[Problem] = []
        for path in paths:
            rows: dict[str, Row] = {}
            for file, (_, _, _, row) in scan_cached(path, cache, architecture).items():
                if len(row) == 3:
                    problems.append(
                        Problem(
                            file=os.path.join(path, file), line=row[0], message=row[1], hint=row[2]
                        )
                    )
                else:
                    rows[file] = row
            roots.append((path, rows))
        return cls(roots, problems)

    # ---- files

    def __len__(self) -> int:
        return sum(len(rows) for _, rows in self._roots)

    def __iter__(self) -> Iterator[Entry]:
        for number, (_, rows) in enumerate(self._roots):
            for file in rows:
                yield self._entry(number, file)

    @property
    def roots(self) -> tuple[str, ...]:
        """The directories, in order of precedence."""
        return tuple(root for root, _ in self._roots)

    def path(self, entry: Entry) -> str:
        """The file's path, with the directory it was found in."""
        return f"{self._roots[entry.source][0]}/{entry.file}"

    def text(self, entry: Entry) -> str | None:
        """The easyconfig's text, or None where only the index is at hand."""
        try:
            with open(self.path(entry), encoding="utf-8") as stream:  # noqa: PTH123
                return stream.read()
        except (OSError, UnicodeDecodeError):
            return None

    def _entry(self, number: int, file: str) -> Entry:
        found = self._entries.get((number, file))
        if found is None:
            found = entry_from(self._roots[number][1][file], number)
            self._entries[number, file] = found
        return found

    def locate(self, name: str, version: str) -> Entry | None:
        """The easyconfig which the robot would take; `version` is the full one."""
        for number, (_, rows) in enumerate(self._roots):
            for file in candidates(name, version):
                if file in rows:
                    return self._entry(number, file)
        return None

    def entry(self, file: str) -> Entry | None:
        """The easyconfig with that file name (with or without `.eb` or a directory)."""
        wanted = file.rpartition("/")[2]
        if not wanted.endswith(".eb"):
            wanted += ".eb"
        if self._files is None:
            self._files = {}
            for number, (_, rows) in enumerate(self._roots):
                for path in rows:
                    self._files.setdefault(path.rpartition("/")[2], (number, path))
        place = self._files.get(wanted)
        return None if place is None else self._entry(*place)

    # ---- names

    def _by_name(self) -> dict[str, list[tuple[int, str]]]:
        if self._names is None:
            self._names = {}
            seen: set[str] = set()
            for number, (_, rows) in enumerate(self._roots):
                for file, row in rows.items():
                    base = file.rpartition("/")[2]
                    if number and base in seen:
                        continue  # hidden by a directory before
                    if len(self._roots) > 1:
                        seen.add(base)
                    self._names.setdefault(row[1], []).append((number, file))
        return self._names

    def names(self) -> tuple[str, ...]:
        """All software names, sorted without case."""
        return tuple(sorted(self._by_name(), key=str.lower))

    def exact(self, name: str) -> str | None:
        """The name as it is spelled here, whatever case it is asked for in."""
        if name in self._by_name():
            return name
        if self._lower is None:
            self._lower = {known.lower(): known for known in self._by_name()}
        return self._lower.get(name.lower())

    def find(self, name: str) -> tuple[Entry, ...]:
        """All easyconfigs of a software name (exact case), in order of version and file."""
        if name not in self._found:
            places = self._by_name().get(name, ())
            entries = (self._entry(*place) for place in places)
            self._found[name] = tuple(
                sorted(entries, key=lambda entry: (version_key(entry.version), entry.file))
            )
        return self._found[name]

    def versions(self, name: str) -> tuple[str, ...]:
        """Versions of a software name, oldest first."""
        return tuple(dict.fromkeys(entry.version for entry in self.find(name)))

    def suggest(self, name: str, limit: int = 3) -> tuple[str, ...]:
        """Names that may have been meant."""
        import difflib

        exact = self.exact(name)
        if exact is not None:
            return (exact,)
        if self._lower is None:
            self._lower = {known.lower(): known for known in self._by_name()}
        near = difflib.get_close_matches(name.lower(), self._lower, n=limit, cutoff=0.75)
        return tuple(self._lower[item] for item in near)

    # ---- contents

    def contents(self, entry: Entry) -> tuple[tuple[str, str, str | None], ...]:
        """Extensions (`e`) and components (`c`) of an easyconfig with name and version."""
        return tuple(
            (item[0], item[1], item[2]) for item in self._roots[entry.source][1][entry.file][12]
        )

    def _by_content(self) -> dict[str, list[tuple[int, str, int]]]:
        if self._provided is None:
            self._provided = {}
            for places in self._by_name().values():
                for number, file in places:
                    for position, item in enumerate(self._roots[number][1][file][12]):
                        key = _spelling(item[1])
                        self._provided.setdefault(key, []).append((number, file, position))
        return self._provided

    def provides(self, name: str) -> tuple[Provided, ...]:
        """Easyconfigs that install that name: as software, extension or component.

        Names are compared without case, `_` and `-` being the same. Packages of their own
        come first, then what bundles offer, then private copies.
        """
        found: list[Provided] = []
        exact = self.exact(name)
        if exact is not None:
            found.extend(
                Provided(
                    name=exact, version=entry.version, kind="software", private=False, entry=entry
                )
                for entry in self.find(exact)
            )
        inside: list[Provided] = []
        for number, file, position in self._by_content().get(_spelling(name), ()):
            row = self._roots[number][1][file]
            kind, own, version = row[12][position]
            if exact is not None and row[1] == exact:
                continue  # the software itself, named among its extensions
            inside.append(
                Provided(
                    name=own,
                    version=version,
                    kind="component" if kind == "c" else "extension",
                    private=row[13] is not None and position not in row[13],
                    entry=self._entry(number, file),
                )
            )
        inside.sort(
            key=lambda item: (item.private, version_key(item.version or ""), item.entry.file)
        )
        return tuple(found + inside)


def _spelling(name: str) -> str:
    return name.lower().replace("_", "-")
