"""The name of an easyconfig file, taken apart.

    NAME-VERSION[-TOOLCHAIN-TOOLCHAINVERSION][VERSIONSUFFIX].eb

All parts may hold dashes, so the index is asked first. A file that it does not know is
matched against the software names it knows, the longest first, and against the toolchains that
occur; only a name that nobody knows is split at its first `-` before a figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Level, Release

__all__ = ["FileName", "build", "take_apart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """The parts of a file name. `known`: the index has this file."""

    name: str
    version: str
    toolchain: Level = SYSTEM
    suffix: str = ""
    known: bool = False


def build(name: str, version: str, toolchain: Level, suffix: str = "") -> str:
    """The file name of an easyconfig."""
    middle = "" if toolchain[0] == "system" else f"-{toolchain[0]}-{toolchain[1]}"
    return f"{name}-{version}{middle}{suffix}.eb"


# Toolchains end in a generation (2024a, 2024.05, 2026.1) or a compiler version (13.2.0), or,
# for LUMI's, in a year and month (23.09).
_LEVEL = re.compile(
    r"-(?P<name>[A-Za-z][A-Za-z-]*?)-(?P<version>\d{4}[ab]?(?:\.\d+)?[a-z]?(?:\.\d+)*|\d+(?:\.\d+)+)"
    r"(?=$|-)"
)
_PLAIN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.+]*(?:-[A-Za-z][\w.+]*)*)-(?P<rest>[vr]?\d.*|default.*)"
)


def take_apart(file: str, release: Release) -> FileName | None:
    """The parts of a file name (without a directory); None where there is no version."""
    known = release.file(file)
    if known is not None:
        return FileName(
            name=known.name,
            version=known.version,
            toolchain=known.toolchain,
            suffix=known.suffix.text,
            known=True,
        )
    stem = file.removesuffix(".eb")
    name, rest = _name(stem, release)
    if not name or not rest:
        return None
    toolchains = release.toolchain_names
    for found in _LEVEL.finditer(rest):
        # of `-x-GCC-13.2.0` only the last words can be the toolchain
        words = found["name"].split("-")
        for first in range(len(words)):
            candidate = "-".join(words[first:])
            if candidate in toolchains and found.start() > 0:
                version = rest[: found.start()] + "".join(f"-{word}" for word in words[:first])
                return FileName(
                    name=name,
                    version=version,
                    toolchain=(candidate, found["version"]),
                    suffix=rest[found.end() :],
                )
    version, dash, suffix = _system_version(rest)
    return FileName(name=name, version=version, suffix=dash + suffix)


def _system_version(rest: str) -> tuple[str, str, str]:
    """A version without a toolchain, and the suffix behind it."""
    found = re.search(r"-(?=[A-Z][A-Za-z]*-\d|CUDA|linux|Linux|r\d+$|Java)", rest)
    if found is None:
        return rest, "", ""
    return rest[: found.start()], "-", rest[found.end() :]


def _name(stem: str, release: Release) -> tuple[str, str]:
    at = len(stem)
    while (at := stem.rfind("-", 0, at)) > 0:
        if stem[:at] in release.software:
            return stem[:at], stem[at + 1 :]
    plain = _PLAIN.fullmatch(stem)
    if plain:
        return plain["name"], plain["rest"]
    name, _, rest = stem.rpartition("-")  # `EESSI-extend-easybuild`
    return name, rest
