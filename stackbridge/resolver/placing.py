"""How each package comes to a partition: installed, built by what the site delivers with, or not.

Installed modules are taken from one generation, so that they can be loaded together: the one
that holds the most of the stack's packages; among equals the newest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stackbridge.catalog.spelling import fold, version_key
from stackbridge.hub.package import Toolchain
from stackbridge.hub.versions import Version, VersionSet
from stackbridge.resolver.model import How
from stackbridge.resolver.mpi import toolchain_family
from stackbridge.resolver.offers import Offered, Offers, plain_names
from stackbridge.resolver.wanted import Wanted, WantedPackage
from stackbridge.sites import installed
from stackbridge.sites.installed import Listing, Module
from stackbridge.sites.profile import Delivery, Partition, Site
from stackbridge.sites.targets import best, gpu_runs_on

__all__ = ["Candidate", "Choice", "Matcher", "place_all"]

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

# Compiler (Spack's name) -> toolchains built with it.
_COMPILERS: Mapping[str, str] = {
    "gcc": r"GCC|GCCcore|foss|gompic?|gfbf|gomkl|gpsmpi|gpsfbf|gpsolf|gmkl|cpeGNU|gcc.*",
    "llvm": r"llvm-compilers|lfoss|lompi|lfbf",
    "clang": r"llvm-compilers|lfoss|lompi|lfbf",
    "intel-oneapi-compilers": r"intel|intel-compilers|iimpi|iimkl|iompi|iomkl|ipsmpi|intel-para",
    "oneapi": r"intel|intel-compilers|iimpi|iimkl|iompi|iomkl|ipsmpi|intel-para",
    "nvhpc": r"NVHPC|nvidia-compilers|nvompi|nvpsmpi",
    "cce": r"cpeCray",
    "aocc": r"cpeAOCC",
}


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

    `apart` is set when it is installed only for another generation than the rest.
    `other_versions` are what exists where no version suits; `recipes` names the kinds of
    delivery whose recipes were searched, `known` is false when no catalog knows the name.
    """

    package: WantedPackage
    candidate: Candidate | None = None
    apart: Candidate | None = None
    other_versions: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    known: bool = True


@dataclass(slots=True)
class Matcher:
    """Finds packages in lists and among recipes, and remembers what it found."""

    wanted: Wanted
    offers: Offers
    _lists: dict[tuple[int, int], list[tuple[str, Module, str]]] = field(default_factory=dict)
    _recipes: dict[tuple[int, str], tuple[tuple[str, str] | None, tuple[str, ...], bool]] = field(
        default_factory=dict
    )

    def names(self, package: WantedPackage, ecosystem: str) -> tuple[tuple[Offered, ...], bool]:
        """The package's names in an ecosystem, and whether the catalog knows the software."""
        found = self.offers.offered(package.name, self.wanted.names, ecosystem)
        if found is None:
            return plain_names(package.name, self.wanted.names), False
        return found, True

    def modules(self, index: int, listing: Listing) -> list[tuple[str, Module, str]]:
        """(version, module, evidence of the name) in a list, whatever their version."""
        key = (index, id(listing))
        if key not in self._lists:
            package = self.wanted.packages[index]
            found: dict[tuple[str, str], tuple[str, Module, str]] = {}
            for name in self.names(package, "easybuild")[0]:
                folded = fold(name.name)
                if not name.extension:
                    for module in listing.named(folded):
                        found.setdefault(
                            (module.version, str(module)), (module.version, module, name.evidence)
                        )
                for version, module in listing.carrying(folded) if name.extension else ():
                    evidence = f"extension of {module.name}; {name.evidence}"
                    found.setdefault((version, str(module)), (version, module, evidence))
                for bundle, bundle_version, inner in name.bundles:
                    for module in listing.named(fold(bundle)):
                        if inner and module.label == f"{module.name}/{bundle_version}":
                            evidence = f"extension of {module.name}; {name.evidence}"
                            found.setdefault((inner, str(module)), (inner, module, evidence))
            self._lists[key] = list(found.values())
        return self._lists[key]

    def recipe(
        self, index: int, ecosystem: str
    ) -> tuple[tuple[str, str] | None, tuple[str, ...], bool]:
        """(name, newest suitable version) of a recipe, all versions, and whether known."""
        key = (index, ecosystem)
        if key not in self._recipes:
            package = self.wanted.packages[index]
            offered = self.offers.offered(package.name, self.wanted.names, ecosystem)
            best_one: tuple[str, str] | None = None
            versions: list[str] = []
            for name in offered or ():
                pairs = [(version, f"{name.name} {version}") for version in name.versions]
                pairs += [(v, f"{b} {bv} (with {name.name} {v})") for b, bv, v in name.bundles if v]
                versions += [version for version, _ in pairs]
                fitting = [pair for pair in pairs if suits(pair[0], package.versions)]
                if not fitting:
                    if not pairs and package.versions.is_any:
                        best_one = best_one or ("", name.name)
                    continue
                newest = max(fitting, key=lambda pair: _release_order(pair[0]))
                if best_one is None or _release_order(newest[0]) > _release_order(best_one[0]):
                    best_one = newest
            swapped = None if best_one is None else (best_one[1], best_one[0])
            self._recipes[key] = (swapped, tuple(dict.fromkeys(versions)), offered is not None)
        return self._recipes[key]


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def spellings(version: str) -> tuple[str, ...]:
    """A version and what it is elsewhere: LAMMPS's `29Aug2024_update1` is Spack's `20240829.1`."""
    match = re.fullmatch(r"(\d{1,2})([A-Z][a-z]{2})(\d{4})(?:_update(\d+))?", version)
    if not match or match[2].lower() not in _MONTHS:
        return (version,)
    month = _MONTHS.index(match[2].lower()) + 1
    date = f"{match[3]}{month:02}{int(match[1]):02}"
    return (version, f"{date}.{match[4]}" if match[4] else date)


