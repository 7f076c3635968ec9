"""Which easyconfigs can stand for a request at all, and how well each fits.

A `Candidate` is judged once, apart from any generation; `selection` then only compares.
Fit has four sides: the version, the features that decide which file it is (cuda, rocm, mpi,
and whatever a versionsuffix says), what the file has that nobody asked for, and its platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from stackbridge.catalog.spelling import dated
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Member, Offer, Release
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import Suffix
from stackbridge.hub.package import Feature
from stackbridge.hub.versions import Version, VersionSet

__all__ = [
    "Candidate",
    "away",
    "candidates_of",
    "distance",
    "gpu_wanted",
    "holds",
    "wanted_features",
]

# Features under other names than a versionsuffix has: wanted name -> the suffix's feature.
ALIASES = {
    "index-64bit": "int64",
    "ilp64": "ilp64",
    "int64": "int64",
    "bigint": "int64",
    "scotch": "scotch",
    "openmpi": "mpi",
}
_ACCELERATORS = {"cuda": "sm_", "rocm": "gfx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One easyconfig (or a member of one) that has the right name.

    `fits` is whether the version satisfies the request; `missed` are wanted features that this
    file contradicts or can't have; `unasked` is how much it has beyond the request;
    `newest` whether no easyconfig of this name has a newer version.
    """

    offer: Offer
    member: Member | None
    fits: bool
    missed: tuple[str, ...]
    unasked: float
    newest: bool

    @property
    def version(self) -> str:
        """The version of what was asked for; empty where a bundle does not say."""
        return self.member.version if self.member is not None else self.offer.version

    @property
    def ordered(self) -> Version:
        """To compare by."""
        if self.member is not None and self.member.ordered is not None:
            return self.member.ordered
        return self.offer.ordered


def spellings(version: str) -> tuple[str, ...]:
    """A version as EasyBuild writes it, and as others would: `v2412_250814` is 2412, too."""
    found = [version]
    bare = re.sub(r"^[vV](?=\d)", "", version)
    if bare != version:
        found.append(bare)
    figures = dated(version)
    if figures is not None:
        return (version, figures)
    if "_" in bare:
        found.append(bare.split("_")[0])
    if "-" in bare:
        found.append(bare.replace("-", "."))
        found.append(bare.split("-")[0])
    return tuple(dict.fromkeys(text for text in found if text))


@lru_cache(maxsize=65536)
def holds(version: str, wanted: VersionSet) -> bool:
    """Whether an EasyBuild version is in the set, by any of its spellings."""
    if wanted.is_any:
        return True
    for text in spellings(version):
        try:
            if Version(text) in wanted:
                return True
        except ValueError:
            continue
    return False


def _fits(offer: Offer, version: str, wanted: VersionSet) -> bool:
    """Whether an easyconfig has the version; others may put CUDA's at its end (Spack's cudnn)."""
    if not version or wanted.is_any:
        return wanted.is_any
    if holds(version, wanted):
        return True
    cuda = dict(offer.suffix.software).get("CUDA", "").split(".")
    return any(
        holds(f"{version}-{'.'.join(cuda[:parts])}", wanted)
        for parts in range(1, len(cuda) + 1)
        if cuda[0]
    )


def wanted_features(request: Request) -> dict[str, bool]:
    """The features that decide which file it is: name as in a versionsuffix -> on or off."""
    found: dict[str, bool] = {}
    for feature in request.package.features:
        name = ALIASES.get(feature.name, feature.name)
        if isinstance(feature.value, bool):
            found.setdefault(name, feature.value)
        elif name in ("cuda_arch", "amdgpu_target"):
            key = "cuda" if name == "cuda_arch" else "rocm"
            if feature.value and feature.value != ("none",):
                found.setdefault(key, True)
    for key, prefix in _ACCELERATORS.items():
        if any(gpu.startswith(prefix) for gpu in request.package.gpus):
            found.setdefault(key, True)
    return found


def gpu_wanted(features: Iterable[Feature], gpus: Iterable[str]) -> tuple[str, ...]:
    """The GPU architectures that are wanted, as `sm_80` and `gfx90a`, sorted."""
    found = set(gpus)
    for feature in features:
        if isinstance(feature.value, bool) or feature.value == ("none",):
            continue
        if feature.name == "cuda_arch":
            found |= {f"sm_{value}" for value in feature.value}
        elif feature.name == "amdgpu_target":
            found |= set(feature.value)
    return tuple(sorted(found))


def candidates_of(
    request: Request, named: Named, release: Release, architecture: str
) -> tuple[Candidate, ...]:
    """Every easyconfig that could stand for the request, judged."""
    wanted = wanted_features(request)
    rows = list(_rows(named, release))
    if not rows:
        return ()
    newest = max(_order(offer, member) for offer, member in rows)
    found = []
    for offer, member in rows:
        if not _runs_on(offer.suffix, architecture):
            continue
        version = member.version if member is not None else offer.version
        missed, unasked = _features(offer, wanted, request.wished, release)
        found.append(
            Candidate(
                offer=offer,
                member=member,
                fits=_fits(offer, version, request.package.versions),
                missed=missed,
                unasked=unasked,
                newest=_order(offer, member) >= newest,
            )
        )
    return tuple(found)


