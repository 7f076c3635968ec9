"""What one ecosystem's recipes say of one name: the only thing that `build` looks at.

The ecosystems' indexes make `Fact`s; whatever is not in a recipe is not in a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from stackbridge.catalog.identity import Binary, Inside

__all__ = ["Fact", "Inputs", "coordinates_in", "homepage_key", "repository_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One name of one ecosystem.

    `sources` are (sha256, version, file name) of the files that are this software itself, not of
    further files which the recipe happens to fetch. `coordinates` are `registry:name`,
    `repositories` `host/owner/name` in lower case. `versions` newest last where known.
    """

    ecosystem: str
    name: str
    kind: str = "software"
    language: str = ""
    versions: tuple[str, ...] = ()
    sources: tuple[tuple[str, str, str], ...] = ()
    coordinates: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    homepages: tuple[str, ...] = ()
    inside: tuple[Inside, ...] = ()
    binaries: tuple[Binary, ...] = ()
    provides: tuple[str, ...] = ()
    releases: tuple[tuple[str, str], ...] = ()
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything a catalog is made of.

    `provenance` maps an ecosystem to commit or release; `bundles` maps (ecosystem, bundle) to
    its full versions and their members, each (name, version, kind).
    """

    facts: tuple[Fact, ...]
    provenance: dict[str, str] = field(default_factory=dict)
    bundles: dict[tuple[str, str], dict[str, tuple[tuple[str, str | None, str], ...]]] = field(
        default_factory=dict
    )


_FORGES = re.compile(
    r"(?:https?|git|ssh)://(?:[^/@\s]+@)?(?:www\.)?"
    r"(?P<host>github\.com|gitlab\.[a-z0-9.-]+|[a-z0-9-]*git(?:lab|hub)?[a-z0-9-]*(?:\.[a-z0-9-]+)+"
    r"|bitbucket\.org|codeberg\.org|git\.sr\.ht|gitee\.com)"
    r"/(?P<path>[^?#\s]+)",
    re.IGNORECASE,
)
_STOP = {
    "archive",
    "releases",
    "tarball",
    "-",
    "raw",
    "tree",
    "blob",
    "get",
    "downloads",
    "zipball",
}


def repository_in(url: str) -> str | None:
    """`host/owner/name` of the forge repository that an address lies in, or None."""
    text = url.replace("git@github.com:", "https://github.com/")
    found = _FORGES.match(text)
    if not found:
        return None
    host = found["host"].lower()
    if host.endswith("github.io"):
        return None
    parts = [part for part in found["path"].split("/") if part]
    kept: list[str] = []
    for part in parts:
        if len(kept) >= 2 and (part in _STOP or host in ("github.com", "bitbucket.org")):
            break
        kept.append(part)
    if len(kept) < 2 or any("%" in part or "{" in part for part in kept):
        return None
    name = "/".join(kept).lower()
    return f"{host}/{name.removesuffix('.git').rstrip('/')}"


_COORDINATES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("pypi", re.compile(r"pypi://(?P<name>[\w.-]+)")),
    (
        "pypi",
        re.compile(
            r"(?:files\.pythonhosted\.org|pypi\.(?:python\.)?(?:org|io))/packages/(?:source|"
            r"[\w.]+)/\w/(?P<name>[\w.-]+)/"
        ),
    ),
    ("pypi", re.compile(r"pypi\.(?:python\.)?org/(?:project|pypi|simple)/(?P<name>[\w.-]+)")),
    ("pypi", re.compile(r"pypi\.io/packages/source/\w/(?P<name>[\w.-]+)/")),
    ("cran", re.compile(r"src/contrib/(?:Archive/[\w.]+/)?(?P<name>[A-Za-z][\w.]*)_\d")),
    ("cran", re.compile(r"(?:cran\.r-project\.org|CRAN\.R-project\.org)/package=(?P<name>[\w.]+)")),
    (
        "cran",
        re.compile(
            r"(?:cran\.r-project\.org|cloud\.r-project\.org)/web/packages/(?P<name>[\w.]+)",
            re.IGNORECASE,
        ),
    ),
    (
        "bioconductor",
        re.compile(r"bioconductor\.org/packages/(?!\d|release|devel|data)(?P<name>[\w.]+)/?$"),
    ),
    (
        "bioconductor",
        re.compile(
            r"bioconductor\.org/packages/(?:release|devel|[\d.]+)/"
            r"(?:bioc|data/\w+|workflows)/(?:html/|src/contrib/)(?P<name>[A-Za-z][\w.]*?)(?:\.html|_)"
        ),
    ),
    ("bioconductor", re.compile(r"git\.bioconductor\.org/packages/(?P<name>[\w.]+)")),
    (
        "cpan",
        re.compile(
            r"(?:authors/id/(?:\w/)?(?:\w\w/)?[\w-]+/(?:[\w-]+/)*|cpan://[\w/]*?)"
            r"(?P<name>[A-Za-z][\w+-]*?)-v?\d[\w.]*(?:-TRIAL)?\.(?:tar|tgz|zip)"
        ),
    ),
    ("cpan", re.compile(r"metacpan\.org/(?:dist|release)/(?P<name>[A-Z][\w-]+)/?$")),
    (
        "gem",
        re.compile(r"rubygems\.org/(?:gems|downloads)/(?P<name>[\w-]+?)(?:-\d[\w.]*\.gem|/?$)"),
    ),
    ("crates", re.compile(r"crates\.io/(?:api/v1/)?crates/(?P<name>[\w-]+)")),
)


def coordinate(registry: str, name: str) -> str:
    """`registry:name`, with the name in the registry's own normal form."""
    if registry == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
    elif registry == "cpan":
        name = name.replace("::", "-")
    elif registry == "crates":
        name = name.replace("_", "-").lower()
    return f"{registry}:{name}"


def coordinates_in(urls: Iterable[str]) -> tuple[str, ...]:
    """Registry coordinates that addresses tell, sorted."""
    found: set[str] = set()
    for url in urls:
        for registry, pattern in _COORDINATES:
            match = pattern.search(url)
            if match:
                where = registry
                if registry == "cran" and "bioconductor.org" in url.lower():
                    where = "bioconductor"
                found.add(coordinate(where, match["name"]))
                break
    return tuple(sorted(found))


_GENERIC = re.compile(
    r"^(?:github\.com|gitlab\.com|sourceforge\.net|bioconductor\.org|cran\.r-project\.org|"
    r"pypi\.org|gnu\.org|software\.intel\.com|nvidia\.com|developer\.nvidia\.com|x\.org|kde\.org|"
    r"xorg\.freedesktop\.org|cgit\.freedesktop\.org|gitlab\.freedesktop\.org|gnome\.org|"
    r"metacpan\.org|apache\.org|python\.org|docs\.python\.org|r-project\.org|perl\.org)/?$"
)


def homepage_key(url: str) -> str | None:
    """A homepage in a form that can be compared, or None where it says nothing."""
    text = re.sub(r"^[a-z+]+://", "", url.strip().lower())
    text = re.sub(r"^www\.", "", text).split("#")[0].split("?")[0]
    text = re.sub(r"/(?:index\.\w+|home|main)?/*$", "", text).rstrip("/")
    if not text or "." not in text or _GENERIC.match(text) or _GENERIC.match(text + "/"):
        return None
    return text