def suits(version: str, wanted: VersionSet) -> bool:
    """Whether a version is wanted, however it is spelled: `v2312` is `2312`."""
    if wanted.is_any:
        return True
    exact = wanted.exact
    for spelling in spellings(version):
        try:
            if spelling in wanted:
                return True
        except ValueError:  # a module without a version
            return False
        if exact is not None and version_key(spelling) == version_key(str(exact)):
            return True
    return False


def _release_order(version: str) -> tuple[bool, Version]:
    """Numbered releases after branches: nobody is given `develop` unless nothing else suits."""
    try:
        parsed = Version(spellings(version)[-1])
    except ValueError:
        return (False, Version("0"))
    return (not parsed.is_branch, parsed)


# --- installed ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """A list as it serves one partition: which of its modules can be seen there."""

    listing: Listing
    how: How
    title: str
    source: str
    stacks: tuple[str, ...] = ()
    tree: str | None = None
    cpus: Mapping[str | None, str | None] = field(default_factory=dict)
    cpu_only: bool = False
    number: int = 0

    def shows(self, module: Module) -> bool:
        """Whether the module is visible on the partition."""
        if self.stacks and module.release not in self.stacks:
            return False
        if (
            module.tree is not None
            and self.tree is not None
            and not _in_tree(module.tree, self.tree)
        ):
            return False
        if module.cpus is not None:
            target = self.cpus.get(module.release)
            return target is not None and target in module.cpus
        return True


def _in_tree(tree: str, wanted: str) -> bool:
    """LUMI's `LC` serves L and C; `common`, `system` and `CrayEnv` serve all."""
    return tree in ("common", "system", "CrayEnv", "container") or wanted in tree


def _shelves(site: Site, partition: Partition) -> Iterator[_Shelf]:
    number = 0
    for row in site.installed:
        if not row.holds_for(partition.id):
            continue
        listing = (
            installed.shipped(row.listing)
            if row.listing
            else installed.from_names(row.modules, source=site.reference(row.source))
        )
        if listing is None:
            continue
        number += 1
        yield _Shelf(
            listing=listing,
            how=How.MODULE,
            title=f"{site.name}'s modules",
            source=_listing_source(listing) or site.reference(row.source),
            stacks=row.stacks,
            tree=partition.tree,
            number=number,
        )
    for delivery in site.delivery:
        if delivery.kind != "eessi" or delivery.retired or not delivery.holds_for(partition.id):
            continue
        listing = installed.shipped("eessi")
        if listing is None or partition.cpu is None:
            continue
        yield _Shelf(
            listing=listing,
            how=How.EESSI,
            title="EESSI",
            source="; ".join((_listing_source(listing), site.reference(delivery.source))),
            cpus=_eessi_targets(partition.cpu),
            cpu_only=delivery.cpu_only,
            number=100,
        )


