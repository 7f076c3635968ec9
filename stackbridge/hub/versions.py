"""Versions: one total order right for HPC software, and sets of versions.

The order is Spack's (lib/spack/spack/version, release 1.x), because it is the only one of
the field which is written down, total, and meant for branches and prefixes as well:

- a text falls into numbers and words at every border between digits, letters and anything
  else; separators don't count (`1.2` equals `1-2`)
- words < numbers < branches; of the branches, stable < nightly < trunk < head < master <
  main < develop
- a trailing alpha, beta or rc, with or without a number, comes before the version itself
- a longer version follows its own beginning: `1.2` < `1.2.0` < `1.2-x9`

A set of versions is a union of intervals. `1.2` as a set means the prefix, everything that
begins with 1.2; `=1.2` means that one version. A range includes all that begins with its
upper end: `1.2:1.4` holds 1.4.9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from stackbridge.hub import _intervals
from stackbridge.hub._intervals import BOTTOM, TOP, Cut, Interval

__all__ = ["ANY", "BRANCHES", "NONE", "Version", "VersionSet"]

BRANCHES = ("stable", "nightly", "trunk", "head", "master", "main", "develop")
"""Words which come after every number, lowest first."""

_WORD, _NUMBER, _BRANCH, _REF = range(4)
_PRERELEASES = {"alpha": 0, "beta": 1, "rc": 2, "final": 3}
_FINAL = (3,)

_TEXT = re.compile(r"[A-Za-z0-9_.+~/-][=A-Za-z0-9_.+~/-]*")
_SEGMENT = re.compile(r"(?P<number>[0-9]+)|(?P<word>[A-Za-z]+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MAX_LENGTH = 200  # longer than any version ever; keeps integers cheap

_Release: TypeAlias = tuple[tuple[int, int | str], ...]
_Key: TypeAlias = tuple[_Release, tuple[int, ...], str]


def _rank(segment: re.Match[str]) -> tuple[int, int | str]:
    if segment["number"]:
        return _NUMBER, int(segment["number"])
    word = segment["word"]
    return (_BRANCH, BRANCHES.index(word)) if word in BRANCHES else (_WORD, word)


def _release(text: str) -> tuple[list[re.Match[str]], tuple[int, ...]]:
    """The segments without a trailing alpha, beta or rc, and the rank of that."""
    segments = list(_SEGMENT.finditer(text))
    if len(segments) >= 3 and segments[-2]["word"] in _PRERELEASES and segments[-1]["number"]:
        rank = (_PRERELEASES[segments[-2]["word"]], int(segments[-1]["number"]))
        return segments[:-2], rank
    if len(segments) >= 2 and segments[-1]["word"] in _PRERELEASES:
        return segments[:-1], (_PRERELEASES[segments[-1]["word"]],)
    return segments, _FINAL


@lru_cache(maxsize=65536)
def _key(text: str) -> _Key:
    ref, has_version, version = text.removeprefix("git.").partition("=")
    if has_version:
        segments, prerelease = _release(version)
        return tuple(map(_rank, segments)), prerelease, ref or "="
    if text.startswith("git.") or _COMMIT.fullmatch(text):
        return ((_REF, ref),), _FINAL, ref
    segments, prerelease = _release(text)
    return tuple(map(_rank, segments)), prerelease, ""


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version. `str()` gives the text back; `1.2` and `1-2` are equal, as in Spack.

    `git.<ref>`, a commit of 40 digits and `<ref>=<version>` are states of a repository: the
    version after `=` says where they stand in the order (just after that version); without
    one they come last.

    Raises:
        ValueError: the text is empty or holds characters which no version has.
    """

    text: str
    key: _Key = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.text) > _MAX_LENGTH or not _TEXT.fullmatch(self.text):
            raise ValueError(f"`{self.text[:60]}` is not a version")
        object.__setattr__(self, "key", _key(self.text))

    @property
    def components(self) -> tuple[int | str, ...]:
        """Numbers and words in their order, those of a prerelease included."""
        return tuple(
            int(segment["number"]) if segment["number"] else segment["word"]
            for segment in _SEGMENT.finditer(self.text)
        )

    @property
    def is_branch(self) -> bool:
        """Whether it moves: `develop`, `main`, or a git reference without a version."""
        return any(rank >= _BRANCH for rank, _ in self.key[0])

    @property
    def is_prerelease(self) -> bool:
        """Whether it ends in alpha, beta or rc."""
        return self.key[1] != _FINAL

    @property
    def is_git(self) -> bool:
        """Whether it names a state of a repository."""
        return bool(self.key[2])

    def up_to(self, n: int) -> Version:
        """The first `n` components (or all but the last `-n`), prereleases left out."""
        text = self.text.rpartition("=")[2]
        segments = _release(text)[0][:n]
        if not segments:
            raise ValueError(f"`{self.text}` has no {n} components")
        return Version(text[segments[0].start() : segments[-1].end()])

    def starts_with(self, other: Version) -> bool:
        """Whether it is `other` or one of those below it: 1.4.9 starts with 1.4."""
        return self in VersionSet.prefix(other)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Version({self.text!r})"

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __le__(self, other: Version) -> bool:
        return self.key <= other.key

    def __gt__(self, other: Version) -> bool:
        return self.key > other.key

    def __ge__(self, other: Version) -> bool:
        return self.key >= other.key


# ---------------------------------------------------------------- cuts between versions


def _below(version: Version) -> Cut:
    return Cut((1, version.key, 0), version)


def _above(version: Version) -> Cut:
    return Cut((1, version.key, 1), version)


