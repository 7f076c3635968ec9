"""What an identity is: one piece of software, its names everywhere, and the proof of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

__all__ = [
    "Binary",
    "Evidence",
    "Identity",
    "Inside",
    "Name",
    "Relation",
    "Tier",
    "from_plain",
    "to_plain",
]


class Tier(str, Enum):
    """What stands behind a pair of names, strongest first; `CURATED` was decided by people."""

    CHECKSUM = "checksum"
    REGISTRY = "registry"
    REPOSITORY = "repository"
    HOMEPAGE = "homepage"
    NAME = "name"
    CURATED = "curated"


TIERS: tuple[Tier, ...] = tuple(Tier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a name belongs here.

    `against` is the name it was compared with (`spack:fftw`), `count` how many files,
    coordinates or versions agree, `detail` one of them or a rule's reason.
    """

    tier: Tier
    against: str
    detail: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """An installation that carries this software: `SciPy-bundle/2024.05-gfbf-2024a` has 1.26.4.

    `private`: the bundle carries it for its own needs only.
    """

    bundle: str
    bundle_version: str
    version: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """A binary package made from a source package.

    `role` is runtime, dev, doc, data, debug, tools, or other; `suites` the releases which have it.
    """

    name: str
    role: str
    suites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What one ecosystem calls the software.

    `kind` is software, extension (a language package inside a bundle), component, toolchain,
    virtual, or registry. `features` are features of the identity which this name stands for
    (`+mpi` for `FFTW.MPI`). `part` names the piece when this name is only a part of the whole
    (`mpi` of Boost). `only` is a regular expression over the versions which belong to this
    identity where a name is shared by several (`OpenFOAM`). `releases` maps a release of a
    distribution to the version it holds.
    """

    ecosystem: str
    name: str
    kind: str = "software"
    versions: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    features: tuple[str, ...] = ()
    part: str | None = None
    only: str | None = None
    inside: tuple[Inside, ...] = ()
    binaries: tuple[Binary, ...] = ()
    releases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def tier(self) -> Tier | None:
        """The strongest tier among the evidence; None for the name that founds the identity."""
        found = [evidence.tier for evidence in self.evidence]
        return min(found, key=TIERS.index) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How this identity stands to another which is not the same.

    `kind`: shares-source, part-of, has-part, member-of, has-member, fork-of, forked-as,
    provides, provided-by, replaces, replaced-by, not-same. `other` is a key.
    """

    kind: str
    other: str
    reason: str = ""
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One piece of software. `key` is Spack's name where Spack has it.

    `names` maps an ecosystem to its names, the main one first. `absent` maps an ecosystem
    which is known not to have it to the reason.
    """

    key: str
    names: Mapping[str, tuple[Name, ...]] = field(default_factory=lambda: MappingProxyType({}))
    relations: tuple[Relation, ...] = ()
    absent: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    homepage: str = ""
    language: str = ""
    virtual: bool = False

    def name(self, ecosystem: str) -> Name | None:
        """The main name there, or None."""
        names = self.names.get(ecosystem, ())
        return names[0] if names else None

    def related(self, kind: str) -> tuple[Relation, ...]:
        """The relations of one kind."""
        return tuple(relation for relation in self.relations if relation.kind == kind)


def _name_to_plain(name: Name) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": name.name}
    if name.kind != "software":
        plain["kind"] = name.kind
    if name.versions:
        plain["versions"] = list(name.versions)
    if name.evidence:
        plain["evidence"] = [
            {
                "tier": item.tier.value,
                "against": item.against,
                **({"detail": item.detail} if item.detail else {}),
                **({"count": item.count} if item.count != 1 else {}),
            }
            for item in name.evidence
        ]
    if name.features:
        plain["features"] = list(name.features)
    if name.part:
        plain["part"] = name.part
    if name.only:
        plain["only"] = name.only
    if name.inside:
        plain["inside"] = [
            {
                "bundle": item.bundle,
                "bundle_version": item.bundle_version,
                **({"version": item.version} if item.version is not None else {}),
                **({"private": True} if item.private else {}),
            }
            for item in name.inside
        ]
    if name.binaries:
        plain["binaries"] = [
            {"name": item.name, "role": item.role, "suites": list(item.suites)}
            for item in name.binaries
        ]
    if name.releases:
        plain["releases"] = dict(name.releases)
    return plain


def to_plain(identity: Identity) -> dict[str, Any]:
    """The identity as JSON values; empty fields are left out."""
    plain: dict[str, Any] = {
        "key": identity.key,
        "names": {
            ecosystem: [_name_to_plain(name) for name in names]
            for ecosystem, names in identity.names.items()
        },
    }
    if identity.relations:
        plain["relations"] = [
            {
                "kind": item.kind,
                "other": item.other,
                **({"reason": item.reason} if item.reason else {}),
                **({"when": item.when} if item.when else {}),
            }
            for item in identity.relations
        ]
    if identity.absent:
        plain["absent"] = dict(identity.absent)
    if identity.homepage:
        plain["homepage"] = identity.homepage
    if identity.language:
        plain["language"] = identity.language
    if identity.virtual:
        plain["virtual"] = True
    return plain


def _name_from_plain(ecosystem: str, plain: Mapping[str, Any]) -> Name:
    return Name(
        ecosystem=ecosystem,
        name=plain["name"],
        kind=plain.get("kind", "software"),
        versions=tuple(plain.get("versions", ())),
        evidence=tuple(
            Evidence(
                tier=Tier(item["tier"]),
                against=item["against"],
                detail=item.get("detail", ""),
                count=item.get("count", 1),
            )
            for item in plain.get("evidence", ())
        ),
        features=tuple(plain.get("features", ())),
        part=plain.get("part"),
        only=plain.get("only"),
        inside=tuple(
            Inside(
                bundle=item["bundle"],
                bundle_version=item["bundle_version"],
                version=item.get("version"),
                private=item.get("private", False),
            )
            for item in plain.get("inside", ())
        ),
        binaries=tuple(
            Binary(name=item["name"], role=item["role"], suites=tuple(item.get("suites", ())))
            for item in plain.get("binaries", ())
        ),
        releases=MappingProxyType(dict(plain.get("releases", {}))),
    )


def from_plain(plain: Mapping[str, Any]) -> Identity:
    """The inverse of `to_plain`. Raises KeyError, TypeError or ValueError on a wrong shape."""
    return Identity(
        key=plain["key"],
        names=MappingProxyType(
            {
                ecosystem: tuple(_name_from_plain(ecosystem, name) for name in names)
                for ecosystem, names in plain["names"].items()
            }
        ),
        relations=tuple(
            Relation(
                kind=item["kind"],
                other=item["other"],
                reason=item.get("reason", ""),
                when=item.get("when"),
            )
            for item in plain.get("relations", ())
        ),
        absent=MappingProxyType(dict(plain.get("absent", {}))),
        homepage=plain.get("homepage", ""),
        language=plain.get("language", ""),
        virtual=plain.get("virtual", False),
    )
