"""What Spack's recipes tell a catalog: names, versions, checksums, coordinates, providers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackbridge.catalog.facts import Fact, coordinate, coordinates_in, repository_in
from stackbridge.catalog.spelling import language_of
from stackbridge.ecosystems.spack.index import CatalogEntry, Index, catalog_entries

__all__ = ["fact_of", "facts"]


def facts(index: Index) -> Iterator[Fact]:
    """One fact for each package that can be installed, and one for each virtual one."""
    seen = set()
    for entry in catalog_entries(index):
        seen.add(entry.name)
        yield fact_of(entry)
    for virtual in index.virtuals():
        if virtual not in seen and virtual in index:
            yield Fact(ecosystem="spack", name=virtual, kind="virtual")


def fact_of(entry: CatalogEntry) -> Fact:
    """The fact of one package."""
    language = language_of("spack", entry.name)
    coordinates: set[str] = set()
    for registry, name, of in (
        ("pypi", entry.pypi, "python"),
        ("cran", entry.cran, "r"),
        ("bioconductor", entry.bioc, "r"),
        ("cpan", entry.cpan, "perl"),
    ):
        if name:
            coordinates.add(coordinate(registry, name))
            language = language or of
    urls = [url for url in (entry.url, entry.git) if url]
    urls += [url for _, _, url, _ in entry.versions if url]
    homepages = [entry.homepage] if entry.homepage else []
    coordinates.update(coordinates_in([*urls, *homepages]))
    return Fact(
        ecosystem="spack",
        name=entry.name,
        language=language,
        versions=tuple(dict.fromkeys(version for version, _, _, _ in entry.versions)),
        sources=tuple(
            (digest, version, "") for version, digest, _, _ in entry.versions if len(digest) == 64
        ),
        coordinates=tuple(sorted(coordinates)),
        repositories=tuple(
            sorted({repo for url in [*urls, *homepages] if (repo := repository_in(url))})
        ),
        homepages=tuple(homepages),
        provides=tuple(sorted({re.split(r"[\s@~+%]", item.strip())[0] for item in entry.provides})),
    )
