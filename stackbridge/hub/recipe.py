"""Recipe: how is one package built? Sources, build system, dependencies, options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.package import EMPTY, Dependency, Extensions, Feature, Toolchain

__all__ = ["Component", "Patch", "Recipe", "Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file or checkout to build from.

    `urls` are tried in order; each names the whole file. `sha256` is 64 hex digits.
    `git` is a repository URL, with `ref` a tag, branch or commit.
    """

    urls: tuple[str, ...] = ()
    filename: str | None = None
    sha256: str | None = None
    git: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A patch file. `level` as in `patch -pN`."""

    filename: str
    url: str | None = None
    sha256: str | None = None
    level: int | None = None


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
    bundle, toolchain, binary, generic. `options` are arguments to the configure step.
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
    components: tuple[Component, ...] = ()
    category: str | None = None
    installs: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)
    place: Place = field(default=NOWHERE, compare=False)
