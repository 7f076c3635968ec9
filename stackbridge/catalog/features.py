"""Features: how each ecosystem delivers what Spack calls a variant.

`to` answers in one direction (`+cuda` in EasyBuild is the versionsuffix `-CUDA-{version}`),
`of` in the other. Rows stand in `features.yaml`, each with its evidence; names which the
catalog knows to stand for a feature (`FFTW.MPI` for `+mpi`) come first, and a variant named
after a package (`+hdf5`) is that package as a dependency.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackbridge.catalog.identity import Identity
from stackbridge.errors import InputError

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog

__all__ = ["KINDS", "Means", "Row", "known", "load_rows", "of", "to"]

KINDS = (
    "name",
    "versionsuffix",
    "toolchain",
    "toolchainopt",
    "configopt",
    "parameter",
    "dependency",
    "package",
    "variant",
    "always",
    "never",
    "ask",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """One way of having a feature: `kind` is one of `KINDS`; `{version}` in `value` stays open."""

    kind: str
    value: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One feature (`+mpi`, `precision=*`) and what stands for it in each ecosystem."""

    feature: str
    identities: tuple[str, ...]
    means: tuple[tuple[str, Means], ...]
    evidence: str

    def matches(self, feature: str) -> bool:
        """Whether this row speaks of the feature; `cxxstd=*` speaks of any value."""
        if self.feature.endswith("=*"):
            return feature.startswith(self.feature[:-1])
        return self.feature == feature


def load_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a file. Raises InputError for one of the wrong shape."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"the features can't be read: {error}", file=str(path)) from error
    if not isinstance(document, list):
        raise InputError("the features must be a list of rows", file=str(path))
    return tuple(row for number, item in enumerate(document) for row in _rows(number, item, path))


def _rows(number: int, item: Any, path: Path) -> Iterator[Row]:
    wrong = InputError(f"row {number} has a wrong shape", file=str(path))
    if not isinstance(item, dict) or not isinstance(item.get("evidence"), str):
        raise wrong
    features = item.get("feature")
    features = features if isinstance(features, list) else [features]
    means: list[tuple[str, Means]] = []
    for ecosystem, entries in item.items():
        if ecosystem in ("feature", "of", "evidence"):
            continue
        if not isinstance(entries, list):
            raise wrong
        for entry in entries:
            kind, _, value = str(entry).partition(" ")
            value = value.strip().strip('"')
            if kind not in KINDS or not value:
                raise InputError(f"row {number}: `{entry}` is no means", file=str(path))
            means.append((ecosystem, Means(kind=kind, value=value, evidence=item["evidence"])))
    for feature in features:
        if not isinstance(feature, str) or not re.match(r"[+~]\w|\w+=", feature):
            raise wrong
        yield Row(
            feature=feature,
            identities=tuple(item.get("of") or ()),
            means=tuple(means),
            evidence=item["evidence"],
        )


@lru_cache(maxsize=1)
def _table() -> tuple[Row, ...]:
    return load_rows(Path(__file__).with_name("features.yaml"))


def _applying(key: str | None, feature: str) -> list[Row]:
    """The rows for this feature, those for this identity alone where there are any."""
    rows = [row for row in _table() if row.matches(feature)]
    own = [row for row in rows if key is not None and key in row.identities]
    if own:
        exact = [row for row in own if row.feature == feature]
        return exact or own
    general = [row for row in rows if not row.identities]
    return [row for row in general if row.feature == feature] or general


def to(
    identity: Identity | None, feature: str, ecosystem: str, catalog: Catalog | None = None
) -> tuple[Means, ...]:
    """How an ecosystem delivers a feature of this software, the best way first.

    `feature` is spelled as in a spec: `+mpi`, `~shared`, `precision=double`. Spack itself
    answers with the variant. Empty when nothing is known. `catalog` lets a variant named
    after a package be answered by that package's name.
    """
    if ecosystem == "spack":
        return (Means(kind="variant", value=feature, evidence="Spack's own spelling"),)
    found: list[Means] = []
    if identity is not None:
        for name in identity.names.get(ecosystem, ()):
            if feature in name.features:
                because = name.evidence[0].detail if name.evidence else "a name of its own"
                found.append(Means(kind="name", value=name.name, evidence=because))
    main = identity.name(ecosystem) if identity is not None else None
    for row in _applying(identity.key if identity else None, feature):
        for where, means in row.means:
            if where != ecosystem:
                continue
            value = means.value
            if "{name}" in value:
                value = value.replace("{name}", main.name if main else "")
                listed = identity.names.get(ecosystem, ()) if identity is not None else ()
                if means.kind == "name" and all(name.name != value for name in listed):
                    continue  # there is no such package
            if all((old.kind, old.value) != (means.kind, value) for old in found):
                found.append(Means(kind=means.kind, value=value, evidence=means.evidence))
    if not found and catalog is not None and re.fullmatch(r"[+~][\w-]+", feature):
        found += _after_a_package(feature, ecosystem, catalog)
    if not found and feature.startswith("~"):
        found += _without(to(identity, f"+{feature[1:]}", ecosystem, catalog))
    return tuple(found)


def _without(positive: tuple[Means, ...]) -> list[Means]:
    """What switches a feature off, from what switches it on."""
    if not positive:
        return []
    if any(means.kind == "always" for means in positive):
        return [Means(kind="ask", value="recipe", evidence="it is there unless switched off")]
    return [Means(kind="always", value="plain", evidence="it is not there unless asked for")]


def _after_a_package(feature: str, ecosystem: str, catalog: Catalog) -> list[Means]:
    word = feature[1:].replace("_", "-")
    other = catalog.find(word, "spack") or catalog.find(f"py-{word}", "spack")
    name = other.name(ecosystem) if other is not None else None
    if name is None or name.kind not in ("software", "extension"):
        return []
    kind = "dependency" if feature[0] == "+" else "always"
    value = name.name if feature[0] == "+" else "plain"
    return [Means(kind=kind, value=value, evidence="a variant named after what it adds")]


def of(identity: Identity | str | None, ecosystem: str, kind: str, value: str) -> tuple[str, ...]:
    """Features for which something stands: (`versionsuffix`, `-CUDA-12.1.1`) gives `+cuda`.

    Rows for this identity come first. Empty when nothing is known to.
    """
    key = identity.key if isinstance(identity, Identity) else identity
    own: dict[str, None] = {}
    general: dict[str, None] = {}
    for row in _table():
        if row.identities and key not in row.identities:
            continue
        for where, means in row.means:
            if where == ecosystem and means.kind == kind and _means(means.value, value):
                (own if row.identities else general)[row.feature] = None
    if kind == "name" and isinstance(identity, Identity):
        for name in identity.names.get(ecosystem, ()):
            if name.name == value:
                own.update(dict.fromkeys(name.features))
    return (*own, *(feature for feature in general if feature not in own))


def _means(pattern: str, value: str) -> bool:
    if "{version}" not in pattern:
        return pattern == value
    head, _, tail = pattern.partition("{version}")
    return re.fullmatch(re.escape(head) + r"\d[\w.]*" + re.escape(tail), value) is not None


def known(feature: str, identity: Identity | None = None) -> bool:
    """Whether the table speaks of this feature at all."""
    return bool(_applying(identity.key if identity else None, feature))