_eessi_kept: dict[str, dict[str | None, str | None]] = {}


def _eessi_targets(cpu: str) -> dict[str | None, str | None]:
    """EESSI release -> the CPU target that it uses on this microarchitecture."""
    if cpu not in _eessi_kept:
        listing = installed.shipped("eessi")
        releases = listing.releases() if listing else ()
        _eessi_kept[cpu] = {
            release: best(cpu, listing.cpus(release)) if listing else None for release in releases
        }
    return _eessi_kept[cpu]


def _listing_source(listing: Listing) -> str:
    return f"{listing.source} ({listing.date})" if listing.date else listing.source


def _suits(
    package: WantedPackage,
    module: Module,
    shelf: _Shelf,
    partition: Partition,
    toolchain: Toolchain | None,
) -> bool:
    if package.gpu is None:
        if module.accelerator is not None and fold(module.name) not in ("cuda", "rocm"):
            return False
    elif not _gpu_suits(package, module, shelf, partition):
        return False
    if package.mpi is True and module.with_mpi is False and "mpi" not in module.suffix.lower():
        return False
    if package.mpi is False and module.with_mpi is True:
        return False
    wanted = package.toolchain or toolchain
    return wanted is None or module.toolchain is None or _toolchain_suits(wanted, module.toolchain)


def _gpu_suits(package: WantedPackage, module: Module, shelf: _Shelf, partition: Partition) -> bool:
    wanted = {"nvidia": "cuda", "amd": "rocm"}.get(package.gpu or "")
    if module.accelerator != wanted or shelf.cpu_only:
        return False
    if module.gpus is None:
        return True
    arch = partition.gpu.arch if partition.gpu else None
    return arch is not None and any(gpu_runs_on(gpu, arch) for gpu in module.gpus)


def _toolchain_suits(wanted: Toolchain, toolchain: str) -> bool:
    """Whether a module's toolchain belongs to the generation or the compilers wanted."""
    name, _, version = toolchain.rpartition("-")
    if wanted.name is not None:
        if wanted.name == "system":
            return False
        label = f"{wanted.name}-{wanted.version}" if wanted.version else wanted.name
        if toolchain == label or (wanted.version is None and name == wanted.name):
            return True
        ours, theirs = installed.gcc_of(label), installed.gcc_of(toolchain)
        if ours is None or ours != theirs:
            return False
        families = toolchain_family(wanted.name), toolchain_family(name)
        return families[1] is None or families[0] == families[1]
    for role in ("c", "cxx", "fortran", "compiler"):
        part = wanted.parts.get(role)
        if part is None or part.name is None:
            continue
        pattern = _COMPILERS.get(part.name)
        if pattern is None or not re.fullmatch(pattern, name):
            return False
        if part.name == "gcc":
            gcc = installed.gcc_of(toolchain)
            if gcc is None or gcc not in part.versions:
                return False
        elif not part.versions.is_any and version not in part.versions:
            return False
    return True


def _site_parts(package: WantedPackage, site: Site, partition: Partition) -> Iterator[Candidate]:
    """Compilers, runtimes and MPIs which the profile itself names."""
    folded = fold(package.name)
    for mpi in site.mpi:
        if fold(mpi.name) != folded or not mpi.holds_for(partition.id) or mpi.via == "eessi":
            continue
        for version in mpi.versions:
            if _prefix_suits(version, package.versions):
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
                if _prefix_suits(version, package.versions):
                    label = f" of {generation.name}" if generation.name else ""
                    yield Candidate(
                        how=How.MODULE,
                        version=version,
                        where=f"{part} {version}{label}",
                        evidence=f"{site.name} offers {part} {version}{label}",
                        source=site.reference(generation.source),
                    )


def _prefix_suits(version: str, wanted: VersionSet) -> bool:
    """`12` in a profile means some 12.x: it suits when all of them do, or 12 itself."""
    return suits(version, wanted) or VersionSet.prefix(version) <= wanted


