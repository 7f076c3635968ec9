"""Dependencies of a recipe, found among the easyconfigs of one generation.

A role (mpi, blas, ...) asks for a level of the toolchain. A name is what the catalog calls it
in EasyBuild, as software or inside a bundle. Of several versions the one is taken that fits,
needs no higher level, and is the one that the generation's own easyconfigs use most.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named, Naming
from stackbridge.ecosystems.easybuild.easyconfigs.moving import abilities
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_sources import folded
from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.ecosystems.easybuild.index import Index, version_key
from stackbridge.ecosystems.easybuild.resolving.entries import SYSTEM, Entry
from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError, Resolver
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Feature, Package
from stackbridge.hub.versions import Version, VersionSet

__all__ = [
    "PART_OF_TOOLCHAIN",
    "Found",
    "Shelf",
    "Wish",
    "language_of",
    "misfit",
    "shared_suffix",
    "untold",
    "wants_cuda",
]

Level = tuple[str, str]

PART_OF_TOOLCHAIN = {
    "GCC": "c", "GCCcore": "c", "OpenMPI": "mpi", "MPICH": "mpi", "impi": "mpi", "MVAPICH2": "mpi",
    "FlexiBLAS": "blas", "OpenBLAS": "blas", "BLIS": "blas", "LAPACK": "lapack", "imkl": "blas",
    "ScaLAPACK": "scalapack", "FFTW": "fftw-api", "FFTW.MPI": "fftw-api", "intel-compilers": "c",
    "imkl-FFTW": "fftw-api",
}  # fmt: skip
"""Software that comes with a toolchain -> its role there."""

STANDS_FOR = {
    "intel-oneapi-tbb": "tbb", "util-linux-uuid": "util-linux", "libuuid": "util-linux",
    "intel-oneapi-mkl": "imkl",
}  # fmt: skip
"""Keys of the catalog -> EasyBuild's software that does the same for those who need it."""

_PROTOCOLS = (
    "bigreqs composite damage dmx dri2 dri3 evie fixes fontcache fonts gl input kb present print "
    "randr record render resource scrnsaver video xcmisc xext xf86bigfont xf86dga xf86dri xf86misc "
    "xf86vidmode xinerama"
)
STANDS_FOR.update({f"{word}proto": "X11" for word in _PROTOCOLS.split()})  # all are xorgproto now

AUTOTOOLS = frozenset({"Autoconf", "Automake", "M4", "libtool", "Autotools", "autoconf-archive"})

TAKEN_FOR_GRANTED = frozenset(
    {
        "gmake", "gnuconfig", "diffutils", "findutils", "coreutils", "sed", "tar", "gawk", "gzip",
        "grep", "which", "file", "patch", "python-venv", "gcc-runtime", "glibc", "compiler-wrapper",
        "py-pip", "py-wheel", "perl-extutils-makemaker", "musl", "libgcc", "libxcrypt", "procps",
        "bash",
    }
)  # fmt: skip
"""Keys of the catalog for what easyconfigs don't name: part of every system, or of a language."""

_PREFIXES = {"py-": "python", "r-": "r", "perl-": "perl"}
_PUBLIC = re.compile(r"bundle|^(?:Python|R|Perl)$", re.IGNORECASE)
_HOSTS = {
    "python": re.compile(r"^(?!R$|R-|Perl|Ruby|Julia|Lua)"),
    "r": re.compile(r"^R$|^R-"),
    "perl": re.compile(r"^Perl"),
}


