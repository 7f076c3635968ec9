"""A recipe's terms in Spack's way: versions, kinds of dependencies, what goes without saying."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from stackbridge.ecosystems.spack.recipes.repository_needs import PREFIXES
from stackbridge.ecosystems.spack.recipes.repository_sources import main_source
from stackbridge.ecosystems.spack.translating.providers import parts_of
from stackbridge.ecosystems.spack.translating.version_choice import nearest
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.recipe import PLACEHOLDER, Recipe, placeholder
from stackbridge.hub.versions import Version, VersionSet

__all__ = ["distance", "language", "need", "renamed", "spelled", "usual", "wheel"]

_NO_VERSION = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST = 100
_SHORT = 12  # figures of a commit
_COMPILED = frozenset({"cmake", "autotools", "meson", "make", "scons", "waf"})
_ROLES = {"mpi": ("mpi",), "blas": ("blas", "lapack"), "fft": ("fftw-api",)}


def need(name: str, versions: VersionSet, kinds: tuple[str, ...]) -> Dependency:
    """A dependency in Spack's way: what is used at run time is there to be built with, too."""
    if "run" in kinds or "link" in kinds:
        interpreted = name in PREFIXES or name.startswith(tuple(PREFIXES.values()))
        kinds = ("build", "run") if interpreted else ("build", "link", "run")
    return Dependency(package=Package(name=name, versions=versions), kinds=kinds or ("build",))


def spelled(recipe: Recipe) -> Recipe:
    """The recipe with a version that Spack takes; a bare commit would be fetched with git."""
    text = _NO_VERSION.sub("-", recipe.version)[:_LONGEST].lstrip(".-")
    if text and Version(text).is_git:
        text = f"commit-{text[:_SHORT]}"
    return recipe if text == recipe.version else replace(recipe, version=text)


def language(recipe: Recipe) -> tuple[Dependency, ...]:
    """Of a recipe's dependencies the language that it is written in."""
    wanted = recipe.build_system
    return tuple(d for d in recipe.dependencies if (d.package.name or "").lower() == wanted)


def distance(recipe: Recipe, name: str, known: tuple[str, ...]) -> Notice | None:
    """A notice where a version is so far from Spack's that its recipe may not build it."""
    wanted = Version(recipe.version)
    plain = [v for text in known if not (v := Version(text)).is_branch]
    if not plain:
        return None
    if wanted < min(plain):
        far = f"older than {min(plain)}, the oldest that Spack's recipe knows"
    elif all(v.components[:1] != wanted.components[:1] for v in plain):
        far = f"of another major version than any that Spack's recipe knows ({max(plain)})"
    else:
        return None
    return Notice(
        code=Code.STEP_ASSUMED,
        subject=name,
        what=f"version {recipe.version} is {far}",
        why="it is built as those are, which may not be how it has to be",
        instead=f"see how Spack builds {nearest(VersionSet.exactly(wanted), known)}",
    )


def renamed(option: str, called: Mapping[str, str]) -> str:
    """An option whose placeholders name dependencies as Spack does."""

    def said(match: re.Match[str]) -> str:
        kind, name = match["kind"], match["name"] or ""
        return placeholder(kind, called.get(name, name) if kind == "prefix" else name)

    return PLACEHOLDER.sub(said, option)


def usual(recipe: Recipe) -> Iterator[Dependency]:
    """What a toolchain brings along and no easyconfig names: MPI and numerical libraries."""
    if recipe.build_system not in _COMPILED or recipe.toolchain is None:
        return
    for role in parts_of(recipe.toolchain):
        for virtual in _ROLES.get(role, ()):
            yield Dependency(package=Package(name=virtual), kinds=("build", "link"))


def wheel(recipe: Recipe) -> bool:
    """Whether it installs a wheel, which is built already."""
    source = main_source(recipe)
    return source is not None and any(
        name.endswith(".whl") for name in (source.filename or "", *source.urls)
    )
