"""Identities in others' formats: PEP 804 mapping files and package URLs.

PEP 804 files map registry identifiers (`dep:generic/hdf5`) to what one ecosystem calls them;
their shape is `external-mapping.schema.json` of the PEP's registry (schema version 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from stackbridge.catalog.identity import Identity, Name
from stackbridge.errors import UsageError

__all__ = ["MAPPED", "dependency_id", "mapping", "package_urls"]

MAPPED = ("easybuild", "guix", "spack", "debian")

_ABSTRACT = {
    "c": "dep:abstract/compiler/c",
    "cxx": "dep:abstract/compiler/cpp",
    "fortran": "dep:abstract/compiler/fortran",
    "mpi": "dep:abstract/interface/mpi",
    "blas": "dep:abstract/interface/blas",
    "lapack": "dep:abstract/interface/lapack",
}
_PURL_TYPES = {
    "pypi": "pypi",
    "cran": "cran",
    "bioconductor": "bioconductor",
    "cpan": "cpan",
    "gem": "gem",
    "crates": "cargo",
    "debian": "deb/debian",
    "guix": "guix",
    "spack": "spack",
    "easybuild": "easybuild",
}


def _command(*words: str, several: str = "always", root: bool = False) -> dict[str, Any]:
    return {"command": list(words), "multiple_specifiers": several, "requires_elevation": root}


_MANAGERS: Mapping[str, dict[str, Any]] = {
    "easybuild": {
        "name": "eb",
        "commands": {
            "install": _command("eb", "--robot", "{}"),
            "query": _command("eb", "--search", "{}", several="never"),
        },
        "specifier_syntax": {
            "name_only": ["--software-name={name}"],
            "exact_version": ["--software={name},{version}"],
            "version_ranges": None,
        },
    },
    "guix": {
        "name": "guix",
        "commands": {
            "install": _command("guix", "install", "{}"),
            "query": _command("guix", "package", "--list-installed={}", several="never"),
        },
        "specifier_syntax": {
            "name_only": ["{name}"],
            "exact_version": ["{name}@{version}"],
            "version_ranges": None,
        },
    },
    "spack": {
        "name": "spack",
        "commands": {
            "install": _command("spack", "install", "{}"),
            "query": _command("spack", "find", "{}", several="never"),
        },
        "specifier_syntax": {
            "name_only": ["{name}"],
            "exact_version": ["{name}@={version}"],
            "version_ranges": {
                "syntax": ["{name}@{ranges}"],
                "and": ",",
                "equal": "{version}",
                "greater_than_equal": "{version}:",
                "greater_than": None,
                "less_than_equal": ":{version}",
                "less_than": None,
            },
        },
    },
    "debian": {
        "name": "apt",
        "commands": {
            "install": _command("apt-get", "install", "{}", root=True),
            "query": _command("dpkg-query", "--show", "{}", several="never"),
        },
        "specifier_syntax": {
            "name_only": ["{name}"],
            "exact_version": ["{name}={version}"],
            "version_ranges": None,
        },
    },
}


def dependency_id(identity: Identity) -> str:
    """The PEP 725 identifier: that of a language's registry, or a generic one."""
    if identity.key in _ABSTRACT and identity.virtual:
        return _ABSTRACT[identity.key]
    for registry in ("pypi", "cran", "bioconductor", "cpan"):
        name = identity.name(registry)
        if name is not None and identity.language in ("python", "r", "perl"):
            return f"dep:{registry}/{quote(name.name, safe='.-_')}"
    return f"dep:generic/{quote(identity.key, safe='.-_+')}"


def _specs(ecosystem: str, names: Iterable[Name]) -> tuple[list[str], dict[str, Any]]:
    """Specifiers, and what else is worth knowing of them."""
    main = [name for name in names if name.part is None and name.kind != "former"]
    if ecosystem != "debian":
        return [name.name for name in main[:1]], {}
    binaries = [binary for name in main[:1] for binary in name.binaries]
    suites = {suite for binary in binaries for suite in binary.suites}
    last = max(suites, key=lambda suite: (suite == "trixie", suite), default="")
    current = [binary for binary in binaries if last in binary.suites]
    dev = [binary.name for binary in current if binary.role == "dev"]
    run = [binary.name for binary in current if binary.role in ("runtime", "tools")]
    # The registry's schema has had two names for what is linked against (`build_host`, `host`),
    # so the split is given beside a plain list, which is valid in both.
    return dev + run, {"suite": last, "dev": dev, "run": run}


def mapping(identities: Iterable[Identity], ecosystem: str) -> dict[str, Any]:
    """The PEP 804 mapping file of one ecosystem, for what at least one other knows as well.

    Raises UsageError for an ecosystem without a mapping.
    """
    if ecosystem not in MAPPED:
        raise UsageError(
            f"there is no mapping for `{ecosystem}`", hint=f"there are {', '.join(MAPPED)}"
        )
    rows: dict[str, dict[str, Any]] = {}
    for identity in identities:
        names = [
            name
            for name in identity.names.get(ecosystem, ())
            if name.kind in ("software", "toolchain", "virtual")
        ]
        if not names or len(identity.names) < 2 or identity.virtual:
            continue
        specs, more = _specs(ecosystem, names)
        title = dependency_id(identity)
        if not specs or title in rows:
            continue
        row: dict[str, Any] = {"id": title, "specs": specs[0] if len(specs) == 1 else specs}
        if identity.homepage.startswith(("https://", "http://")):
            row["urls"] = {"homepage": identity.homepage}
        tier = names[0].tier
        if tier is not None:
            more = {"evidence": tier.value, **more}
        if more:
            row["extra_metadata"] = more
        rows[title] = row
    return {
        "schema_version": 1,
        "name": {"easybuild": "EasyBuild", "guix": "GNU Guix", "spack": "Spack"}.get(
            ecosystem, "Debian"
        ),
        "description": "Proven by source checksums, registry names and addresses where possible.",
        "package_managers": [_MANAGERS[ecosystem]],
        "mappings": [rows[title] for title in sorted(rows)],
    }


def package_urls(identity: Identity) -> dict[str, str]:
    """Ecosystem -> package URL of its main name.

    The types of EasyBuild, Guix and Spack are not registered with the purl specification yet.
    """
    result = {}
    for ecosystem, names in identity.names.items():
        kind = _PURL_TYPES.get(ecosystem)
        if kind is None or not names:
            continue
        name = names[0].name.replace("::", "-") if ecosystem == "cpan" else names[0].name
        result[ecosystem] = f"pkg:{kind}/{quote(name, safe='.-_')}"
    return result
