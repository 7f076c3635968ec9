"""Whether a module or recipe is what a package asks for: name, version, MPI, GPU, toolchain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from stackbridge.catalog.spelling import dated, fold, version_key
from stackbridge.hub.package import Toolchain
from stackbridge.hub.versions import Version, VersionSet
from stackbridge.resolver.mpi import toolchain_family
from stackbridge.resolver.offers import Offered, Offers, plain_names
from stackbridge.resolver.wanted import Wanted, WantedPackage
from stackbridge.sites.installed import Listing, Module, gcc_of, generation_of

__all__ = [
    "Fit",
    "Matcher",
    "built_right",
    "plainness",
    "prefix_suits",
    "release_order",
    "spellings",
    "suits",
]

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


class Fit(NamedTuple):
    """A module that is what a package asks for; `version` is the package's, also in a bundle."""

    version: str
    module: Module
    evidence: str
    generation: str | None
    plain: int


@dataclass(slots=True)
class Matcher:
    """Finds packages in lists and among recipes, and remembers what it found."""

    wanted: Wanted
    offers: Offers
    _lists: dict[tuple[int, int], list[tuple[str, Module, str]]] = field(default_factory=dict)
    _fitting: dict[tuple[int, int], tuple[Fit, ...]] = field(default_factory=dict)
    _recipes: dict[tuple[int, str], tuple[tuple[str, str] | None, tuple[str, ...], bool]] = field(
        default_factory=dict
    )

    def names(self, package: WantedPackage, ecosystem: str) -> tuple[tuple[Offered, ...], bool]:
        """The package's names in an ecosystem, and whether the catalog knows the software."""
        found = self.offers.offered(package.name, self.wanted.names, ecosystem, package.exact)
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
                        if not name.covers(module.version):
                            continue
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

    def fitting(self, index: int, listing: Listing) -> tuple[Fit, ...]:
        """The modules of a list which are what the package asks for, wherever they serve."""
        key = (index, id(listing))
        if key not in self._fitting:
            package = self.wanted.packages[index]
            self._fitting[key] = tuple(
                Fit(
                    version=version,
                    module=module,
                    evidence=evidence,
                    generation=generation_of(module),
                    plain=plainness(module),
                )
                for version, module, evidence in self.modules(index, listing)
                if suits(version, package.versions)
                and built_right(package, module, self.wanted.toolchain)
            )
        return self._fitting[key]

    def recipe(
        self, index: int, ecosystem: str
    ) -> tuple[tuple[str, str] | None, tuple[str, ...], bool]:
        """(name, newest suitable version) of a recipe, all versions, and whether known."""
        key = (index, ecosystem)
        if key not in self._recipes:
            package = self.wanted.packages[index]
            offered = self.offers.offered(package.name, self.wanted.names, ecosystem, package.exact)
            best_one: tuple[str, str] | None = None
            versions: list[str] = []
            for name in offered or ():
                pairs = [(v, f"{name.name} {v}") for v in name.versions if name.covers(v)]
                pairs += [(v, f"{b} {bv} (with {name.name} {v})") for b, bv, v in name.bundles if v]
                versions += [version for version, _ in pairs]
                fitting = [pair for pair in pairs if suits(pair[0], package.versions)]
                if not fitting:
                    if not pairs and package.versions.is_any:
                        best_one = best_one or ("", name.name)
                    continue
                newest = max(fitting, key=lambda pair: release_order(pair[0]))
                if best_one is None or release_order(newest[0]) > release_order(best_one[0]):
                    best_one = newest
            swapped = None if best_one is None else (best_one[1], best_one[0])
            self._recipes[key] = (swapped, tuple(dict.fromkeys(versions)), offered is not None)
        return self._recipes[key]


def spellings(version: str) -> tuple[str, ...]:
    """A version and what it is elsewhere: LAMMPS's `29Aug2024_update1` is Spack's `20240829.1`."""
    figures = dated(version)
    return (version,) if figures is None else (version, figures)


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


def release_order(version: str) -> tuple[int, Version]:
    """Releases after pre-releases after branches: nobody is given `develop` or `rc1` unasked."""
    try:
        parsed = Version(spellings(version)[-1])
    except ValueError:
        return (0, Version("0"))
    if parsed.is_branch:
        return (1, parsed)
    return (2 if parsed.is_prerelease or "alpha" in version or "beta" in version else 3, parsed)


def built_right(package: WantedPackage, module: Module, toolchain: Toolchain | None) -> bool:
    """Whether a module was built as the package, in the stack's toolchain, wants it."""
    wanted_gpu = {"nvidia": "cuda", "amd": "rocm"}.get(package.gpu or "", package.gpu)
    if module.accelerator != wanted_gpu and fold(module.name) not in ("cuda", "rocm"):
        return False
    if package.mpi is True and module.with_mpi is False and "mpi" not in module.suffix.lower():
        return False
    if package.mpi is False and module.with_mpi is True:
        return False
    wanted = package.toolchain or toolchain
    return wanted is None or module.toolchain is None or _toolchain_suits(wanted, module.toolchain)


def _toolchain_suits(wanted: Toolchain, toolchain: str) -> bool:
    """Whether a module's toolchain belongs to the generation or the compilers wanted."""
    name, _, version = toolchain.rpartition("-")
    if wanted.name is not None:
        if wanted.name == "system":
            return False
        label = f"{wanted.name}-{wanted.version}" if wanted.version else wanted.name
        if toolchain == label or (wanted.version is None and name == wanted.name):
            return True
        ours, theirs = gcc_of(label), gcc_of(toolchain)
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
            gcc = gcc_of(toolchain)
            if gcc is None or gcc not in part.versions:
                return False
        elif not part.versions.is_any and version not in part.versions:
            return False
    return True


def prefix_suits(version: str, wanted: VersionSet) -> bool:
    """`12` in a profile means some 12.x: it suits when all of them do, or 12 itself."""
    return suits(version, wanted) or VersionSet.prefix(version) <= wanted


def plainness(module: Module) -> int:
    """Builds with GCC before those with other compilers, then those without a special suffix."""
    toolchain = module.toolchain
    gnu = toolchain is None or re.fullmatch(_COMPILERS["gcc"], module.compiler or "")
    special = re.sub(r"^CUDA-[\d.]+-?", "", module.suffix)
    return 2 * bool(gnu) + (not special)
