"""What a versionsuffix means: the one place that knows `-CUDA-12.1.1`.

A versionsuffix is free text, but the released easyconfigs use few words in it. `read` splits
one into tags; each tag says which feature it stands for, which dependency it names, or that
it says nothing about features (a platform, a revision). Counts are files of EasyBuild 5.4.1.

The rules, in the order of `_TAGS`:

    -CUDA-12.6.0   feature cuda on, built with CUDA 12.6.0                      (553 files)
    -ROCm-6.4.1    feature rocm on, built with ROCm 6.4.1                       (8)
    -NAME-VERSION  built with that software (R 179, Java 145, Python 42, PyTorch, PLUMED, ...)
    -serial -seq -nompi                feature mpi off                          (14)
    -mpi -dmpar -parallel              feature mpi on                           (9)
    -int64 -iface64                    feature int64 / ilp64 on                 (13)
    -metis -parmetis -kokkos ...       that feature on
    -minimal -basic -bare ...          a build with less than usual
    -linux-x86_64 ...                  a binary's platform
    -r1 -fb ...                        nothing about features
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

__all__ = ["REDUCED", "Suffix", "Tag", "read"]

REDUCED = "reduced"
"""The pseudo-feature of builds that hold less than the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One word of a versionsuffix.

    `kind`: "feature" (`feature` has `value`), "with" (built with `software` `version`, and
    `feature` on), "reduced" (less than usual; `feature` names it), "platform" (only for
    `architecture`, None where it does not say), "neutral", "unknown".
    """

    text: str
    kind: Literal["feature", "with", "reduced", "platform", "neutral", "unknown"]
    feature: str | None = None
    value: bool = True
    software: str | None = None
    version: str | None = None
    architecture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffix:
    """A versionsuffix, read. `tags` joined by nothing give the text."""

    text: str
    tags: tuple[Tag, ...] = ()

    def feature(self, name: str) -> bool | None:
        """Whether the suffix says that this feature is on or off; None: it says nothing."""
        for tag in self.tags:
            if tag.feature == name and tag.kind in ("feature", "with"):
                return tag.value
        return None

    @property
    def features(self) -> dict[str, bool]:
        """Every feature it speaks of."""
        return {
            tag.feature: tag.value
            for tag in self.tags
            if tag.feature is not None and tag.kind in ("feature", "with")
        }

    @property
    def software(self) -> tuple[tuple[str, str], ...]:
        """Software it is built with, as (name, version)."""
        return tuple(
            (tag.software, tag.version)
            for tag in self.tags
            if tag.software is not None and tag.version is not None
        )

    def version_of(self, software: str) -> str | None:
        """The version of that software which it is built with."""
        return next((version for name, version in self.software if name == software), None)


def _on(feature: str) -> Callable[[re.Match[str]], Tag]:
    return lambda found: Tag(text=found[0], kind="feature", feature=feature)


def _off(feature: str) -> Callable[[re.Match[str]], Tag]:
    return lambda found: Tag(text=found[0], kind="feature", feature=feature, value=False)


def _with(feature: str, software: str) -> Callable[[re.Match[str]], Tag]:
    return lambda found: Tag(
        text=found[0], kind="with", feature=feature, software=software, version=found["v"]
    )


def _plain(kind: Literal["platform", "neutral", "reduced"]) -> Callable[[re.Match[str]], Tag]:
    return lambda found: Tag(text=found[0], kind=kind)


def _platform(found: re.Match[str]) -> Tag:
    arch = found.groupdict().get("arch")
    named = {"amd64": "x86_64", "x64": "x86_64", "64": "x86_64", "arm64": "aarch64"}
    arch = named.get(arch or "", arch)
    return Tag(text=found[0], kind="platform", architecture=arch)


_VERSION = r"(?P<v>\d[\w.]*)"
_END = r"(?=$|[-_.])"
_ARCH = r"(?P<arch>x86_64|aarch64|ppc64le|amd64|arm64|x64|64)"

# The first that matches at the present position is taken.
_TAGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Tag]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        # accelerators
        (rf"-CUDA-{_VERSION}", _with("cuda", "CUDA")),
        (rf"-ROCm-{_VERSION}", _with("rocm", "ROCm")),
        # message passing
        (rf"-(?:serial|seq|nompi|no-MPI){_END}", _off("mpi")),
        (rf"-(?:mpi|dmpar|parallel|intelmpi|ompi){_END}", _on("mpi")),
        # width of integers
        (rf"-int64{_END}", _on("int64")),
        (rf"-iface64{_END}", _on("ilp64")),
        # parts that are switched on
        (rf"-parmetis{_END}", _on("parmetis")),
        (rf"-metis{_END}", _on("metis")),
        (rf"-kokkos{_END}", _on("kokkos")),
        (rf"-contrib{_END}", _on("contrib")),
        (rf"-egl{_END}", _on("egl")),
        (rf"-osmesa{_END}", _on("osmesa")),
        (rf"-python{_END}", _on("python")),
        (rf"-debuginfod{_END}", _on("debuginfod")),
        (rf"-slurm{_END}", _on("slurm")),
        (rf"-(?:gtk3|gtk2){_END}", _on("gtk")),
        (rf"-Qt[56]{_END}", _on("qt")),
        (rf"-PEXSI{_END}", _on("pexsi")),
        (rf"-ELPA{_END}", _on("elpa")),
        (rf"-PLUMED(?!-\d){_END}", _on("plumed")),
        (rf"-plumed{_END}", _on("plumed")),
        (rf"-with-extensions{_END}", _on("extensions")),
        (rf"-with-plugins{_END}", _on("plugins")),
        # parts that are switched off
        (rf"-nogui{_END}", _off("gui")),
        (rf"-noGA{_END}", _off("globalarrays")),
        (rf"-nofhc{_END}", _off("fhc")),
        (rf"-no-analytics{_END}", _off("analytics")),
        (rf"-nodocs{_END}", _off("docs")),
        # less than usual
        (
            rf"-(?:minimal|basic|bare|zoltan|headers|cli-tools-only|tools|whl){_END}",
            _plain("reduced"),
        ),
        # platforms of binary releases
        (
            rf"[-.](?:linux|Linux)?[-_]?{_ARCH}(?:-(?:linux|centos\d*|scientific-linux-\d+))?{_END}",
            _platform,
        ),
        (rf"-(?:centos|ubuntu|rhel|el)_?(?:linux)?\d+(?:[-_.]{_ARCH})?{_END}", _platform),
        (rf"-(?:linux|Linux)\d*(?:[-_]{_ARCH})?{_END}", _platform),
        (rf"-(?:avx|avx2|avx512|sse\d?){_END}", _plain("platform")),
        # nothing about features
        (rf"-r\d+{_END}", _plain("neutral")),
        (rf"-fb{_END}", _plain("neutral")),
        (rf"-(?:hotfix-[\d.]+|ASA|hf){_END}", _plain("neutral")),
    )
)


@lru_cache(maxsize=4096)
def read(text: str, software: Collection[str] = frozenset()) -> Suffix:
    """Split a versionsuffix into tags. `software` (hashable) are names that EasyBuild knows.

    `-NAME-VERSION` is read as "built with" when the name is among them.
    """
    tags: list[Tag] = []
    at = 0
    unknown = ""
    while at < len(text):
        tag = _tag_at(text, at, software)
        if tag is None:
            step = re.compile(r".[^-]*").match(text, at)
            piece = step[0] if step else text[at:]
            unknown += piece
            at += len(piece)
            continue
        if unknown:
            tags.append(Tag(text=unknown, kind="unknown"))
            unknown = ""
        tags.append(tag)
        at += len(tag.text)
    if unknown:
        tags.append(Tag(text=unknown, kind="unknown"))
    return Suffix(text=text, tags=tuple(tags))


_NAMED = re.compile(r"-(?P<n>[A-Za-z][\w.+]*?)-(?P<v>\d[\w.]*)(?=$|-)")


def _tag_at(text: str, at: int, software: Collection[str]) -> Tag | None:
    for pattern, make in _TAGS:
        found = pattern.match(text, at)
        if found:
            return make(found)
    named = _NAMED.match(text, at)
    if named and named["n"] in software:
        return Tag(
            text=named[0],
            kind="with",
            feature=named["n"].lower(),
            software=named["n"],
            version=named["v"],
        )
    return None
