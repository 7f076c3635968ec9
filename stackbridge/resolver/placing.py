"""How each package comes to a partition: installed, built by what the site delivers with, or not.

Packages are taken from one generation (one GCC below them), so that they can be loaded
together: the one in which the most of the stack's packages can be had, then the one in which
the most are installed, then the one with the fewest special builds, then the newest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from stackbridge.catalog.spelling import fold
from stackbridge.hub.versions import Version
from stackbridge.resolver.matching import (
    Matcher,
    prefix_suits,
    release_order,
)
from stackbridge.resolver.model import How
from stackbridge.resolver.shelves import Shelf, shelves
from stackbridge.resolver.wanted import WantedPackage
from stackbridge.sites import installed
from stackbridge.sites.installed import Module
from stackbridge.sites.profile import Delivery, Partition, Site
from stackbridge.sites.targets import gpu_runs_on

__all__ = [
    "Candidate",
    "Choice",
    "Kept",
    "as_container",
    "builders",
    "place_all",
]

ANYWHERE = ""
"""The generation of what can be loaded beside anything."""

# What a profile's generations call a part -> names of the package (folded, Spack's and
# EasyBuild's).
PARTS: Mapping[str, tuple[str, ...]] = {
    "gcc": ("gcc",),
    "gcc_native": ("gcc",),
    "cuda": ("cuda",),
    "cudatoolkit": ("cuda",),
    "rocm": ("rocm", "hip"),
    "python": ("python",),
    "cray_python": ("python",),
    "cmake": ("cmake",),
    "nvhpc": ("nvhpc",),
    "openmpi": ("openmpi",),
    "numpy": ("py-numpy",),
    "scipy": ("py-scipy",),
    "libfabric": ("libfabric",),
}


BOUND = frozenset({"python", "cray_python", "numpy", "scipy"})
"""Parts which go with the other modules of their generation only, unlike compilers and tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A way to get a package. `generation` is shared by what can be loaded together."""

    how: How
    version: str | None
    where: str
    evidence: str
    source: str
    generation: str = ANYWHERE
    plain: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen for a package.

    `apart` is set when it is installed only for another generation than the rest; `alone`:
    what would be built can't be loaded beside the rest. `other_versions` are what exists where
    no version suits; `recipes` names the kinds of delivery whose recipes were searched;
    `known` is false when no catalog knows the name.
    """

    package: WantedPackage
    candidate: Candidate | None = None
    apart: Candidate | None = None
    alone: bool = False
    other_versions: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    known: bool = True


# --- installed ---------------------------------------------------------------------------


def _runs(package: WantedPackage, module: Module, shelf: Shelf, partition: Partition) -> bool:
    """Whether the GPU code of a module runs on the partition, where there is any."""
    if package.gpu is None or module.gpus is None:
        return package.gpu is None or not shelf.cpu_only
    arch = partition.gpu.arch if partition.gpu else None
    return (
        arch is not None
        and not shelf.cpu_only
        and any(gpu_runs_on(gpu, arch) for gpu in module.gpus)
    )


def _site_parts(package: WantedPackage, site: Site, partition: Partition) -> Iterator[Candidate]:
    """Compilers, runtimes and MPIs which the profile itself names."""
    folded = fold(package.name)
    for mpi in site.mpi:
        if fold(mpi.name) != folded or not mpi.holds_for(partition.id) or mpi.via == "eessi":
            continue
        for version in mpi.versions:
            if prefix_suits(version, package.versions):
                yield Candidate(
                    how=How.MODULE,
                    version=version,
                    where=f"{mpi.name} {version}",
                    evidence=f"{site.name} offers {mpi.name} {version}",
                    source=site.reference(mpi.source),
                )
    for generation in site.generations:
        if not generation.holds_for(partition.id):
            continue
        for part, versions in generation.parts.items():
            if folded not in PARTS.get(part, ()):
                continue
            for version in versions:
                if prefix_suits(version, package.versions):
                    label = f" of {generation.name}" if generation.name else ""
                    yield Candidate(
                        how=How.MODULE,
                        version=version,
                        where=f"{part} {version}{label}",
                        evidence=f"{site.name} offers {part} {version}{label}",
                        source=site.reference(generation.source),
                        generation=f"0:{generation.name}" if part in BOUND else ANYWHERE,
                    )