def language_of(name: str) -> str:
    """python, r or perl for a package of that language, by the catalog's keys; else empty."""
    return next((word for prefix, word in _PREFIXES.items() if name.startswith(prefix)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A dependency as it is written: `row` is the term; `level` must be reachable."""

    name: str
    version: str
    row: tuple[Term, ...]
    level: Level
    member: str = ""

    def term(self) -> list[Term]:
        """The entry of `dependencies`."""
        return list(self.row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a recipe asks of a toolchain, beside the levels of what it depends on."""

    compiler: bool = False
    mpi: bool = False
    blas: bool = False
    levels: frozenset[Level] = field(default_factory=frozenset)


class Shelf:
    """What one generation has."""

    def __init__(self, resolver: Resolver, index: Index, naming: Naming, generation: Level) -> None:
        self.resolver = resolver
        self.index = index
        self.naming = naming
        self.generation = generation
        self._versions: dict[str, str | None] = {}
        if generation[0] not in resolver.table:
            raise UsageError(
                f"the toolchain `{generation[0]}` is not known", hint="`stackbridge toolchain list`"
            )
        try:
            self.levels: tuple[Level, ...] = resolver.hierarchy(generation)
        except HierarchyError as error:
            raise UsageError(f"{generation[0]}-{generation[1]}: {error}") from error
        self.reach = {level: frozenset(resolver.hierarchy(level)) for level in self.levels}

    def level(self, wish: Wish) -> Level:
        """The lowest level that has what is wished for, and sees all these levels."""
        for level in self.levels:
            compiler, mpi, blas = abilities(level[0], self.resolver.table)
            if (
                compiler >= wish.compiler
                and mpi >= wish.mpi
                and blas >= wish.blas
                and wish.levels <= self.reach[level]
            ):
                return level
        return self.levels[-1]

    @property
    def base(self) -> Level:
        """The lowest level."""
        return self.levels[0]

    def is_base(self, level: Level) -> bool:
        """Whether the level is a bare compiler, whose easyconfigs name binutils."""
        return not abilities(level[0], self.resolver.table)[0]

    @cached_property
    def votes(self) -> dict[str, dict[str, int]]:
        """How often this generation's easyconfigs depend on each version of a software."""
        levels = set(self.levels)
        found: dict[str, dict[str, int]] = {}
        for entry in self.index:
            if entry.toolchain in levels:
                for need in (*entry.dependencies, *entry.build):
                    if need.version:
                        counts = found.setdefault(need.name, {})
                        counts[need.version] = counts.get(need.version, 0) + 1
        return found

    @cached_property
    def parts(self) -> dict[str, str]:
        """What the generation's toolchain is made of, with versions."""
        found = dict(self.levels)
        todo = [entry for level in self.levels if (entry := self.index.locate(*level))]
        while todo:
            for need in self.resolver.dependencies(todo.pop()):
                if need.external or need.kind == "build" or need.name in found:
                    continue
                found[need.name] = need.version
                below = self.resolver.locate(need.name, need.full_version)
                todo += [below] if below is not None else []
        return found

    def filling(self, role: str) -> str | None:
        """The part of the toolchain that fills a role."""
        fits = {"lapack": "blas"}.get(role, role)
        return next((name for name in self.parts if PART_OF_TOOLCHAIN.get(name) == fits), None)

    def version_of(self, name: str) -> str | None:
        """The version that dependents will get of a package, by the catalog's key."""
        if name not in self._versions:
            self._versions[name] = self._version_of(name)
        return self._versions[name]

    def _version_of(self, name: str) -> str | None:
        named = self.named(name)
        for software in named.software:
            if software in PART_OF_TOOLCHAIN:
                return self.parts.get(software)
        found = self.software(named.software, VersionSet.any(), self.levels[-1], dict(named.only))
        if found is not None:
            return found.version
        names = (*named.members, *named.software)
        inside = self.member(names, named.hosts, language_of(name), self.levels[-1])
        return inside[1] or None if inside is not None else None

    def named(self, name: str) -> Named:
        """What EasyBuild calls it."""
        if name in STANDS_FOR:
            return Named(how="catalog", software=(STANDS_FOR[name],))
        return self.naming(name)

    # --- one name of EasyBuild ------------------------------------------------------------

    def software(
        self,
        names: Iterable[str],
        wanted: VersionSet,
        level: Level,
        only: dict[str, str],
        *,
        cuda: bool = False,
    ) -> Found | None:
        """The easyconfig of one of these names that fits best; `cuda`: one with CUDA."""
        here = [
            entry
            for name in names
            for entry in self.index.find(name)
            if (entry.toolchain in self.reach[self.levels[-1]] or entry.toolchain == SYSTEM)
            and not entry.suffix.startswith("-Python-2")
            and (name not in only or re.fullmatch(only[name], entry.version))
        ]
        if not here:
            return None
        votes = self.votes

        def pinned(entry: Entry) -> bool:
            return not wanted.is_any and _fits(entry.version, wanted)

        def merit(entry: Entry) -> tuple[object, ...]:
            count = votes.get(entry.name, {}).get(entry.version, 0)
            system = entry.toolchain == SYSTEM
            return (
                not system or count > 0 or pinned(entry),
                _fits(entry.version, wanted),
                ("CUDA" in entry.suffix) == cuda and "ROCm" not in entry.suffix,
                system or entry.toolchain in self.reach[level],
                not entry.suffix,
                count,
                not system,
                system and -entry.version.count("."),  # Java 11 stands for the newest 11.x
                version_key(entry.version),
            )

        best = max(here, key=merit)
        used = votes.get(best.name, {}).get(best.version)
        if best.toolchain == SYSTEM and not used and not pinned(best):
            return None  # of some other time
        return self.found(best)

    def found(self, entry: Entry, member: str = "") -> Found:
        """An easyconfig as a dependency."""
        suffix = shared_suffix(self.resolver.suffix(entry))
        row: tuple[Term, ...] = (entry.name, entry.version)
        if entry.toolchain == SYSTEM:
            row = (*row, suffix, {"constant": "SYSTEM"})
        elif suffix:
            row = (*row, suffix)
        return Found(
            name=entry.name,
            version=entry.version,
            row=row,
            level=self.base if entry.toolchain == SYSTEM else entry.toolchain,
            member=member,
        )

    def member(
        self,
        names: Iterable[str],
        hosts: frozenset[str],
        language: str,
        level: Level,
        among: Collection[str] | None = None,
    ) -> tuple[Found, str] | None:
        """The bundle that carries one of these names for others, and the version it has.

        `among`: only these, whatever they carry it for.
        """
        levels = self.reach[self.levels[-1]]
        found: list[tuple[Entry, str]] = []
        for name in names:
            for item in self.index.provides(name):
                entry = item.entry
                if item.private or entry.toolchain not in levels:
                    continue
                if item.kind == "software" and entry.name == name:
                    continue
                if item.kind == "extension" and not language:
                    continue  # a package of some language, which is called alike
                if language in _HOSTS and not _HOSTS[language].search(entry.name):
                    continue
                if hosts and entry.name not in hosts and not language:
                    continue
                if among is not None and entry.name not in among:
                    continue
                part = item.kind == "component"  # of a bundle, which is made for others
                if among is None and not part and not _for_others(entry.name, name):
                    continue
                found.append((entry, item.version or ""))
        if not found:
            return None
        votes = self.votes

        def merit(pair: tuple[Entry, str]) -> tuple[object, ...]:
            entry, version = pair
            return (
                "CUDA" not in entry.suffix,
                entry.toolchain in self.reach[level],
                votes.get(entry.name, {}).get(entry.version, 0),
                version_key(version),
            )

        entry, version = max(found, key=merit)
        return self.found(entry), version

    def voted(self, name: str) -> Found | None:
        """The version of a tool that this generation uses most."""
        return self.software([name], VersionSet.any(), self.base, {})

    def of_other_times(
        self, names: Iterable[str], only: dict[str, str], *, cuda: bool = False
    ) -> list[Entry]:
        """Easyconfigs of other generations on toolchains of the same kind; with CUDA or without."""
        kinds = {level[0] for level in self.levels}
        return [
            entry
            for name in names
            for entry in self.index.find(name)
            if entry.toolchain[0] in kinds
            and bool(re.fullmatch(r"-CUDA-[^-]+", entry.suffix) if cuda else not entry.suffix)
            and (name not in only or re.fullmatch(only[name], entry.version))
        ]

    def elsewhere(
        self,
        names: Iterable[str],
        wanted: VersionSet,
        only: dict[str, str],
        *,
        cuda: bool = False,
    ) -> Entry | None:
        """The newest fitting easyconfig of another generation, on a toolchain of the same kind."""
        return max(
            self.of_other_times(names, only, cuda=cuda),
            key=lambda e: (
                _fits(e.version, wanted),
                version_key(e.version),
                version_key(e.toolchain[1]),
            ),
            default=None,
        )


def _for_others(host: str, name: str) -> bool:
    """Whether others may rely on it: in a bundle, a language, or what the host is about.

    Other software brings packages of its own, pinned to its needs.
    """
    short, long = sorted((folded(name), folded(host)), key=len)
    return bool(_PUBLIC.search(host)) or (len(short) > 3 and short in long)


def _fits(version: str, wanted: VersionSet) -> bool:
    return wanted.is_any or Version(version) in wanted


def shared_suffix(suffix: str) -> str:
    """A versionsuffix with the template that easyconfigs use for CUDA's version."""
    return re.sub(r"^-CUDA-[\d.]+$", "-CUDA-%(cudaver)s", suffix)


def wants_cuda(package: Package) -> bool:
    """Whether a package is to be built for NVIDIA's GPUs."""
    feature = package.feature("cuda")
    return feature is not None and feature.value is True


def untold(subject: str, wanted: Package, found: Found) -> Notice | None:
    """A notice for the features of a dependency, which a released easyconfig does not list."""
    if wants_cuda(wanted) and not any("CUDA" in str(word) for word in found.row[2:3]):
        return Notice(
            code=Code.FEATURE_LOST,
            subject=subject,
            what=f"{wanted.name} has no CUDA",
            why=f"the generation has {found.name} {found.version} without it",
            instead=f"{found.name} {found.version}",
            where=wanted.place,
        )
    words = [_said(feature) for feature in wanted.features if not feature.propagated]
    if not words:
        return None
    return Notice(
        code=Code.FEATURE_ASSUMED,
        subject=subject,
        what=f"{found.name} is taken to have {' '.join(words)}",
        why="the recipe wants it; nothing in the released easyconfig was compared with it",
        instead=f"{found.name} {found.version}",
        where=wanted.place,
    )


def _said(feature: Feature) -> str:
    if isinstance(feature.value, bool):
        return ("+" if feature.value else "~") + feature.name
    return f"{feature.name}={','.join(feature.value)}"


def misfit(subject: str, wanted: Package, name: str, version: str) -> Notice | None:
    """A notice where the version that there is was not wanted."""
    if not version or _fits(version, wanted.versions):
        return None
    return Notice(
        code=Code.DEPENDENCY_APPROXIMATED,
        subject=subject,
        what=f"{wanted.name} {wanted.versions} is {name} {version}",
        why="the generation has this version; its packages are built against each other",
        instead=f"{name} {version}",
        where=wanted.place,
    )