def _installed(
    matcher: Matcher, index: int, site: Site, partition: Partition, shelves: Sequence[_Shelf]
) -> list[Candidate]:
    package = matcher.wanted.packages[index]
    found: list[Candidate] = []
    if package.gpu is None:
        found += _site_parts(package, site, partition)
    for shelf in shelves:
        for version, module, evidence in matcher.modules(index, shelf.listing):
            if not suits(version, package.versions) or not shelf.shows(module):
                continue
            if not _suits(package, module, shelf, partition, matcher.wanted.toolchain):
                continue
            generation = installed.generation_of(module)
            release = f"{shelf.title} {module.release}" if module.release else shelf.title
            target = shelf.cpus.get(module.release)
            found.append(
                Candidate(
                    how=shelf.how,
                    version=version,
                    where=module.label,
                    evidence=f"{release}: {module.label}"
                    + (f" for {target}" if target else "")
                    + (f" ({evidence})" if evidence else ""),
                    source=shelf.source,
                    generation=f"{shelf.number}:{generation}" if generation else ANYWHERE,
                    plain=_plainness(module),
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


def _buildable(
    matcher: Matcher, index: int, site: Site, partition: Partition, site_builders: list[Delivery]
) -> tuple[Candidate | None, tuple[str, ...], bool]:
    package = matcher.wanted.packages[index]
    versions: list[str] = []
    known = False
    for delivery in site_builders:
        ecosystem = _RECIPES[delivery.kind]
        recipe, others, knows = matcher.recipe(index, ecosystem)
        known = known or knows
        versions += others
        if recipe is None or (package.gpu and delivery.cpu_only):
            continue
        title = {"eessi": "EESSI-extend", "uenv": "uenv"}.get(delivery.kind, "")
        return (
            Candidate(
                how=How.EASYBUILD if ecosystem == "easybuild" else How.SPACK,
                version=recipe[1] or None,
                where=f"{title}: {recipe[0]}" if title else recipe[0],
                evidence=f"{'easyconfig' if ecosystem == 'easybuild' else 'Spack package'} "
                f"{recipe[0]}; the site delivers by {delivery.kind}",
                source=site.reference(delivery.source),
            ),
            (),
            True,
        )
    return None, tuple(dict.fromkeys(versions)), known


# --- all together ------------------------------------------------------------------------


def place_all(matcher: Matcher, site: Site, partition: Partition) -> tuple[Choice, ...]:
    """For each package of the stack, how it comes to the partition."""
    shelves = tuple(_shelves(site, partition))
    site_builders = builders(site, partition)
    indexes = range(len(matcher.wanted.packages))
    every = [_installed(matcher, index, site, partition, shelves) for index in indexes]
    generation = _generation(every) if matcher.wanted.together else None
    choices: list[Choice] = []
    for index in indexes:
        package = matcher.wanted.packages[index]
        fitting = [
            candidate
            for candidate in every[index]
            if generation is None or _together(candidate.generation, generation)
        ]
        if fitting:
            choices.append(Choice(package=package, candidate=max(fitting, key=_preference)))
            continue
        built, others, known = _buildable(matcher, index, site, partition, site_builders)
        choices.append(
            Choice(
                package=package,
                candidate=built,
                apart=max(every[index], key=_preference, default=None),
                other_versions=others,
                recipes=tuple(dict.fromkeys(d.kind for d in site_builders)),
                known=known or not site_builders,
            )
        )
    return tuple(choices)


def _together(generation: str, chosen: str) -> bool:
    """Whether a module of one generation can be loaded beside those of the chosen one.

    Modules of a stack which have no toolchain (`1:LUMI/25.03`) go with every toolchain of it.
    """
    return generation in (ANYWHERE, chosen) or chosen.startswith(f"{generation} ")


def _plainness(module: Module) -> int:
    """Builds with GCC before those with other compilers, then those without a suffix."""
    toolchain = module.toolchain
    gnu = toolchain is None or re.match(_COMPILERS["gcc"], toolchain.rpartition("-")[0])
    return 2 * bool(gnu) + (not module.suffix)


def _preference(candidate: Candidate) -> tuple[bool, int, tuple[bool, Version], str]:
    """The site's own modules first, then the plainest, then the newest."""
    return (
        candidate.how is How.MODULE,
        candidate.plain,
        _release_order(candidate.version or ""),
        candidate.where,
    )


def _generation(every: Sequence[Sequence[Candidate]]) -> str | None:
    """The generation that holds the most packages; among equals the newest."""
    generations = {c.generation for candidates in every for c in candidates} - {ANYWHERE}
    if not generations:
        return None

    def covered(generation: str) -> int:
        return sum(any(_together(c.generation, generation) for c in row) for row in every)

    return max(generations, key=lambda g: (covered(g), _generation_order(g), g))


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
