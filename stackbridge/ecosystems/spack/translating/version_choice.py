"""Which of Spack's versions stands for a wanted one."""

from __future__ import annotations

from collections.abc import Iterable

from stackbridge.catalog.spelling import same_version
from stackbridge.hub.versions import Version, VersionSet

__all__ = ["closed", "nearest", "spelling"]


def spelling(version: Version, known: Iterable[str]) -> str | None:
    """How Spack spells that version, if it has it."""
    known = tuple(known)
    if str(version) in known:
        return str(version)
    for text in known:
        if text == str(version) or Version(text) == version:
            return text
    return next((text for text in known if same_version(text, str(version))), None)


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
