"""What Spack package repositories offer: the front of the static reader.

    index = open_index([path], cache_dir, "linux", "x86_64")
    facts = index.package("hdf5")

Nothing of a repository is executed or imported. The first opening reads everything; later
ones read again only what changed.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.spack.repository.facts import package_facts
from stackbridge.ecosystems.spack.repository.layout import Repository, open_repository
from stackbridge.ecosystems.spack.repository.model import PackageFacts
from stackbridge.ecosystems.spack.repository.store import FORMAT, DamagedError, Store

__all__ = ["CatalogEntry", "Index", "Progress", "catalog_entries", "open_index"]

Progress = Callable[[int, int], None]
"""Called with the number of packages done and of all to do."""

StrPath = str | os.PathLike[str]


class Index:
    """The packages of some repositories, for one platform and machine."""

    def __init__(
        self,
        store: Store,
        repositories: tuple[Repository, ...],
        rebuild: Callable[[], Store],
    ) -> None:
        self._store = store
        self._rebuild = rebuild
        self.repositories = repositories
        self.platform = store.meta("platform") or ""
        self.machine = store.meta("machine") or ""
        self._units: dict[str, Any] = {}
        self._cache: dict[tuple[int, str], PackageFacts] = {}
        self._ranks: dict[str, int] = {}
        self._all: dict[str, list[int]] = {}
        self._virtual_names: set[str] = set()
        self._providers: dict[str, dict[str, None]] = {}
        self._incomplete: list[str] = []
        for rank, name, virtual, incomplete, provides in sorted(store.listing()):
            self._all.setdefault(name, []).append(rank)
            if self._ranks.setdefault(name, rank) != rank:
                continue
            if virtual:
                self._virtual_names.add(name)
            if incomplete:
                self._incomplete.append(name)
            for each in provides:
                self._providers.setdefault(each, {}).setdefault(name)

    def names(self) -> tuple[str, ...]:
        """All packages that can be installed, sorted; virtual ones are not among them."""
        return tuple(sorted(self._ranks.keys() - self._virtual_names))

    def __contains__(self, name: object) -> bool:
        return name in self._ranks

    def __len__(self) -> int:
        return len(self._ranks)

    def package(self, name: str) -> PackageFacts | None:
        """The facts of a package; None where no repository has it.

        `namespace.name` asks for that repository's, a bare name for that of the first
        repository which has it.
        """
        space, _, bare = name.rpartition(".")
        ranks = self._all.get(bare, [])
        if space:
            ranks = [r for r in ranks if self.repositories[r].namespace == space]
        if not ranks:
            return None
        key = (ranks[0], bare)
        found = self._cache.get(key)
        if found is None:
            try:
                found = self._read(key)
            except DamagedError:
                self._store = self._rebuild()
                found = self._read(key)
            self._cache[key] = found
        return found

    def _read(self, key: tuple[int, str]) -> PackageFacts:
        stored = self._store.record(*key)
        if stored is None:
            raise DamagedError(key[1])
        return self._facts(stored)

    def _facts(self, stored: dict[str, Any]) -> PackageFacts:
        for key in stored["units"]:
            if key not in self._units:
                self._units[key] = self._store.unit(key)
        return package_facts(stored, self._units, self.platform, self.machine)

    def packages(self) -> Iterator[PackageFacts]:
        """All packages in turn, none of them kept in memory."""
        for rank, name, text in self._store.records():
            if self._ranks.get(name) == rank:
                yield self._facts(json.loads(text))

    def virtuals(self) -> tuple[str, ...]:
        """Names that packages provide (mpi, blas, c...), sorted."""
        return tuple(sorted(self._virtual_names | self._providers.keys()))

    def providers(self, virtual: str) -> tuple[str, ...]:
        """Packages that can provide it, sorted."""
        return tuple(sorted(self._providers.get(virtual, ())))

    def incomplete(self) -> tuple[str, ...]:
        """Packages with a statement that could not be evaluated, sorted."""
        return tuple(sorted(self._incomplete))

    def suggest(self, name: str, n: int = 3) -> tuple[str, ...]:
        """Names that may have been meant, nearest first."""
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        known = self._ranks.keys() | self._providers.keys()
        found = [
            each
            for each in (
                plain,
                f"py-{plain}",
                f"r-{plain}",
                f"perl-{plain}",
                f"lib{plain}",
                plain.removeprefix("python-"),
                f"py-{plain.removeprefix('python-')}",
            )
            if each in known and each != name
        ]
        near = difflib.get_close_matches(plain, known, n=n, cutoff=0.7)
        return tuple(dict.fromkeys([*found, *near]))[:n]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """What identifies a package beyond its name, for the catalog.

    `versions` are (version, sha256, url, commit); an empty text where there is none. `url`
    is the package's own, from which Spack derives those of versions.
    """

    name: str
    versions: tuple[tuple[str, str, str, str], ...]
    homepage: str | None
    url: str | None
    git: str | None
    pypi: str | None
    cran: str | None
    bioc: str | None
    cpan: str | None
    description: str
    licenses: tuple[str, ...]
    provides: tuple[str, ...]
    build_systems: tuple[str, ...]


def catalog_entries(index: Index) -> Iterator[CatalogEntry]:
    """One entry per package that can be installed; `pypi` is the project's name."""
    for facts in index.packages():
        if facts.virtual:
            continue
        yield CatalogEntry(
            name=facts.name,
            versions=tuple(
                (
                    v.version,
                    v.sha256 or "",
                    v.url or "",
                    c if isinstance(c := v.options.get("commit"), str) else "",
                )
                for v in facts.versions
            ),
            homepage=facts.homepage,
            url=facts.url,
            git=facts.git,
            pypi=facts.pypi.partition("/")[0] if facts.pypi else None,
            cran=facts.cran,
            bioc=facts.bioc,
            cpan=facts.cpan,
            description=facts.description,
            licenses=tuple(dict.fromkeys(each.identifier for each in facts.licenses)),
            provides=tuple(
                dict.fromkeys(s.partition("@")[0] for p in facts.provides for s in p.specs)
            ),
            build_systems=facts.build_systems,
        )