def _installed(
    matcher: Matcher, index: int, site: Site, partition: Partition, shelves: Sequence[Shelf]
) -> list[Candidate]:
    package = matcher.wanted.packages[index]
    found: list[Candidate] = []
    if package.gpu is None:
        found += _site_parts(package, site, partition)
    for shelf in shelves:
        for fit in matcher.fitting(index, shelf.listing):
            module = fit.module
            if not shelf.shows(module) or not _runs(package, module, shelf, partition):
                continue
            release = f"{shelf.title} {module.release}" if module.release else shelf.title
            target = shelf.cpus.get(module.release)
            found.append(
                Candidate(
                    how=shelf.how,
                    version=fit.version,
                    where=module.label,
                    evidence=f"{release}: {module.label}"
                    + (f" for {target}" if target else "")
                    + (f" ({fit.evidence})" if fit.evidence else ""),
                    source=shelf.source,
                    generation=f"{shelf.number}:{fit.generation}" if fit.generation else ANYWHERE,
                    plain=fit.plain,
                )
            )
    return found


# --- buildable ---------------------------------------------------------------------------

_RECIPES: Mapping[str, str] = {
    "easybuild": "easybuild",
    "eessi": "easybuild",
    "spack": "spack",
    "uenv": "spack",
}
Kept: TypeAlias = dict[tuple[int, str], list[Candidate]]
"""(package, kind of delivery) -> the ways to build it, without their sources."""

_ORDER = ("easybuild", "eessi", "spack", "uenv")


def builders(site: Site, partition: Partition) -> list[Delivery]:
    """The site's deliveries which can build from recipes that the catalog knows."""
    found = [
        delivery
        for delivery in site.delivery
        if delivery.kind in _RECIPES
        and not delivery.retired
        and delivery.upstream_recipes
        and delivery.scope != "user-recipes"
        and delivery.holds_for(partition.id)
    ]
    return sorted(found, key=lambda delivery: _ORDER.index(delivery.kind))


def _by_easybuild(matcher: Matcher, index: int, kind: str) -> list[Candidate]:
    extend = "EESSI-extend: " if kind == "eessi" else ""
    listing = installed.shipped("easyconfigs")
    found = []
    for fit in matcher.fitting(index, listing) if listing else ():
        file = f"{fit.module.label.replace('/', '-')}.eb"
        found.append(
            Candidate(
                how=How.EASYBUILD,
                version=fit.version,
                where=f"{extend}{file}",
                evidence=f"easyconfig {file}; the site delivers by {kind}",
                source="",
                generation=fit.generation or ANYWHERE,
                plain=fit.plain,
            )
        )
    return found


def _by_spack(matcher: Matcher, index: int, kind: str) -> list[Candidate]:
    recipe, _, _ = matcher.recipe(index, "spack")
    if recipe is None:
        return []
    name = recipe[0].replace(" ", "@")
    return [
        Candidate(
            how=How.SPACK,
            version=recipe[1] or None,
            where=f"uenv: {name}" if kind == "uenv" else name,
            evidence=f"Spack package {recipe[0]}; the site delivers by {kind}",
            source="",
        )
    ]


def _buildable(
    matcher: Matcher, kept: Kept, index: int, site_builders: list[Delivery]
) -> list[Candidate]:
    """Every way to build the package there, by the first delivery of each ecosystem."""
    package = matcher.wanted.packages[index]
    found: list[Candidate] = []
    done: set[str] = set()
    for delivery in site_builders:
        ecosystem = _RECIPES[delivery.kind]
        if ecosystem in done or (package.gpu and delivery.cpu_only):
            continue
        done.add(ecosystem)
        key = (index, delivery.kind)
        if key not in kept:
            by = _by_easybuild if ecosystem == "easybuild" else _by_spack
            kept[key] = by(matcher, index, delivery.kind)
        found += kept[key]
    return found


def _sourced(candidate: Candidate, site: Site, site_builders: list[Delivery]) -> Candidate:
    """The candidate with the source of the fact that the site builds that way."""
    value = candidate.how.value
    by = next((d for d in site_builders if _RECIPES[d.kind] == value), None)
    return replace(candidate, source=site.reference(by.source)) if by else candidate


# --- all together ------------------------------------------------------------------------


def place_all(
    matcher: Matcher, kept: Kept, site: Site, partition: Partition, indexes: Sequence[int]
) -> tuple[Choice, ...]:
    """For each of these packages of the stack, how it comes to the partition.

    `kept` holds what can be built between calls for the same stack.
    """
    visible = tuple(shelves(site, partition))
    site_builders = builders(site, partition)
    there = [_installed(matcher, index, site, partition, visible) for index in indexes]
    built = [_buildable(matcher, kept, index, site_builders) for index in indexes]
    generation = _generation(there, built) if matcher.wanted.together else None
    choices: list[Choice] = []
    for index, ready, recipes in zip(indexes, there, built, strict=True):
        package = matcher.wanted.packages[index]
        fitting = [c for c in ready if generation is None or _together(c.generation, generation)]
        if fitting:
            choices.append(Choice(package=package, candidate=max(fitting, key=_preference)))
            continue
        apart = max(ready, key=_preference, default=None)
        beside = [c for c in recipes if generation is None or _beside(c.generation, generation)]
        if beside or recipes:
            choices.append(
                Choice(
                    package=package,
                    candidate=_sourced(
                        max(beside or recipes, key=_build_preference), site, site_builders
                    ),
                    apart=apart,
                    alone=not beside,
                )
            )
            continue
        choices.append(_nothing(matcher, index, site_builders, apart))
    return tuple(choices)


