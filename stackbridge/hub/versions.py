"""Versions and sets of versions. The order of versions is described in `_version.py`.

A set of versions is a union of intervals. `1.2` as a set means the prefix, everything that
begins with 1.2; `=1.2` means that one version. A range includes all that begins with its
upper end: `1.2:1.4` holds 1.4.9. Ranges end where Spack ends them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stackbridge.hub import _intervals
from stackbridge.hub._intervals import BOTTOM, TOP, Interval
from stackbridge.hub._version import (
    BRANCHES,
    MAX_LENGTH,
    Cut,
    Version,
    above,
    below,
    past,
    text_after,
    text_before,
)

__all__ = ["ANY", "BRANCHES", "NONE", "Version", "VersionSet"]


def _version(value: Version | str) -> Version:
    return value if isinstance(value, Version) else Version(value)


@dataclass(frozen=True, slots=True)
class VersionSet:
    """A set of versions: sorted, disjoint intervals. Equal sets are equal and hash alike."""

    intervals: tuple[Interval, ...] = ()

    # -- making one

    @staticmethod
    def any() -> VersionSet:
        """All versions."""
        return ANY

    @staticmethod
    def none() -> VersionSet:
        """No version."""
        return NONE

    @classmethod
    def exactly(cls, version: Version | str) -> VersionSet:
        """That version and no other: `=1.2`."""
        point = _version(version)
        return cls(((below(point), above(point)),))

    @classmethod
    def prefix(cls, version: Version | str) -> VersionSet:
        """Everything that begins with it: `1.2` holds 1.2, 1.2.9 and 1.2-x, not 1.20."""
        start = _version(version)
        return cls(((below(start), past(start)),))

    @classmethod
    def between(cls, low: Version | str | None, high: Version | str | None) -> VersionSet:
        """From `low` up to and with everything that begins with `high`; None is open.

        Raises:
            ValueError: there is nothing between them.
        """
        start = BOTTOM if low is None else below(_version(low))
        end = TOP if high is None else past(_version(high))
        if not start < end:
            raise ValueError(f"the range `{low}:{high}` is empty")
        return cls(((start, end),))

    @classmethod
    def at_least(cls, version: Version | str) -> VersionSet:
        """`>=`."""
        return cls(((below(_version(version)), TOP),))

    @classmethod
    def above(cls, version: Version | str) -> VersionSet:
        """`>`: after that version in the order; `>1.2` holds 1.2.1."""
        return cls(((above(_version(version)), TOP),))

    @classmethod
    def below(cls, version: Version | str) -> VersionSet:
        """`<`: before that version in the order; `<2` holds 2rc1, not 2.0rc1."""
        return cls(((BOTTOM, below(_version(version))),))

    @classmethod
    def at_most(cls, version: Version | str) -> VersionSet:
        """`<=` by the order alone: `<=1.4` does not hold 1.4.1 (`between` would)."""
        return cls(((BOTTOM, above(_version(version))),))

    # -- asking

    @property
    def is_empty(self) -> bool:
        """Whether no version is in it."""
        return not self.intervals

    @property
    def is_any(self) -> bool:
        """Whether all versions are in it."""
        return self == ANY

    @property
    def exact(self) -> Version | None:
        """The version, when it is a single one."""
        return _point(self.intervals[0]) if len(self.intervals) == 1 else None

    @property
    def prefixed(self) -> Version | None:
        """The version whose prefix the whole set is."""
        return _prefix(self.intervals[0]) if len(self.intervals) == 1 else None

    def intersects(self, other: VersionSet) -> bool:
        """Whether a version is in both."""
        return not (self & other).is_empty

    def __contains__(self, version: Version | str) -> bool:
        position = (1, _version(version).key, 0)
        return any(low.position <= position < high.position for low, high in self.intervals)

    def __and__(self, other: VersionSet) -> VersionSet:
        return VersionSet(_intervals.intersection(self.intervals, other.intervals))

    def __or__(self, other: VersionSet) -> VersionSet:
        return VersionSet(_intervals.union((*self.intervals, *other.intervals)))

    def __invert__(self) -> VersionSet:
        return VersionSet(_intervals.complement(self.intervals))

    def __sub__(self, other: VersionSet) -> VersionSet:
        return self & ~other

    def __le__(self, other: VersionSet) -> bool:
        return (self & other) == self

    def __lt__(self, other: VersionSet) -> bool:
        return self <= other and self != other

    def __ge__(self, other: VersionSet) -> bool:
        return other <= self

    def __gt__(self, other: VersionSet) -> bool:
        return other < self

    # -- text

    @classmethod
    def parse(cls, text: str) -> VersionSet:
        """Read comparators: `>=1.12,<2`, `=1.2`, `1.14` or `1.14.*`, `!=1.3`, `a || b`, `*`.

        Raises:
            ValueError: the text is not of that form.
        """
        if len(text) > 20 * MAX_LENGTH:
            raise ValueError("the version constraint is too long")
        found = NONE
        for alternative in text.split("||"):
            meant = ANY
            for term in alternative.split(","):
                meant &= _term(term.strip())
            found |= meant
        return found

    @classmethod
    def from_ranges(cls, text: str) -> VersionSet:
        """Read Spack's form: `1.2:1.4,1.6,=1.8`, `1.2:`, `:1.4`, `:`.

        Raises:
            ValueError: the text is not of that form.
        """
        if len(text) > 20 * MAX_LENGTH:
            raise ValueError("the version constraint is too long")
        found = NONE
        for item in text.split(","):
            item = item.strip()
            if item.startswith("="):
                found |= cls.exactly(item[1:])
            elif ":" in item:
                low, _, high = item.partition(":")
                found |= cls.between(low.strip() or None, high.strip() or None)
            else:
                found |= cls.prefix(item)
        return found

    def comparators(self) -> str | None:
        """The text which `parse` reads; None for the empty set, which it can't say."""
        if self.is_any:
            return "*"
        alternatives: list[list[str]] = []
        last: Cut | None = None
        for low, high in self.intervals:
            gap = None if last is None else _point((last, low))
            if gap is not None:  # `>=1,<2 || >2` is `>=1,!=2`
                alternatives[-1].pop()
                alternatives[-1] += [f"!={gap}", *_bounds(BOTTOM, high)]
            else:
                alternatives.append(_bounds(low, high))
            if high.position[0] == TOP.position[0]:
                alternatives[-1].append("")
            last = high
        texts = [",".join(term for term in terms if term) for terms in alternatives]
        return " || ".join(texts) or None

    def ranges(self) -> str | None:
        """The text which `from_ranges` reads; None where ranges can't say it.

        They have no open lower bound, and an upper bound only past a prefix.
        """
        items: list[str] = []
        for interval in self.intervals:
            item = _range(interval)
            if item is None:
                return None
            items.append(item)
        return ",".join(items) or None

    def __str__(self) -> str:
        return self.ranges() or self.comparators() or "(none)"

    def __repr__(self) -> str:
        return f"<VersionSet {self}>"


