"""Recipe: how is one package built? Sources, build system, dependencies, options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.package import EMPTY, Dependency, Extensions, Feature, Toolchain

__all__ = ["PLACEHOLDER", "STEPS", "Component", "Patch", "Recipe", "Source", "placeholder"]

STEPS = ("prepare", "environment", "build", "install", "copy")
"""What `Recipe.steps` may hold: commands before the configure step, `NAME=VALUE` of the
environment while it is built, the arguments of `make` to build and to install, and
`FOLDER:PATTERN` of what is copied where nothing installs it."""

PLACEHOLDER = re.compile(r"\$\{(?P<kind>prefix|source|compiler|mpi|libs)(?::(?P<name>[\w.+-]+))?\}")
"""Stands in an option for what only the building tool knows, see `placeholder`."""


def placeholder(kind: str, name: str = "") -> str:
    """`${prefix}`, where the package is installed; `${prefix:zlib}`, where a dependency is;
    `${source}`, its unpacked source; `${compiler:c}` and `${mpi:c}`, the compiler for a
    language (c, cxx, fortran); `${libs:blas}`, what a role's libraries are linked by.
    """
    return f"${{{kind}:{name}}}" if name else f"${{{kind}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file or checkout to build from.

    `urls` are tried in order; each names the whole file. `sha256` is 64 hex digits.
    `git` is a repository URL, with `ref` a tag, branch or commit; `submodules` come along.
    """

    urls: tuple[str, ...] = ()
    filename: str | None = None
    sha256: str | None = None
    git: str | None = None
    ref: str | None = None
    submodules: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A patch file. `level` as in `patch -pN`; `text` is what it says, where that is at hand."""

    filename: str
    url: str | None = None
    sha256: str | None = None
    level: int | None = None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One member of a bundle: a Python, R or Perl package, or a part of a whole."""

    name: str
    version: str | None = None
    sources: tuple[Source, ...] = ()
    patches: tuple[Patch, ...] = ()
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one version of one package is built.

    `build_system` is a neutral word: cmake, autotools, meson, make, python, r, perl, cargo,
    bundle, toolchain, binary, generic. `options` are arguments to the configure step, in
    which placeholders may stand. `start_dir` is the folder of the source in which the build
    begins. `steps` says what differs from the build system's usual steps, see `STEPS`.
    `names` as in Stack.
    """

    name: str
    version: str
    names: str | None = None
    homepage: str = ""
    description: str = ""
    license: str | None = None
    toolchain: Toolchain | None = None
    build_system: str = "generic"
    sources: tuple[Source, ...] = ()
    patches: tuple[Patch, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    features: tuple[Feature, ...] = ()
    options: tuple[str, ...] = ()
    start_dir: str | None = None
    steps: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    components: tuple[Component, ...] = ()
    category: str | None = None
    installs: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)
    place: Place = field(default=NOWHERE, compare=False)

    def feature(self, name: str) -> Feature | None:
        """The feature of that name."""
        return next((feature for feature in self.features if feature.name == name), None)
