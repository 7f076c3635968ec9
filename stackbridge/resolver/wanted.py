"""What a stack asks of a site, whatever format it was read from.

Features that speak of MPI and GPUs are understood here, in Spack's words (`+mpi`, `+cuda`,
`cuda_arch=80`, `+rocm`, `amdgpu_target=gfx90a`), which are also the manifest's, and in
EasyBuild's version suffixes (`-CUDA-12.1.1`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.versions import ANY, VersionSet
from stackbridge.resolver.mpi import family_of, toolchain_family
from stackbridge.sites.installed import gcc_of
from stackbridge.sites.targets import gpu_vendor

if TYPE_CHECKING:
    from stackbridge.hub.package import Package, Toolchain
    from stackbridge.hub.recipe import Recipe
    from stackbridge.hub.resolution import Resolution
    from stackbridge.hub.stack import Stack

__all__ = ["Wanted", "WantedPackage", "from_recipe", "from_resolution", "from_stack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPackage:
    """One package as it is asked for, merged over the stack.

    `mpi` None: nothing is said. `mpi_family` where a certain MPI is asked for, with its name
    in `mpi_name`. `gpu` is the vendor needed (nvidia, amd, intel), None without GPU. `other`
    are features which no list of modules can confirm, as text.
    """

    name: str
    versions: VersionSet = ANY
    mpi: bool | None = None
    mpi_name: str | None = None
    mpi_family: str | None = None
    gpu: str | None = None
    gpus: tuple[str, ...] = ()
    target: str | None = None
    toolchain: Toolchain | None = None
    other: tuple[str, ...] = ()
    group: str | None = None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def exact(self) -> str | None:
        """The version, where exactly one is asked for."""
        version = self.versions.exact
        return str(version) if version else None

    @property
    def text(self) -> str:
        """Name, versions, and what it is built for: `hypre@>=2.29 target=zen3 sm_80`."""
        target = f"target={self.target}" if self.target else ""
        words = [f"{self.name}{self._versions()}", target, *self.gpus]
        return " ".join(word for word in words if word)

    def _versions(self) -> str:
        if self.versions.is_any:
            return ""
        ranges = self.versions.ranges()
        if ranges is not None and ":" not in ranges:
            return f"@{ranges}"
        return f"@{self.versions.comparators() or ranges or self.versions}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a site. `names` is the vocabulary of the packages' names.

    `mpi` is (family, name) where a rule of the stack requires an MPI. `together`: all packages
    must be usable in one job.
    """

    name: str
    names: str | None = None
    packages: tuple[WantedPackage, ...] = ()
    targets: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    os: str | None = None
    libc: VersionSet = ANY
    toolchain: Toolchain | None = None
    container: bool = False
    together: bool = True
    mpi: tuple[str, str] | None = None

    def mpi_families(self) -> dict[str, str]:
        """Family -> who asks for it; `any` where an MPI is wanted, but none in particular."""
        found: dict[str, str] = {}
        if self.mpi is not None:
            found[self.mpi[0]] = self.mpi[1]
        if self.toolchain is not None:
            family, name = _toolchain_mpi(self.toolchain)
            if family is not None:
                found[family or "other"] = name
        for package in self.packages:
            if package.mpi_family is not None:
                found.setdefault(package.mpi_family or "other", package.mpi_name or package.name)
        if not found and any(package.mpi for package in self.packages):
            asking = next(package.name for package in self.packages if package.mpi)
            found["any"] = asking
        return found


def _toolchain_mpi(toolchain: Toolchain) -> tuple[str | None, str]:
    part = toolchain.parts.get("mpi")
    if part is not None and part.name:
        return family_of(part.name), part.name
    if toolchain.name:
        return toolchain_family(toolchain.name), str(toolchain)
    return None, ""


def _gpus(package: Package) -> tuple[str | None, tuple[str, ...]]:
    """The vendor and the architectures which a package is built for."""
    found = list(package.gpus)
    vendor: str | None = None
    for feature in package.features:
        values = feature.value if isinstance(feature.value, tuple) else ()
        if feature.name == "cuda_arch":
            found += [f"sm_{v}" if v[:1].isdigit() else v for v in values if v != "none"]
        elif feature.name == "amdgpu_target":
            found += [value for value in values if value != "none"]
        elif feature.name in ("cuda", "rocm") and feature.value is True:
            vendor = "nvidia" if feature.name == "cuda" else "amd"
        elif "cuda" in values:
            vendor = "nvidia"
        elif "rocm" in values or "hip" in values:
            vendor = "amd"
    suffix = str(_extension(package, "versionsuffix") or "")
    if "-CUDA-" in f"{suffix}-":
        vendor = "nvidia"
    if vendor is None and found:
        vendor = gpu_vendor(found[0])
    switch = package.feature({"nvidia": "cuda", "amd": "rocm"}.get(vendor or "", ""))
    if switch is not None and switch.value is False:
        return None, ()
    return vendor, tuple(dict.fromkeys(found))


def _extension(package: Package, key: str) -> object:
    own = package.extensions.get("easybuild")
    return own.get(key) if isinstance(own, Mapping) else None


# Ways to use a GPU which leave its maker open: the stack's GPUs say which.
_OFFLOAD = frozenset({"sycl", "hip", "opencl", "openmp_offload", "gpu"})
_UNDERSTOOD = frozenset({"mpi", "cuda", "rocm", "cuda_arch", "amdgpu_target"})


