"""One version: the total order, and the cuts between versions at which sets begin and end.

The order is Spack's (lib/spack/spack/version, release 1.x), because it is the only one of
the field which is written down, total, and meant for branches and prefixes as well:

- a text falls into numbers and words at every border between digits, letters and anything
  else; separators don't count (`1.2` equals `1-2`)
- words < numbers < branches; of the branches, stable < nightly < trunk < head < master <
  main < develop
- a trailing alpha, beta or rc, with or without a number, comes before the version itself
- a longer version follows its own beginning: `1.2` < `1.2.0` < `1.2-x9`
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

__all__ = [
    "BRANCHES",
    "MAX_LENGTH",
    "Cut",
    "Version",
    "above",
    "below",
    "past",
    "text_after",
    "text_before",
]

BRANCHES = ("stable", "nightly", "trunk", "head", "master", "main", "develop")
"""Words which come after every number, lowest first."""

_WORD, _NUMBER, _BRANCH, _REF = range(4)
_PRERELEASES = {"alpha": 0, "beta": 1, "rc": 2, "final": 3}
_FINAL = (3,)

_TEXT = re.compile(r"[A-Za-z0-9_.+~/-][=A-Za-z0-9_.+~/-]*")
_SEGMENT = re.compile(r"(?P<number>[0-9]+)|(?P<word>[A-Za-z]+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
MAX_LENGTH = 200  # longer than any version ever; keeps integers cheap

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
        if len(self.text) > MAX_LENGTH or not _TEXT.fullmatch(self.text):
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
        return below(other) <= below(self) < past(other)

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


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A place between points. `position` alone decides order and equality.

    `version` and `past` remember how the cut was asked for: next to that version, or past
    everything that begins with it.
    """

    position: tuple[Any, ...]
    version: Version | None = field(default=None, compare=False)
    past: bool = field(default=False, compare=False)


def below(version: Version) -> Cut:
    return Cut((1, version.key, 0), version)


def above(version: Version) -> Cut:
    return Cut((1, version.key, 1), version)


def past(version: Version) -> Cut:
    """Past everything that begins with it, where Spack ends its ranges.

    Spack raises the last component by one: 1.2 ends below 1.3, 2024a below 2024b.
    """
    release, prerelease, ref = version.key
    if ref:
        return above(version)
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


def text_before(version: Version) -> str | None:
    """The prefix which ends just below that version, where there is one: 2 -> `1`."""
    segments, prerelease = _release(version.text)
    if prerelease != _FINAL or version.is_git or not segments:
        return None
    last = segments[-1]
    if last["number"] and int(last["number"]) > 0:
        head, tail = version.text[: last.start()], version.text[last.end() :]
        candidate = f"{head}{int(last['number']) - 1}{tail}"
        return candidate if past(Version(candidate)) == below(version) else None
    if last["word"] and last["word"] not in BRANCHES and last["word"][-1] not in "Aa":
        candidate = f"{version.text[: last.end() - 1]}{chr(ord(last['word'][-1]) - 1)}"
        if past(Version(candidate)) == below(version):
            return candidate
    return None


def text_after(cut: Cut) -> str | None:
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
    return candidate if below(Version(candidate)) == cut else None