ANY = VersionSet(((BOTTOM, TOP),))
NONE = VersionSet()

_COMPARATOR = re.compile(r"(>=|<=|==|!=|>|<|=)?\s*(.*)", re.DOTALL)


def _term(text: str) -> VersionSet:
    """One comparator, such as `>=1.12`."""
    match = _COMPARATOR.fullmatch(text)
    operator, version = (match[1], match[2]) if match else (None, text)
    if version == "*" and operator is None:
        return ANY
    whole = version.endswith(".*")
    point = Version(version.removesuffix(".*"))
    meant = VersionSet.prefix(point) if whole else VersionSet.exactly(point)
    match operator:
        case None:
            return VersionSet.prefix(point)
        case "=" | "==":
            return meant
        case "!=":
            return ~meant
        case ">=":
            return VersionSet.at_least(point)
        case "<":
            return VersionSet.below(point)
        case "<=":
            return VersionSet.between(None, point) if whole else VersionSet.at_most(point)
        case _:
            return ~VersionSet.between(None, point) if whole else VersionSet.above(point)


def _point(interval: Interval) -> Version | None:
    low, high = interval
    if low.version is None or len(low.position) != len(high.position):
        return None
    same = low.position[:2] == high.position[:2] and low.position[2] < high.position[2]
    return (low.version if not low.past else high.version) if same else None


def _prefix(interval: Interval) -> Version | None:
    low, high = interval
    if low.version is None or low.past or low.position[2] != 0:
        return None
    return low.version if past(low.version) == high else None


def _bounds(low: Cut, high: Cut) -> list[str]:
    """The comparators of one interval."""
    if (point := _point((low, high))) is not None:
        return [f"={point}"]
    if (prefix := _prefix((low, high))) is not None:
        return [f"{prefix}.*"]
    terms: list[str] = []
    if low.version is not None:
        after = text_after(low) if low.past else None
        if low.past and after is None:
            terms.append(f">{low.version}.*")
        else:
            terms.append(f"{'>=' if low.position[2] == 0 else '>'}{after or low.version}")
    if high.version is not None:
        after = text_after(high) if high.past else None
        if high.past and after is None:
            terms.append(f"<={high.version}.*")
        else:
            terms.append(f"{'<' if high.position[2] == 0 else '<='}{after or high.version}")
    return terms


def _range(interval: Interval) -> str | None:
    """One interval as `low:high`, `=point` or `prefix`; None where it can't be said."""
    low, high = interval
    if (point := _point(interval)) is not None:
        return str(point) if point.is_git else f"={point}"
    if (prefix := _prefix(interval)) is not None:
        return str(prefix)
    start = ""
    if low.version is not None:
        found = text_after(low) if low.past else low.version.text
        if found is None or low.position[2] != 0:
            return None
        start = found
    if high.version is None:
        return f"{start}:"
    if high.past:
        return f"{start}:{high.version}"
    before = text_before(high.version)
    if before is None:
        return None
    return f"{start}:{before}" if high.position[2] == 0 else f"{start}:{before},={high.version}"
