"""Which names a package has in each ecosystem, and which versions exist there.

`Offers` is what the rules need to know; the catalog answers through `CatalogOffers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from stackbridge.catalog.spelling import language_of

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Name
    from stackbridge.catalog.lookup import Catalog

__all__ = ["CatalogOffers", "NoOffers", "Offered", "Offers", "plain_names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One name in one ecosystem.

    `extension`: a language package, which comes inside a bundle. `versions` may be empty: not
    known. `only` is a regular expression over versions, where several share a name. `bundles`
    are (name, version, version of this package in it). `evidence` says why this name is the
    right one.
    """

    name: str
    extension: bool = False
    versions: tuple[str, ...] = ()
    bundles: tuple[tuple[str, str, str | None], ...] = ()
    evidence: str = ""
    only: str | None = None

    def covers(self, version: str) -> bool:
        """Whether that version under this name is this software."""
        return self.only is None or re.fullmatch(self.only, version) is not None


class Offers(Protocol):
    """Answers about names."""

    def offered(
        self, name: str, vocabulary: str | None, ecosystem: str, version: str | None = None
    ) -> tuple[Offered, ...] | None:
        """The names of a software in an ecosystem; None when the software is not known.

        An empty tuple: known, but not in that ecosystem. `version` tells forks apart which
        share a name, such as OpenFOAM's.
        """

    def suggest(self, name: str, vocabulary: str | None) -> tuple[str, ...]:
        """Near misses of a name."""


def plain_names(name: str, vocabulary: str | None) -> tuple[Offered, ...]:
    """The same name, without any catalog: `py-numpy` may be the extension `numpy`."""
    language = language_of(vocabulary or "spack", name)
    if language in ("python", "r", "perl"):
        short = name.partition("-")[2]
        return (
            Offered(name=short, extension=True, evidence="same name"),
            Offered(name=short, evidence="same name"),
        )
    return (
        Offered(name=name, evidence="same name"),
        Offered(name=name, extension=True, evidence="same name"),
    )


class NoOffers:
    """No catalog: nothing is known but that equal names are equal."""

    def offered(
        self, name: str, vocabulary: str | None, ecosystem: str, version: str | None = None
    ) -> tuple[Offered, ...] | None:
        """Nothing is known."""
        return None

    def suggest(self, name: str, vocabulary: str | None) -> tuple[str, ...]:
        """No suggestions."""
        return ()


def _from_name(found: Name) -> Offered:
    tier = found.tier
    return Offered(
        name=found.name,
        extension=found.kind in ("extension", "component"),
        versions=found.versions,
        bundles=tuple(
            (inside.bundle, inside.bundle_version, inside.version)
            for inside in found.inside
            if not inside.private
        ),
        evidence=f"catalog: {tier.value}" if tier else "catalog",
        only=found.only,
    )


class CatalogOffers:
    """The catalog's answers, kept for the time of one check."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: dict[tuple[str | None, ...], tuple[Offered, ...] | None] = {}

    def offered(
        self, name: str, vocabulary: str | None, ecosystem: str, version: str | None = None
    ) -> tuple[Offered, ...] | None:
        """See `Offers`."""
        key = (name, vocabulary, ecosystem, version)
        if key not in self._kept:
            identity = self._catalog.find(name, vocabulary, version)
            if identity is None:
                self._kept[key] = None
            else:
                names = identity.names.get(ecosystem, ())
                self._kept[key] = tuple(_from_name(found) for found in names)
        return self._kept[key]

    def suggest(self, name: str, vocabulary: str | None) -> tuple[str, ...]:
        """See `Offers`."""
        return tuple(self._catalog.suggest(name))[:3]
