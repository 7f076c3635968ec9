"""What is gathered for one easyconfig, and what an easyconfig that was made is for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import (
    Found,
    Wish,
    language_of,
)
from stackbridge.hub.notices import Notice
from stackbridge.hub.package import Dependency
from stackbridge.hub.recipe import Recipe

__all__ = ["LANGUAGES", "Level", "Made", "Needs", "prefixes", "suffix_of"]

Level: TypeAlias = tuple[str, str]

LANGUAGES = {"python": "Python", "r": "R", "perl": "Perl", "ruby": "Ruby"}
"""Neutral word for a build system -> the software that a language's packages need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An easyconfig that was made. `path` as in a robot path; `how`: generated or moved.

    `origin`: the released easyconfig that it was made of, where it was; `added`: the features
    that it has beyond that.
    `beside`: the names of patches that lie in its directory -> their texts.
    `below`: software that it loads -> the versionsuffix of it, as far as that was made as well.
    """

    name: str
    version: str
    suffix: str
    level: Level
    text: str
    path: str
    how: str = "generated"
    origin: str = ""
    added: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()
    below: Mapping[str, str] = field(default_factory=dict, hash=False)
    beside: Mapping[str, str] = field(default_factory=dict, hash=False)

    def files(self) -> Iterator[tuple[str, str]]:
        """The easyconfig and what lies beside it, by path."""
        yield self.path, self.text
        folder = self.path.rpartition("/")[0]
        for name, text in self.beside.items():
            yield f"{folder}/{name}", text

    @property
    def file(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]


@dataclass(slots=True)
class Needs:
    """What was gathered for one easyconfig."""

    wish: Wish
    build: dict[str, Found] = field(default_factory=dict)
    run: dict[str, Found] = field(default_factory=dict)
    members: dict[str, Recipe] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    openmp: bool = False
    decided: bool = False  # whether it needs the full compiler is known
    with_cuda: frozenset[str] = frozenset()  # dependencies that must be built with CUDA
    made: dict[str, Made] = field(default_factory=dict)
    apart: str = ""  # the versionsuffix that tells it from another of its version
    places: dict[str, str] = field(default_factory=dict)  # package -> the software that has it

    def clashes(self) -> frozenset[str]:
        """Packages whose software comes without CUDA, where others here bring it with CUDA."""
        suffixes: dict[str, set[str]] = {}
        for found in self.run.values():
            suffixes.setdefault(found.name, set()).add(suffix_of(found))
        for one in self.made.values():
            for name, suffix in one.below.items():
                suffixes.setdefault(name, set()).add(suffix)
        mixed = {
            name for name, found in suffixes.items() if len(found) > 1 and "CUDA" in str(found)
        }
        return frozenset(
            package
            for package, one in self.made.items()
            if (one.name in mixed and "CUDA" not in one.suffix)
            or any(name in mixed and "CUDA" not in suffix for name, suffix in one.below.items())
        )

    def add(self, found: Found, *, run: bool) -> None:
        """One dependency; what is needed to run is there to build as well."""
        if run:
            self.build.pop(found.name, None)
            self.run.setdefault(found.name, found)
        elif found.name not in self.run:
            self.build.setdefault(found.name, found)
        self.wish = replace(self.wish, levels=self.wish.levels | {found.level})

    def place(self, dependency: Dependency, software: str) -> None:
        """The software in whose installation a dependency lies."""
        for name in (dependency.package.name or "", *dependency.provides):
            self.places[name] = software

    def role(self, role: str) -> None:
        """A virtual package that the toolchain fills."""
        if role == "fortran" and not self.decided:
            self.wish = replace(self.wish, compiler=True)
        elif role in ("mpi", "scalapack"):
            blas = self.wish.blas or role == "scalapack"
            self.wish = replace(self.wish, compiler=True, mpi=True, blas=blas)
        elif role in ("blas", "lapack", "fftw-api"):
            self.wish = replace(self.wish, compiler=True, blas=True)


def suffix_of(found: Found) -> str:
    """The versionsuffix with which a dependency is written."""
    return str(found.row[2]) if len(found.row) > 2 else ""


def prefixes(recipe: Recipe) -> tuple[str, ...]:
    """What the ecosystem puts before the names of language packages."""
    return ("py-", "r-", "perl-") if language_of(recipe.name) else ()
