"""What Debian 12 offers: software -> binary packages, its version, what it is built with.

The facts stand in `data/debian-packages.json`, read off Debian's own package lists
(suite bookworm) and file lists; `tests/ecosystems/containers` checks them against apt. Keys are
Spack's names; `easybuild` and `also` are other names of the same software. Of features, `has`
are those Debian's build has, `lacks` those it is known not to have, `adds` those which
further packages bring, `replaces` those which other packages bring instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from stackbridge.hub.package import Feature
from stackbridge.hub.versions import Version

__all__ = [
    "IMAGE",
    "PACKAGE_NAME",
    "SUITE",
    "Answer",
    "Offer",
    "known",
    "packages_for",
    "suggest",
]

IMAGE = "debian:12"
SUITE = "bookworm"
# Debian Policy, section 5.6.1: lower case letters, digits, plus, minus and periods; at
# least two characters, of which the first is a letter or digit.
PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")

# What Spack says of how something is built, not of what it can do.
BUILD_ONLY = frozenset({"build_system", "build_type", "generator", "ipo", "pic"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one feature: `kept`, `approximated`, `assumed` or `lost`, and why."""

    feature: str
    outcome: Literal["kept", "approximated", "assumed", "lost"]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What Debian has of one software.

    `version` is upstream's, None for a bundle; `programs` are commands that then exist,
    `imports` Python modules; `environment` what must be set for them to work.
    """

    name: str
    packages: tuple[str, ...]
    version: Version | None
    features: tuple[Answer, ...] = ()
    programs: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    environment: Mapping[str, str]


def _fold(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())


@lru_cache(maxsize=1)
def _software() -> dict[str, dict[str, Any]]:
    text = files("stackbridge").joinpath("data/debian-packages.json").read_text("utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)["software"]
    return table


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Every other name -> key. A key of its own always wins."""
    names: dict[str, str] = {}
    for key, entry in _software().items():
        others = [*entry.get("also", ()), entry.get("easybuild", key)]
        for name in others + ([key.removeprefix("py-")] if key.startswith("py-") else []):
            names.setdefault(_fold(name), key)
    return names | {_fold(key): key for key in _software()}


def known() -> tuple[str, ...]:
    """The keys of all software in the table."""
    return tuple(_software())


def suggest(name: str) -> tuple[str, ...]:
    """Keys that look like this name."""
    import difflib

    return tuple(difflib.get_close_matches(_fold(name), known(), n=3))


def packages_for(name: str, features: Iterable[Feature] = ()) -> Offer | None:
    """What Debian 12 has of this software, or None.

    `name` may be Spack's or EasyBuild's; upper case, `_` and `.` don't matter.
    """
    key = _names().get(_fold(name))
    if key is None:
        return None
    entry = _software()[key]
    packages = list(entry["packages"])
    answers: list[Answer] = []
    for feature in features:
        for text, wanted in _texts(feature):
            answers.append(_answer(text, entry, wanted=wanted))
            if wanted:
                packages += entry.get("adds", {}).get(text, ())
                swap = entry.get("replaces", {}).get(text, {})
                packages = [swap.get(package, package) for package in packages]
    return Offer(
        name=key,
        packages=tuple(dict.fromkeys(packages)),
        version=Version(entry["version"]) if "version" in entry else None,
        features=tuple(answers),
        programs=tuple(entry.get("programs", ())),
        imports=tuple(entry.get("imports", ())),
        environment=entry.get("environment", {}),
    )


def _texts(feature: Feature) -> tuple[tuple[str, bool], ...]:
    """A feature as the table spells it, with whether it is wanted."""
    if isinstance(feature.value, bool):
        return ((feature.name, feature.value),)
    return tuple((f"{feature.name}={value}", value != "none") for value in feature.value)


def _answer(text: str, entry: Mapping[str, Any], *, wanted: bool) -> Answer:
    has = text in entry.get("has", ())
    optional = text in entry.get("adds", ()) or text in entry.get("replaces", ())
    lacks = text in entry.get("lacks", ())
    if text.partition("=")[0] in BUILD_ONLY:
        return Answer(text, "assumed", "Debian's packages are built already")
    if wanted and (has or optional):
        return Answer(text, "kept", "Debian's build has it")
    if wanted and lacks:
        return Answer(text, "lost", "Debian's build does not have it")
    if wanted:
        return Answer(text, "lost", "nothing is known of it in Debian's build")
    if has:
        return Answer(text, "approximated", "Debian's build has it all the same")
    if lacks or optional:
        return Answer(text, "kept", "Debian's build does not have it")
    return Answer(text, "assumed", "nothing is known of it in Debian's build")