def _order(offer: Offer, member: Member | None) -> Version:
    if member is not None and member.ordered is not None:
        return member.ordered
    return offer.ordered


def _rows(named: Named, release: Release) -> Iterator[tuple[Offer, Member | None]]:
    for name in named.software:
        pattern = named.only.get(name)
        for offer in release.offers(name):
            if pattern is None or re.fullmatch(pattern, offer.version):
                yield offer, None
    for name in named.members:
        for member in release.members(name):
            if named.hosts and member.host.name not in named.hosts:
                continue
            if member.host.name not in named.software:
                yield member.host, member


def _runs_on(suffix: Suffix, architecture: str) -> bool:
    return all(tag.architecture is None or tag.architecture == architecture for tag in suffix.tags)


def _features(
    offer: Offer, wanted: dict[str, bool], wished: frozenset[str], release: Release
) -> tuple[tuple[str, ...], float]:
    """Wanted features that this file contradicts, and the weight of what nobody asked for."""
    missed: list[str] = []
    unasked = 0.0
    said = offer.suffix.features
    for name, value in wanted.items():
        if name in said:
            contradicted = said[name] != value
        elif name in ("cuda", "rocm"):
            contradicted = value != _has_accelerator(offer, name, release)
        elif name == "mpi":
            # +mpi is judged later: many names have it in one toolchain or none
            contradicted = not value and offer.toolchain in release.mpi_levels
        else:
            contradicted = value and name in _ONLY_BY_SUFFIX and name not in wished
        if contradicted:
            missed.append(name)
    for tag in offer.suffix.tags:
        if tag.kind == "reduced":
            unasked += 2
        elif tag.kind == "unknown":
            unasked += 1
        elif tag.kind == "platform" and tag.architecture is None:
            unasked += 0.5
        elif tag.feature is None or tag.feature in wanted:
            continue
        elif tag.feature in ("cuda", "rocm"):
            unasked += 4
        elif tag.kind == "with":
            # Python 2 stands out; R, Java and Perl of the generation do not
            old = tag.software == "Python" and (tag.version or "").startswith("2.")
            unasked += 2 if old else 0.1 if tag.feature in _HOSTS else 1
        elif tag.feature == "mpi" and tag.value:
            unasked += 0.5
        else:
            unasked += 1
    return tuple(missed), unasked


# Features that EasyBuild says by a versionsuffix and never otherwise.
_ONLY_BY_SUFFIX = frozenset({"int64", "ilp64"})
_HOSTS = frozenset({"python", "r", "java", "perl", "julia", "rust"})


def _has_accelerator(offer: Offer, name: str, release: Release) -> bool:
    """Whether a file without such a suffix is built with CUDA or ROCm all the same."""
    software = {"cuda": ("CUDA", "CUDAcore"), "rocm": ("ROCm", "rocm-compilers", "HIP")}[name]
    if offer.name in software or offer.suffix.feature(name):
        return True
    if offer.toolchain != SYSTEM and offer.toolchain[0].startswith(("NVHPC", "nvo", "rocm")):
        return offer.toolchain[0].startswith("rocm") == (name == "rocm")
    return any(below.name in software for below in release.requires(offer))


def distance(candidate: Candidate, wanted: VersionSet) -> tuple[float, ...]:
    """How far a version lies from what is wanted; smaller is nearer.

    First whether the leading figures agree (major before minor), then by how much the first
    that differ do.
    """
    return (0.0,) if candidate.fits else away(candidate.ordered, wanted)


def away(version: Version, wanted: VersionSet) -> tuple[float, ...]:
    """The same of a version that is not wanted."""
    reference = _reference(wanted)
    if reference is None:
        return (1.0,)
    numbers = [part for part in version.components if isinstance(part, int)]
    wanted_numbers = [part for part in reference.components if isinstance(part, int)]
    for place, (mine, theirs) in enumerate(zip(numbers, wanted_numbers, strict=False)):
        if mine != theirs:
            return (1.0, float(-place), float(abs(mine - theirs)))
    return (1.0, float(-min(len(numbers), len(wanted_numbers))), 0.0)


def _reference(wanted: VersionSet) -> Version | None:
    """One version that stands for the set: the point, the prefix, or a bound."""
    if wanted.exact is not None:
        return wanted.exact
    if wanted.prefixed is not None:
        return wanted.prefixed
    for low, high in reversed(wanted.intervals):
        for cut in (low, high):
            if cut.version is not None:
                return cut.version
    return None