def _others(package: Package) -> tuple[str, ...]:
    texts = []
    for feature in package.features:
        if feature.name in _UNDERSTOOD:
            continue
        if isinstance(feature.value, bool):
            texts.append(f"{'+' if feature.value else '~'}{feature.name}")
        else:
            texts.append(f"{feature.name}={','.join(feature.value)}")
    return tuple(texts)


def _package(
    package: Package, group: str | None, place: Place, stack_gpus: tuple[str, ...]
) -> WantedPackage:
    name = package.name or "?"
    vendor, gpus = _gpus(package)
    mpi_feature = package.feature("mpi")
    mpi = mpi_feature.value if mpi_feature and isinstance(mpi_feature.value, bool) else None
    mpi_name: str | None = None
    family = family_of(name)
    if family is not None:
        mpi_name = name
    for dependency in package.dependencies:
        inner = dependency.package.name
        if inner and (family_of(inner) is not None or "mpi" in dependency.provides):
            mpi_name, family, mpi = inner, family_of(inner) or "", True
        elif inner == "mpi":
            mpi = True
    if package.toolchain is not None and family is None:
        family, mpi_name = _toolchain_mpi(package.toolchain)
    if (
        vendor is None
        and stack_gpus
        and any(feature.name in _OFFLOAD and feature.value is True for feature in package.features)
    ):
        vendor = gpu_vendor(stack_gpus[0])
    if vendor is not None and not gpus:
        gpus = tuple(gpu for gpu in stack_gpus if gpu_vendor(gpu) == vendor)
    return WantedPackage(
        name=name,
        versions=package.versions,
        mpi=mpi,
        mpi_name=mpi_name,
        mpi_family=family,
        gpu=vendor,
        gpus=gpus,
        target=package.target,
        toolchain=package.toolchain,
        other=_others(package),
        group=group,
        place=place,
    )


def _libc(packages: Iterable[WantedPackage]) -> VersionSet:
    found = ANY
    for package in packages:
        if package.name == "glibc":
            found &= package.versions
    return found


def _distinct(packages: Iterable[WantedPackage]) -> tuple[WantedPackage, ...]:
    found: dict[tuple[object, ...], WantedPackage] = {}
    for package in packages:
        key = (
            package.text,
            package.mpi,
            package.mpi_name,
            package.gpu,
            package.gpus,
            package.target,
            str(package.toolchain),
            package.other,
        )
        found.setdefault(key, package)
    return tuple(found.values())


def _together(stack: Stack, packages: Iterable[WantedPackage]) -> bool:
    """Whether all must be usable in one job.

    Where the stack does not say, packages which name toolchains of several generations, as
    those of an easystack may, are not meant to be.
    """
    if stack.unify is not None:
        return stack.unify != "separately"
    own = {gcc_of(str(package.toolchain)) for package in packages if package.toolchain}
    return len(own - {None}) < 2


def _required(stack: Stack, subject: str) -> tuple[Package, ...]:
    return tuple(
        choice
        for rule in stack.rules
        if rule.subject == subject and rule.strength == "require" and rule.when is None
        for choice in rule.choices
    )


def _required_mpi(stack: Stack) -> tuple[str, str] | None:
    """The MPI which the stack's rules require, when all choices are of one family."""
    names = [choice.name for choice in _required(stack, "mpi") if choice.name]
    families = {family_of(name) for name in names}
    if len(families) != 1:
        return None
    return (families.pop() or "other", names[0])


def _required_targets(stack: Stack) -> tuple[str, ...]:
    return tuple(choice.target for choice in _required(stack, "*") if choice.target)


def from_stack(stack: Stack) -> Wanted:
    """What a stack asks for: every package of every group, matrices written out."""
    from stackbridge.hub.expand import expand

    found = _distinct(
        _package(row.package, row.group, row.place, stack.gpus) for row in expand(stack)
    )
    return Wanted(
        name=stack.name,
        names=stack.names,
        packages=tuple(package for package in found if package.name != "glibc"),
        targets=stack.targets or _required_targets(stack),
        gpus=stack.gpus,
        os=stack.os,
        libc=_libc(found),
        toolchain=stack.toolchain,
        container=stack.container is not None,
        together=_together(stack, found),
        mpi=_required_mpi(stack),
    )


def from_recipe(recipe: Recipe) -> Wanted:
    """What a single recipe asks for: its package, in its toolchain."""
    from stackbridge.hub.package import Package

    package = Package(
        name=recipe.name,
        versions=VersionSet.exactly(recipe.version),
        features=recipe.features,
        toolchain=recipe.toolchain,
        extensions=recipe.extensions,
    )
    return Wanted(
        name=f"{recipe.name}-{recipe.version}",
        names=recipe.names,
        packages=(_package(package, None, recipe.place, ()),),
        toolchain=recipe.toolchain,
    )


def from_resolution(resolution: Resolution, name: str) -> Wanted:
    """What a resolution asks for: its roots, exactly; without roots, all of its nodes."""
    from stackbridge.hub.package import Package

    nodes = resolution.by_key()
    rooted = [(nodes[root.key], root.group) for root in resolution.roots if root.key in nodes]
    packages = [
        _package(
            Package(
                name=node.name,
                versions=VersionSet.exactly(node.version),
                features=tuple(f for f in node.features if f.name in _UNDERSTOOD),
                toolchain=node.toolchain,
                target=node.target,
            ),
            group,
            node.place,
            (),
        )
        for node, group in rooted or [(node, None) for node in resolution.nodes]
    ]
    return Wanted(name=name, names=resolution.names, packages=_distinct(packages), together=False)
