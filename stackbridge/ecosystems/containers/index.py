"""What Debian 12 offers: software -> binary packages, its version, what it is built with.

Two tables, by the catalog's keys (Spack's names where Spack has the software):
* `data/debian-packages.json`, written by hand from Debian's package and file lists. `easybuild`
  and `also` are other names of the same software; of features, `has` are those Debian's build
  has, `lacks` those it is known not to have, `adds` those which further packages bring,
  `replaces` those which other packages bring instead;
* `data/debian-index.json`, made by `tools/make_debian_index.py` from the catalog: version and
  packages of everything else, of whose features nothing is known.
The tests check both against apt.
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
    "indexed",
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

    `version` is upstream's, None for a bundle; `environment` what must be set for it to work.
    """

    name: str
    packages: tuple[str, ...]
    version: Version | None
    features: tuple[Answer, ...] = ()
    environment: Mapping[str, str]


def _fold(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())


@lru_cache(maxsize=1)
def _software() -> dict[str, dict[str, Any]]:
    text = files("stackbridge").joinpath("data/debian-packages.json").read_text("utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)["software"]
    return table


@lru_cache(maxsize=1)
def _others() -> dict[str, list[str]]:
    text = files("stackbridge").joinpath("data/debian-index.json").read_text("utf-8")
    table: dict[str, list[str]] = json.loads(text)
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
    """The keys of all software whose features are described."""
    return tuple(_software())


def indexed() -> tuple[str, ...]:
    """The keys of all other software."""
    return tuple(_others())


def suggest(name: str) -> tuple[str, ...]:
    """Keys that look like this name."""
    import difflib

    keys = (*known(), *indexed())
    return tuple(difflib.get_close_matches(_fold(name), keys, n=3, cutoff=0.8))


def packages_for(
    name: str,
    features: Iterable[Feature] = (),
    *,
    names: str | None = None,
    catalog: str | None = None,
) -> Offer | None:
    """What Debian 12 has of this software, or None.

    `names` says whose name it is, as in `Stack`; `catalog` is another catalog than the
    shipped one. Upper case, `_` and `.` don't matter.
    """
    key = _key(name, names, catalog)
    if key is None:
        return None
    entry = _software().get(key) or _indexed_entry(key)
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
        environment=entry.get("environment", {}),
    )


def _key(name: str, names: str | None, catalog: str | None) -> str | None:
    """The key of a table: through the catalog where the name is not in its own words."""
    folded = _fold(name)
    if names not in {None, "spack"} and name:
        from stackbridge.catalog.lookup import Catalog

        with Catalog.open(catalog) as book:
            identity = book.find(name, names)
        if identity is not None and (identity.key in _software() or identity.key in _others()):
            return identity.key
    return _names().get(folded) or next((k for k in (name, folded) if k in _others()), None)


def _indexed_entry(key: str) -> dict[str, Any]:
    version, *packages = _others()[key]
    return {"version": version, "packages": packages}


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