def _past(version: Version) -> Cut:
    """Past everything that begins with it, where Spack ends its ranges.

    Spack raises the last component by one: 1.2 ends below 1.3, 2024a below 2024b.
    """
    release, prerelease, ref = version.key
    if ref:
        return _above(version)
    if prerelease != _FINAL:
        number = prerelease[1] + 1 if len(prerelease) > 1 else 0
        prerelease = (prerelease[0], number)
    elif release:
        rank, value = release[-1]
        following = value + 1 if isinstance(value, int) else _following(value)
        release = (*release[:-1], (rank, following))
    else:
        release = ((_WORD, "A"),)
    return Cut((1, (release, prerelease, ""), 0), version, past=True)


def _following(word: str) -> str:
    """The next word in the order of letters: `a` -> `b`, `Z` -> `a`, `z` -> `zA`."""
    while True:
        if word[-1] == "z":
            word += "A"
        else:
            word = word[:-1] + ("a" if word[-1] == "Z" else chr(ord(word[-1]) + 1))
        if word not in BRANCHES:
            return word


def _text_before(version: Version) -> str | None:
    """The prefix which ends just below that version, where there is one: 2 -> `1`."""
    segments, prerelease = _release(version.text)
    if prerelease != _FINAL or version.is_git or not segments:
        return None
    last = segments[-1]
    if last["number"] and int(last["number"]) > 0:
        head, tail = version.text[: last.start()], version.text[last.end() :]
        candidate = f"{head}{int(last['number']) - 1}{tail}"
        return candidate if _past(Version(candidate)) == _below(version) else None
    if last["word"] and last["word"] not in BRANCHES and last["word"][-1] not in "Aa":
        candidate = f"{version.text[: last.end() - 1]}{chr(ord(last['word'][-1]) - 1)}"
        if _past(Version(candidate)) == _below(version):
            return candidate
    return None


def _text_after(cut: Cut) -> str | None:
    """The version just above a cut which lies past a prefix: past 1.4 -> `1.5`."""
    if cut.version is None:
        return None
    text = cut.version.text
    segments = list(_SEGMENT.finditer(text))
    if not segments:
        return None
    last = segments[-1]
    if last["number"]:
        candidate = f"{text[: last.start()]}{int(last['number']) + 1}{text[last.end() :]}"
    elif cut.version.is_prerelease:
        candidate = f"{text[: last.end()]}0"
    elif last["word"] in BRANCHES:
        index = BRANCHES.index(last["word"]) + 1
        if index == len(BRANCHES):
            return None
        candidate = f"{text[: last.start()]}{BRANCHES[index]}"
    else:
        candidate = f"{text[: last.start()]}{_following(last['word'])}"
    return candidate if _below(Version(candidate)) == cut else None


# ---------------------------------------------------------------- sets


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
        return cls(((_below(point), _above(point)),))

    @classmethod
    def prefix(cls, version: Version | str) -> VersionSet:
        """Everything that begins with it: `1.2` holds 1.2, 1.2.9 and 1.2-x, not 1.20."""
        start = _version(version)
        return cls(((_below(start), _past(start)),))

    @classmethod
    def between(cls, low: Version | str | None, high: Version | str | None) -> VersionSet:
        """From `low` up to and with everything that begins with `high`; None is open.

        Raises:
            ValueError: there is nothing between them.
        """
        start = BOTTOM if low is None else _below(_version(low))
        end = TOP if high is None else _past(_version(high))
        if not start < end:
            raise ValueError(f"the range `{low}:{high}` is empty")
        return cls(((start, end),))

    @classmethod
    def at_least(cls, version: Version | str) -> VersionSet:
        """`>=`."""
        return cls(((_below(_version(version)), TOP),))

    @classmethod
    def above(cls, version: Version | str) -> VersionSet:
        """`>`: after that version in the order; `>1.2` holds 1.2.1."""
        return cls(((_above(_version(version)), TOP),))

    @classmethod
    def below(cls, version: Version | str) -> VersionSet:
        """`<`: before that version in the order; `<2` holds 2rc1, not 2.0rc1."""
        return cls(((BOTTOM, _below(_version(version))),))

    @classmethod
    def at_most(cls, version: Version | str) -> VersionSet:
        """`<=` by the order alone: `<=1.4` does not hold 1.4.1 (`between` would)."""
        return cls(((BOTTOM, _above(_version(version))),))

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
        if len(text) > 20 * _MAX_LENGTH:
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
        if len(text) > 20 * _MAX_LENGTH:
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
    return low.version if _past(low.version) == high else None


def _bounds(low: Cut, high: Cut) -> list[str]:
    """The comparators of one interval."""
    if (point := _point((low, high))) is not None:
        return [f"={point}"]
    if (prefix := _prefix((low, high))) is not None:
        return [f"{prefix}.*"]
    terms: list[str] = []
    if low.version is not None:
        after = _text_after(low) if low.past else None
        if low.past and after is None:
            terms.append(f">{low.version}.*")
        else:
            terms.append(f"{'>=' if low.position[2] == 0 else '>'}{after or low.version}")
    if high.version is not None:
        after = _text_after(high) if high.past else None
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
        found = _text_after(low) if low.past else low.version.text
        if found is None or low.position[2] != 0:
            return None
        start = found
    if high.version is None:
        return f"{start}:"
    if high.past:
        return f"{start}:{high.version}"
    before = _text_before(high.version)
    if before is None:
        return None
    return f"{start}:{before}" if high.position[2] == 0 else f"{start}:{before},={high.version}"
