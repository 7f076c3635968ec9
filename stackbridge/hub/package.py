"""One package as it is asked for: versions, features, dependencies, targets.

Used everywhere a package is spoken of before it is concrete: entries of a stack,
dependencies of a recipe, conditions (`when`), rules. A `Package` without a name is a
fragment: it says something about whichever package it is merged into.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.versions import ANY, VersionSet

__all__ = ["EMPTY", "Dependency", "Extensions", "Feature", "Flag", "Package", "Toolchain"]

Extensions = Mapping[str, Any]
"""Ecosystem name -> structured values which only that ecosystem knows."""

EMPTY: Extensions = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One option of a package.

    `value` is a boolean, or the values of a single- or multi-valued feature. `exactly`:
    these values and no others; otherwise at least these. `propagated`: also wanted of all
    dependencies which have it.
    """

    name: str
    value: bool | tuple[str, ...]
    exactly: bool = False
    propagated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Compiler flags: `name` is one of cflags, cxxflags, fflags, cppflags, ldflags, ldlibs."""

    name: str
    value: str
    propagated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """Compilers and base libraries, as a named generation or as parts.

    `name` and `version` name a generation (`foss`, `2024a`; `system` has no version).
    `parts` maps a role (c, cxx, fortran, mpi, blas, lapack, scalapack, fft, compiler) to
    what fills it.
    """

    name: str | None = None
    version: str | None = None
    parts: Mapping[str, Package] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __str__(self) -> str:
        if self.name is None:
            return ", ".join(f"{role}: {part.name}" for role, part in self.parts.items())
        return f"{self.name}-{self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A constraint on another package below this one.

    `kinds` are build, link, run, test; empty when not said. `provides` names the virtual
    packages (mpi, c, blas) for which this package is wanted. `direct` wants it as a direct
    dependency, otherwise anywhere below. `when` is a condition on the parent.
    """

    package: Package
    kinds: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    direct: bool = False
    propagated: bool = False
    when: Package | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What is wanted of one package; everything not said is open.

    `target` is an archspec name or a range of them (`x86_64_v3:`); `gpus` are `sm_80`,
    `gfx90a`; `hash` the (beginning of a) fingerprint which the input itself names.
    `explicit` is false for what is installed only as a dependency.
    """

    name: str | None = None
    namespace: str | None = None
    versions: VersionSet = ANY
    features: tuple[Feature, ...] = ()
    flags: tuple[Flag, ...] = ()
    toolchain: Toolchain | None = None
    dependencies: tuple[Dependency, ...] = ()
    platform: str | None = None
    os: str | None = None
    target: str | None = None
    gpus: tuple[str, ...] = ()
    hash: str | None = None
    explicit: bool = True
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)
    place: Place = field(default=NOWHERE, compare=False)

    def feature(self, name: str) -> Feature | None:
        """The feature of that name, if anything is said of it."""
        return next((feature for feature in self.features if feature.name == name), None)
