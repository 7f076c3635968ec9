"""Which of Spack's versions stands for a wanted one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from stackbridge.catalog.spelling import same_version
from stackbridge.hub.package import Package
from stackbridge.hub.versions import Version, VersionSet

__all__ = ["closed", "nearest", "of_release", "spelling", "without_release"]

_ROCM = "ROCm"
_OF_ROCM = re.compile(rf"-{_ROCM}-(\d[\w.]*)$")


def spelling(version: Version, known: Iterable[str]) -> str | None:
    """How Spack spells that version, if it has it."""
    known = tuple(known)
    if str(version) in known:
        return str(version)
    for text in known:
        if text == str(version) or Version(text) == version:
            return text
    return next((text for text in known if same_version(text, str(version))), None)


def of_release(asked: Package, known: Collection[str]) -> str | None:
    """Spack's version where it counts by what the software is for, as EasyBuild's suffix says.

    All parts of ROCm have ROCm's version in Spack (`llvm-amdgpu@6.4.1`), and cuDNN's ends in
    the major version of CUDA (`cudnn@9.10.1.4-12`).
    """
    exact = asked.versions.exact
    built_for = {d.package.name: d.package.versions.exact for d in asked.dependencies}
    rocm = built_for.get(_ROCM)
    if rocm is None and asked.toolchain is not None:
        found = _OF_ROCM.search(asked.toolchain.version or "")
        rocm = Version(found[1]) if found is not None else None
    if rocm is not None and str(rocm) in known:
        return str(rocm)
    cuda = built_for.get("CUDA")
    if exact is not None and cuda is not None and cuda.components:
        text = f"{exact}-{cuda.components[0]}"
        return text if text in known else None
    return None


def without_release(asked: Package) -> Package:
    """The request without the ROCm that its version names already."""
    return replace(
        asked,
        features=tuple(f for f in asked.features if f.name != _ROCM.lower()),
        dependencies=tuple(d for d in asked.dependencies if d.package.name != _ROCM),
    )


def nearest(wanted: VersionSet, known: tuple[str, ...]) -> str:
    """The version nearest to what is wanted.

    With an exact version: of those that share most of its first components the lowest that
    is not older, else the highest; branches only where there is nothing else.
    """
    numbers = [Version(text) for text in known]
    plain = [v for v in numbers if not v.is_branch] or numbers
    exact = wanted.exact
    if exact is None:
        fitting = [v for v in plain if v in wanted]
        return str(max(fitting or plain))
    for count in range(len(exact.components) - 1, 0, -1):
        same = [v for v in plain if v.components[:count] == exact.components[:count]]
        if same:
            newer = [v for v in same if v >= exact]
            return str(min(newer) if newer else max(same))
    newer = [v for v in plain if v >= exact]
    return str(min(newer) if newer else max(plain))


def closed(versions: VersionSet) -> VersionSet:
    """A set near `versions` that ranges can say: an open upper end becomes that version."""
    result = VersionSet.none()
    for low, high in versions.intervals:
        lower = low.version
        upper = high.version
        try:
            result |= VersionSet.between(lower, upper)
        except ValueError:
            continue
    return result if result.ranges() is not None else VersionSet.any()