def _nothing(
    matcher: Matcher, index: int, site_builders: list[Delivery], apart: Candidate | None
) -> Choice:
    """What is known of a package which can't be had."""
    versions: list[str] = []
    known = not site_builders
    for ecosystem in dict.fromkeys(_RECIPES[delivery.kind] for delivery in site_builders):
        recipe, others, knows = matcher.recipe(index, ecosystem)
        known = known or knows
        if recipe is None:  # with one, it is not the version that is wrong
            versions += others
    return Choice(
        package=matcher.wanted.packages[index],
        apart=apart,
        other_versions=tuple(dict.fromkeys(versions)),
        recipes=tuple(dict.fromkeys(delivery.kind for delivery in site_builders)),
        known=known,
    )


def _together(generation: str, chosen: str) -> bool:
    """Whether a module of one generation can be loaded beside those of the chosen one.

    Modules of a stack which have no toolchain (`1:LUMI/25.03`) go with every toolchain of it.
    """
    return generation in (ANYWHERE, chosen) or chosen.startswith(f"{generation} ")


def _beside(generation: str, chosen: str) -> bool:
    """Whether what a recipe builds can be loaded beside the chosen generation's modules."""
    return generation in (ANYWHERE, chosen.partition(":")[2])


def _preference(candidate: Candidate) -> tuple[bool, int, tuple[int, Version], str]:
    """The site's own modules first, then the plainest, then the newest."""
    return (
        candidate.how is How.MODULE,
        candidate.plain,
        release_order(candidate.version or ""),
        candidate.where,
    )


def _build_preference(candidate: Candidate) -> tuple[bool, int, tuple[int, Version], str]:
    """EasyBuild before Spack, as the site's deliveries stand; then the plainest, the newest."""
    return (
        candidate.how is How.EASYBUILD,
        candidate.plain,
        release_order(candidate.version or ""),
        candidate.where,
    )


def _generation(
    there: Sequence[Sequence[Candidate]], built: Sequence[Sequence[Candidate]]
) -> str | None:
    """The generation in which the most can be had; see the top of this file."""
    ready, plain_ready = _by_generation(there)
    recipes, plain_recipes = _by_generation(built)
    anywhere = ready.pop(ANYWHERE, set()) | recipes.pop(ANYWHERE, set())
    served = {generation.partition(":")[2] for generation in ready}
    names = [*ready, *(f"build:{name}" for name in recipes if name not in served)]

    def score(generation: str) -> tuple[int, int, int, Version, str]:
        beside = generation.partition(":")[2]
        held: set[int] = set()
        plain: set[int] = set(plain_recipes.get(beside, ()))
        for other, numbers in ready.items():
            if _together(other, generation):
                held |= numbers
                plain |= plain_ready.get(other, set())
        had = held | recipes.get(beside, set()) | anywhere
        return (len(had), len(held), len(plain), _generation_order(generation), generation)

    return max(names, key=score, default=None)


def _by_generation(
    rows: Sequence[Sequence[Candidate]],
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Generation -> the packages which it has, and those which it has without a suffix."""
    found: dict[str, set[int]] = {}
    plain: dict[str, set[int]] = {}
    for number, candidates in enumerate(rows):
        for candidate in candidates:
            found.setdefault(candidate.generation, set()).add(number)
            if candidate.plain % 2:
                plain.setdefault(candidate.generation, set()).add(number)
    return found, plain


def _generation_order(generation: str) -> Version:
    """What is newer: the figures at the end, of `100:GCC 13.3.0` or `1:Stages/2025`."""
    match = re.search(r"\d[\d.]*[ab]?$", generation)
    return Version(match[0] if match else "0")


def as_container(packages: Sequence[WantedPackage]) -> tuple[Choice, ...]:
    """Every package out of the image which the stack asks for."""
    image = Candidate(
        how=How.CONTAINER,
        version=None,
        where="image",
        evidence="the stack asks for a container",
        source="",
    )
    return tuple(Choice(package=package, candidate=replace(image)) for package in packages)
