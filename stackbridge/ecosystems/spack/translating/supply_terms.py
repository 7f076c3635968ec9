"""A recipe's terms in Spack's way: versions, kinds of dependencies, what goes without saying."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stackbridge.catalog.spelling import dated
from stackbridge.ecosystems.spack.recipes.repository_needs import PREFIXES
from stackbridge.ecosystems.spack.recipes.repository_sources import main_source
from stackbridge.ecosystems.spack.recipes.repository_text import package_spelling
from stackbridge.ecosystems.spack.repository.model import PackageFacts
from stackbridge.ecosystems.spack.translating.providers import parts_of
from stackbridge.ecosystems.spack.translating.version_choice import nearest
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.recipe import PLACEHOLDER, Recipe, placeholder
from stackbridge.hub.versions import Version, VersionSet

if TYPE_CHECKING:
    from stackbridge.ecosystems.spack.index import Index

__all__ = [
    "COMPILED",
    "by_day",
    "directly",
    "distance",
    "from_on",
    "implied",
    "language",
    "need",
    "renamed",
    "same_archive",
    "spelled",
    "usual",
    "wheel",
]

_NO_VERSION = re.compile(r"[^A-Za-z0-9_.-]+")
_OF_A_VERSION = re.compile(r"@[\w.:,=-]+")
_FORGE = re.compile(r"https?://((?:github\.com|gitlab\.[\w.-]+|bitbucket\.org)/[\w.-]+/[\w.-]+)")
_LONGEST = 100
_DATES = 1000  # a first component from which it is a year or a date
_SHORT = 12  # figures of a commit
COMPILED = frozenset({"cmake", "autotools", "meson", "make", "scons", "waf"})
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


def by_day(recipe: Recipe) -> Recipe:
    """The recipe with a version that is a day in figures, as Spack's own packages have it."""
    figures = dated(recipe.version)
    return recipe if figures is None else replace(recipe, version=figures)


def directly(known: Index, name: str, versions: VersionSet | None = None) -> set[str]:
    """What Spack's package depends on whatever its variants are, in some version of `versions`."""
    facts = known.package(name)
    return {
        dependency.name
        for dependency in (facts.dependencies if facts is not None else ())
        if all(_of_version(condition, versions) for condition in dependency.when)
    }


def _of_version(condition: str, versions: VersionSet | None) -> bool:
    """Whether a condition asks for nothing but a version, which may be among `versions`."""
    if _OF_A_VERSION.fullmatch(condition) is None:
        return False
    try:
        return versions is None or versions.intersects(VersionSet.from_ranges(condition[1:]))
    except ValueError:
        return False


def implied(known: Index, names: Iterable[str]) -> set[str]:
    """Those names which Spack's packages of others among them need anyway, in some version."""
    direct = {name: directly(known, name) for name in names}
    return {
        name
        for name in direct
        if any(name in needs and other not in direct[name] for other, needs in direct.items())
    }


def language(recipe: Recipe) -> tuple[Dependency, ...]:
    """Of a recipe's dependencies the language that it is written in."""
    wanted = recipe.build_system
    return tuple(d for d in recipe.dependencies if (d.package.name or "").lower() == wanted)


def from_on(wanted: Version, there: Iterable[Version]) -> VersionSet | None:
    """That version or a later one, of the same major one if there is such; None if there is none.

    A single figure (`11`) is meant with all that begins with it.
    """
    plain = [version for version in there if not version.is_branch]
    major = wanted.components[0] if wanted.components else None
    tries = [VersionSet.at_least(wanted)]
    if len(wanted.components) == 1:
        tries.insert(0, VersionSet.prefix(wanted))
    elif isinstance(major, int) and major < _DATES:
        tries.insert(0, VersionSet.between(wanted, Version(str(major))))
    return next((each for each in tries if any(version in each for version in plain)), None)


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


def same_archive(facts: PackageFacts, recipe: Recipe) -> bool:
    """Whether both fetch an archive of one project, of one name at one site, or with one sum."""
    sums = {source.sha256 for source in recipe.sources if source.sha256}
    if any(version.sha256 in sums for version in facts.versions):
        return True
    places = [facts.url, facts.mirror_path, facts.homepage, *facts.urls]
    own = (
        *(url for source in recipe.sources for url in (*source.urls, source.git)),
        recipe.homepage,
    )
    if {_project(place) for place in own} & {_project(p) for p in (*places, facts.git)} - {None}:
        return True
    known = {_stem(place) for place in places[:2] if place}
    sites = {_site(place) for place in places if place and "://" in place}
    for source in recipe.sources:
        for url in source.urls:
            stem = _stem(url)
            if stem in known and package_spelling(stem) == facts.name:
                # Of several words, a name is hardly another software's, wherever it is now.
                return facts.mirror_path is not None or "-" in facts.name or _site(url) in sites
    return False


def _project(url: str | None) -> str | None:
    """`github.com/owner/name` of an address at a forge, where each project has its own."""
    found = _FORGE.match(url or "")
    return found[1].lower().removesuffix(".git") if found is not None else None


def _site(url: str) -> str:
    """Who answers at an address: `gnome.org` of ftp.gnome.org and download.gnome.org."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def _stem(place: str) -> str:
    """The name of an archive up to its version: `libXi` of `lib/libXi-1.8.tar.gz`."""
    return re.split(r"[-_]v?\d", place.rpartition("/")[2])[0]


def renamed(option: str, called: Mapping[str, str]) -> str:
    """An option whose placeholders name dependencies as Spack does."""

    def said(match: re.Match[str]) -> str:
        kind, name = match["kind"], match["name"] or ""
        return placeholder(kind, called.get(name, name) if kind == "prefix" else name)

    return PLACEHOLDER.sub(said, option)


def usual(recipe: Recipe) -> Iterator[Dependency]:
    """What a toolchain brings along and no easyconfig names: MPI and numerical libraries."""
    if recipe.build_system not in COMPILED or recipe.toolchain is None:
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