def open_index(
    paths: Sequence[StrPath],
    cache_dir: StrPath | None,
    platform: str = "linux",
    machine: str = "x86_64",
    progress: Progress | None = None,
) -> Index:
    """The index of the repositories at `paths` (directories with repo.yaml), first ones first.

    `cache_dir` is where indexes are kept; None keeps none. Raises InputError for what is not
    a repository; a package that can't be read is there, and marked incomplete.
    """
    repositories = tuple(open_repository(path) for path in paths)
    file: Path | None = None
    if cache_dir is not None:
        key = json.dumps(
            [[str(r.root.absolute()) for r in repositories], platform, machine, FORMAT]
        )
        name = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
        file = Path(cache_dir) / f"spack-{name}.sqlite"
    state = _state(repositories)

    def made(old: Store | None) -> Store:
        from stackbridge.ecosystems.spack.repository.build import build

        return build(
            repositories,
            platform=platform,
            machine=machine,
            file=file,
            state=state,
            old=old,
            progress=progress,
        )

    def rebuild() -> Store:
        return made(None)

    old: Store | None = None
    if file is not None:
        try:
            old = Store.open(file)
            if {path: found[:2] for path, found in old.files().items()} == state:
                return Index(old, repositories, rebuild)
        except DamagedError:
            old = None
    store = made(old)
    if old is not None:
        old.close()
    return Index(store, repositories, rebuild)


def _state(repositories: Sequence[Repository]) -> dict[str, tuple[int, int]]:
    """Time of change and size of every file that an index depends on."""
    state: dict[str, tuple[int, int]] = {}
    for repository in repositories:
        files = [str(repository.root / "repo.yaml")]
        systems = repository.build_systems
        if systems.is_dir():
            with os.scandir(systems) as entries:
                files += [e.path for e in entries if e.name.endswith(".py")]
        head = f"{repository.packages}{os.sep}"
        tail = f"{os.sep}package.py"
        files += [f"{head}{name}{tail}" for name in repository.directories()]
        for path in files:
            try:
                found = os.stat(path)  # noqa: PTH116 - 9,000 times
            except OSError:
                continue
            state[sys.intern(path)] = (found.st_mtime_ns, found.st_size)
    return state
