"""What Guix offers: its package collection as JSON, as a catalog and a lookup need it.

The file is a dump of a Guix release: an object with `guix_version` and `packages`, each with
name, version, homepage, source (method, urls or git, hash), build system and properties.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stackbridge.catalog.facts import Fact, coordinate, coordinates_in, repository_in
from stackbridge.catalog.spelling import language_of
from stackbridge.errors import InputError

__all__ = ["facts", "load"]

_REGISTRY = {"pypi": "pypi", "pyproject": "pypi", "python": "pypi"}


def load(path: Path) -> dict[str, Any]:
    """Read the dump, compressed or not. Raises InputError when it is broken."""
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        document = json.loads(raw)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise InputError(
            f"the Guix package list can't be read: {error}",
            file=str(path),
            hint="expected JSON with `guix_version` and `packages`, perhaps with gzip",
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("packages"), list):
        raise InputError(
            "this is no Guix package list",
            file=str(path),
            hint="expected JSON with `guix_version` and `packages`",
        )
    return document


def facts(document: Mapping[str, Any], file: str | None = None) -> Iterator[Fact]:
    """One fact for each package name. Raises InputError for a package of the wrong shape."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for number, package in enumerate(document["packages"]):
        if (
            not isinstance(package, dict)
            or not isinstance(package.get("name"), str)
            or not isinstance(package.get("version"), str)
        ):
            raise InputError(f"packages[{number}] has no name and version", file=file)
        if not package.get("hidden"):
            found.setdefault(package["name"], []).append(package)
    for name, packages in sorted(found.items()):
        yield _fact(name, packages)


def _fact(name: str, packages: list[Mapping[str, Any]]) -> Fact:
    versions: list[str] = []
    sources: dict[str, tuple[str, str, str]] = {}
    urls: list[str] = []
    homepages: list[str] = []
    coordinates: set[str] = set()
    replaced = None
    language = language_of("guix", name)
    for package in packages:
        if package["version"] not in versions:
            versions.append(package["version"])
        replaced = package.get("superseded_by") or replaced
        homepage = package.get("homepage")
        if isinstance(homepage, str) and homepage and homepage not in homepages:
            homepages.append(homepage)
        source = package.get("source")
        if not isinstance(source, dict):
            continue
        addresses = [url for url in source.get("urls") or () if isinstance(url, str)]
        if isinstance(source.get("git"), str):
            addresses.append(source["git"])
        urls += addresses
        system = package.get("build_system")
        if not language:
            language = {"r": "r", "perl": "perl", "pyproject": "python", "python": "python"}.get(
                str(system), ""
            )
        digest = source.get("hash")
        # Of a checkout Guix hashes the tree, which nobody else does.
        if (
            str(source.get("method", "")).startswith("url-fetch")
            and source.get("algo") == "sha256"
            and isinstance(digest, str)
        ):
            sources.setdefault(digest, (digest, package["version"], str(source.get("file") or "")))
        upstream = (package.get("properties") or {}).get("upstream-name")
        if isinstance(upstream, str) and language in ("python", "r", "perl"):
            registry = {"python": "pypi", "perl": "cpan"}.get(language)
            if language == "r":
                text = " ".join(addresses + homepages)
                registry = "bioconductor" if "bioconductor" in text else "cran"
            if registry:
                coordinates.add(coordinate(registry, upstream))
    coordinates.update(coordinates_in([*urls, *homepages]))
    return Fact(
        ecosystem="guix",
        name=name,
        language=language,
        versions=tuple(versions),
        sources=tuple(sources.values()),
        coordinates=tuple(sorted(coordinates)),
        repositories=tuple(
            sorted({repo for url in [*urls, *homepages] if (repo := repository_in(url))})
        ),
        homepages=tuple(homepages),
        replaced_by=replaced if isinstance(replaced, str) else None,
    )
