"""From facts and rules to identities: the whole catalog, in memory, always the same.

`match` says which names are one software; here each cluster gets its key, its names with
versions and evidence, its relations, and what is known to be absent.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from stackbridge.catalog.absence import searched
from stackbridge.catalog.facts import Fact, Inputs
from stackbridge.catalog.identity import TIERS, Evidence, Identity, Name, Relation, Tier
from stackbridge.catalog.matching import Cluster, match
from stackbridge.catalog.rules import Rules
from stackbridge.catalog.spelling import fold
from stackbridge.hub.versions import Version

__all__ = ["Built", "build"]

ECOSYSTEMS = ("spack", "easybuild", "guix", "debian")
REGISTRIES = ("pypi", "cran", "bioconductor", "cpan", "gem", "crates")
_KEY_PREFIX = {"python": "py-", "r": "r-", "perl": "perl-", "ruby": "ruby-", "julia": "julia-"}
_FOREIGN = ("python3-", "python-", "r-cran-", "r-bioc-", "r-other-", "r-", "perl-", "ruby-")
_PART_FEATURES = {
    "mpi": "+mpi",
    "openmpi": "+mpi",
    "parallel": "+mpi",
    "parallel-openmpi": "+mpi",
    "cuda": "+cuda",
    "rocm": "+rocm",
    "python": "+python",
    "static": "~shared",
    "ilp64": "+ilp64",
}
EVIDENCE_KEPT = 4


@dataclass(slots=True, kw_only=True)
class Built:
    """What came of it, ready for `store.write`."""

    identities: tuple[Identity, ...]
    bundles: dict[tuple[str, str], Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Draft:
    """An identity in the making."""

    key: str
    names: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    relations: list[Relation] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    homepage: str = ""
    language: str = ""
    virtual: bool = False
    nodes: list[int] = field(default_factory=list)


@lru_cache(maxsize=200_000)
def _order(version: str) -> tuple[int, Any]:
    try:
        return 1, Version(version)
    except ValueError:
        return 0, version


def _sorted_versions(versions: Iterable[str]) -> tuple[str, ...]:
    rows = [(version, _order(version)) for version in dict.fromkeys(versions)]
    good = sorted((row for row in rows if row[1][0]), key=lambda row: (row[1][1], row[0]))
    return tuple(sorted(row[0] for row in rows if not row[1][0])) + tuple(row[0] for row in good)


def _best(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The strongest row against each name, the strongest first, at most a few."""
    chosen: dict[str, Evidence] = {}
    for row in sorted(evidence, key=lambda row: (TIERS.index(row.tier), -row.count, row.against)):
        chosen.setdefault(row.against, row)
    return tuple(chosen.values())[:EVIDENCE_KEPT]


def _key_of(fact: Fact) -> str:
    if fact.ecosystem == "spack":
        return fact.name
    name = fold(fact.name)
    if fact.ecosystem in ("guix", "debian"):
        for prefix in _FOREIGN:
            if name.startswith(prefix):
                name = name[len(prefix) :]
                break
        if fact.ecosystem == "debian" and fact.language == "perl":
            name = name.removeprefix("lib").removesuffix("-perl")
    prefix = _KEY_PREFIX.get(fact.language, "")
    if fact.ecosystem == "easybuild" and fact.kind == "software" and fact.language != "r":
        prefix = ""
    return name if name.startswith(prefix) else prefix + name


def build(
    inputs: Inputs,
    rules: Rules,
    progress: Callable[[str], None] = lambda _step: None,
    tiers: frozenset[Tier] = frozenset(TIERS),
) -> Built:
    """The catalog of these inputs. `progress` hears the name of each step."""
    facts = sorted(
        inputs.facts, key=lambda fact: (fact.ecosystem, fact.name, fact.kind, fact.language)
    )
    progress("matching names")
    clusters = match(facts, rules.ruling, tiers)
    progress("assembling identities")
    drafts, where = _drafts(facts, clusters, rules)
    by_key = {draft.key: draft for draft in drafts}
    for cluster in clusters:
        for node in sorted(cluster.shares):
            one, other = where.get(cluster.members[0]), where.get(node)
            if one is not None and other is not None and one is not other:
                _relate(one, "shares-source", other.key)
                _relate(other, "shares-source", one.key)
    unused = _apply_rules(facts, rules, by_key, where)
    _virtuals(facts, rules, by_key, where)
    progress("looking for what is absent")
    _absences(facts, clusters, where, rules, inputs)
    identities = tuple(_finish(draft) for draft in sorted(by_key.values(), key=lambda d: d.key))
    return Built(
        identities=identities,
        bundles=_bundles(inputs, facts, where),
        meta={
            "inputs": dict(sorted(inputs.provenance.items())),
            "counts": _counts(identities),
        },
        unused=tuple(unused),
    )


def _wanted(facts: Sequence[Fact], cluster: Cluster, rules: Rules) -> bool:
    """Debian's sources and Guix's packages that nobody else has stay out."""
    places = {facts[node].ecosystem for node in cluster.members}
    if places & {"spack", "easybuild"} or len(places) > 1:
        return True
    return any(
        (facts[node].ecosystem, facts[node].name) in rules.ruling.apart for node in cluster.members
    )


def _drafts(
    facts: Sequence[Fact], clusters: Sequence[Cluster], rules: Rules
) -> tuple[list[_Draft], dict[int, _Draft]]:
    drafts: list[_Draft] = []
    where: dict[int, _Draft] = {}
    taken: set[str] = set()
    order = {name: position for position, name in enumerate(ECOSYSTEMS)}
    kinds = {"software": 0, "toolchain": 0, "extension": 1, "component": 2}

    def rank(cluster: Cluster, node: int) -> tuple[Any, ...]:
        fact = facts[node]
        return (
            bool(cluster.parts.get(node)),
            order.get(fact.ecosystem, 9),
            kinds.get(fact.kind, 3),
            (fact.ecosystem, fact.name) not in rules.preferred,
        )

    def sorted_members(cluster: Cluster) -> list[int]:
        """The main name of each ecosystem first: the preferred one, else the newest."""
        members = sorted(cluster.members, key=lambda node: facts[node].name)
        members.sort(
            key=lambda node: max(map(_order, facts[node].versions), default=(-1, "")), reverse=True
        )
        return sorted(members, key=lambda node: rank(cluster, node))

    wanted = [cluster for cluster in clusters if _wanted(facts, cluster, rules)]
    ranked = sorted(
        ((sorted_members(cluster), cluster) for cluster in wanted),
        key=lambda row: (rank(row[1], row[0][0]), facts[row[0][0]].name, row[0][0]),
    )
    for members, cluster in ranked:
        fact = facts[members[0]]
        key = _key_of(fact)
        if key in taken:
            key = f"{key}.{fact.ecosystem}"
        while key in taken:
            key += "-2"
        taken.add(key)
        languages = sorted({facts[node].language for node in cluster.members} - {""})
        draft = _Draft(key=key, language=languages[0] if languages else "")
        for node in members:
            where[node] = draft
            draft.nodes.append(node)
            draft.names[facts[node].ecosystem].append(
                _name(facts[node], cluster.parts.get(node), cluster.evidence.get(node, ()))
            )
            if not draft.homepage and facts[node].homepages:
                draft.homepage = facts[node].homepages[0]
        _registry_names(draft, [facts[node] for node in cluster.members])
        drafts.append(draft)
    return drafts, where


def _name(fact: Fact, part: str | None, evidence: Iterable[Evidence]) -> Name:
    feature = _PART_FEATURES.get(part or "")
    return Name(
        ecosystem=fact.ecosystem,
        name=fact.name,
        kind=fact.kind,
        versions=_sorted_versions(fact.versions),
        evidence=_best(evidence),
        features=(feature,) if feature else (),
        part=part or None,
        inside=fact.inside,
        binaries=fact.binaries,
        releases=MappingProxyType(dict(fact.releases)),
    )


def _registry_names(draft: _Draft, facts: Iterable[Fact]) -> None:
    """The registries' own names, those first which most recipes give."""
    support: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        for coordinate in fact.coordinates:
            if coordinate.partition(":")[0] in REGISTRIES:
                support[coordinate].append(f"{fact.ecosystem}:{fact.name}")
    for coordinate, by in sorted(support.items(), key=lambda row: (-len(row[1]), row[0])):
        registry, _, name = coordinate.partition(":")
        draft.names[registry].append(
            Name(
                ecosystem=registry,
                name=name,
                kind="registry",
                evidence=(
                    Evidence(tier=Tier.REGISTRY, against=by[0], detail=coordinate, count=len(by)),
                ),
            )
        )


def _relate(
    draft: _Draft, kind: str, other: str, reason: str = "", when: str | None = None
) -> None:
    row = Relation(kind=kind, other=other, reason=reason, when=when)
    if row not in draft.relations:
        draft.relations.append(row)


def _apply_rules(
    facts: Sequence[Fact], rules: Rules, by_key: dict[str, _Draft], where: dict[int, _Draft]
) -> list[str]:
    """Parts, forks, bundles, former names, not-same; returns the rules that met nothing."""
    unused: list[str] = []
    nodes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for node, fact in enumerate(facts):
        nodes[fact.ecosystem, fact.name].append(node)
    for part in rules.parts:
        whole = by_key.get(part.whole)
        found = [node for node in nodes.get((part.ecosystem, part.name), ()) if node in where]
        if whole is None or not found:
            unused.append(f"splits-into {part.whole}: {part.ecosystem}:{part.name}")
            continue
        for node in found:
            alone = where[node]
            name = next(
                name
                for name in alone.names[part.ecosystem]
                if name.name == part.name and name.kind == facts[node].kind
            )
            alone.names[part.ecosystem].remove(name)
            if alone is not whole and alone.nodes == [node]:
                by_key.pop(alone.key, None)
            evidence = Evidence(
                tier=Tier.CURATED, against=f"spack:{part.whole}", detail=part.reason
            )
            whole.names[part.ecosystem].append(
                replace(name, part=part.part, features=part.features, evidence=(evidence,))
            )
            where[node] = whole
            whole.nodes.append(node)
    for fork in rules.forks:
        _fork(fork, by_key, unused)
    for bundle in rules.bundles:
        drafts = [
            where[node] for node in nodes.get((bundle.ecosystem, bundle.name), ()) if node in where
        ]
        if not drafts:
            unused.append(f"bundle-of {bundle.ecosystem}:{bundle.name}")
            continue
        for key in bundle.members:
            if key not in by_key:
                unused.append(f"bundle-of {bundle.name}: {key}")
                continue
            _relate(drafts[0], "has-member", key, bundle.reason)
            _relate(by_key[key], "member-of", drafts[0].key, bundle.reason)
    for row in rules.renamed:
        if row.now not in by_key:
            unused.append(f"renamed {row.name}: {row.now}")
            continue
        evidence = Evidence(tier=Tier.CURATED, against=f"spack:{row.now}", detail=row.reason)
        by_key[row.now].names[row.ecosystem].append(
            Name(ecosystem=row.ecosystem, name=row.name, kind="former", evidence=(evidence,))
        )
    for one, other, reason in rules.not_same:
        first = [where[node] for node in nodes.get(one, ()) if node in where]
        second = [where[node] for node in nodes.get(other, ()) if node in where]
        if one not in nodes or other not in nodes:
            unused.append(f"not-same {one} {other}")
        elif first and second and first[0] is not second[0]:
            _relate(first[0], "not-same", second[0].key, reason)
            _relate(second[0], "not-same", first[0].key, reason)
    for node, fact in enumerate(facts):
        if fact.replaced_by is None or node not in where:
            continue
        for mate in nodes.get((fact.ecosystem, fact.replaced_by), ()):
            if mate in where and where[mate] is not where[node]:
                reason = f"{fact.ecosystem} says so of its package"
                _relate(where[node], "replaced-by", where[mate].key, reason)
                _relate(where[mate], "replaces", where[node].key, reason)
    for left, right, _ in rules.ruling.same:
        for side in (left, right):
            if side not in nodes:
                unused.append(f"same {side[0]}:{side[1]}")
    return unused


def _fork(fork: Any, by_key: dict[str, _Draft], unused: list[str]) -> None:
    main, other = by_key.get(fork.of), by_key.get(fork.fork)
    rows = main.names.get(fork.ecosystem, []) if main else []
    position = next((i for i, name in enumerate(rows) if name.name == fork.name), None)
    if main is None or other is None or position is None:
        unused.append(f"fork-of {fork.fork}: {fork.ecosystem}:{fork.name}")
        return
    name = rows[position]
    pattern = re.compile(fork.pattern)
    theirs = tuple(version for version in name.versions if pattern.fullmatch(version))
    ours = tuple(version for version in name.versions if not pattern.fullmatch(version))
    rows[position] = replace(name, versions=ours, only=f"(?!(?:{fork.pattern})$).*")
    evidence = Evidence(tier=Tier.CURATED, against=f"spack:{fork.fork}", detail=fork.reason)
    other.names[fork.ecosystem].append(
        replace(name, versions=theirs, only=fork.pattern, evidence=(evidence,))
    )
    _relate(other, "fork-of", main.key, fork.reason)
    _relate(main, "forked-as", other.key, fork.reason)


def _virtuals(
    facts: Sequence[Fact], rules: Rules, by_key: dict[str, _Draft], where: dict[int, _Draft]
) -> None:
    """Interfaces which several packages provide, as Spack's recipes declare them."""
    providers: dict[str, list[_Draft]] = defaultdict(list)
    for node, fact in enumerate(facts):
        for virtual in fact.provides:
            if node in where and where[node] not in providers[virtual]:
                providers[virtual].append(where[node])
    for virtual, drafts in sorted(providers.items()):
        draft = by_key.get(virtual)
        if draft is None:
            draft = by_key[virtual] = _Draft(key=virtual)
        draft.virtual = True
        draft.names["spack"] = [
            replace(name, kind="virtual") if name.name == virtual and not name.versions else name
            for name in draft.names.get("spack", ())
        ]
        if not any(name.name == virtual for name in draft.names.get("spack", ())):
            draft.names["spack"].append(Name(ecosystem="spack", name=virtual, kind="virtual"))
        for provider in drafts:
            if provider is not draft:
                _relate(draft, "provided-by", provider.key)
                _relate(provider, "provides", virtual)
    for virtual, ecosystem, name, reason in rules.virtuals:
        draft = by_key.get(virtual)
        if draft is not None and all(row.name != name for row in draft.names.get(ecosystem, ())):
            evidence = Evidence(tier=Tier.CURATED, against=f"spack:{virtual}", detail=reason)
            draft.names[ecosystem].append(
                Name(ecosystem=ecosystem, name=name, kind="virtual", evidence=(evidence,))
            )


def _absences(
    facts: Sequence[Fact],
    clusters: Sequence[Cluster],
    where: dict[int, _Draft],
    rules: Rules,
    inputs: Inputs,
) -> None:
    for node, ecosystem, reason in searched(facts, clusters, inputs.provenance):
        draft = where.get(node)
        if draft is not None and not draft.virtual and not draft.names.get(ecosystem):
            draft.absent.setdefault(ecosystem, reason)
    curated = {(row.ecosystem, row.name): row for row in rules.absent}
    for node, fact in enumerate(facts):
        row = curated.get((fact.ecosystem, fact.name))
        if row is not None and node in where:
            for place in row.places:
                if not where[node].names.get(place):
                    where[node].absent[place] = row.reason


def _finish(draft: _Draft) -> Identity:
    ordered = [*ECOSYSTEMS, *REGISTRIES]
    names = {
        ecosystem: tuple(draft.names[ecosystem])
        for ecosystem in [*ordered, *sorted(set(draft.names) - set(ordered))]
        if draft.names.get(ecosystem)
    }
    return Identity(
        key=draft.key,
        names=MappingProxyType(names),
        relations=tuple(sorted(draft.relations, key=lambda row: (row.kind, row.other))),
        absent=MappingProxyType(
            {place: why for place, why in sorted(draft.absent.items()) if place not in names}
        ),
        homepage=draft.homepage,
        language=draft.language,
        virtual=draft.virtual,
    )


def _bundles(
    inputs: Inputs, facts: Sequence[Fact], where: dict[int, _Draft]
) -> dict[tuple[str, str], Any]:
    keys: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for node, fact in enumerate(facts):
        if node in where:
            kind = fact.kind if fact.kind in ("extension", "component") else "software"
            keys[fact.ecosystem, fact.name, kind][fact.language] = where[node].key
            for inside in fact.inside:
                keys[fact.ecosystem, fact.name, inside.bundle].setdefault("", where[node].key)
    result = {}
    for (ecosystem, bundle), versions in sorted(inputs.bundles.items()):
        table: dict[tuple[str, str], int] = {}
        rows: dict[str, list[list[Any]]] = {}
        for full, members in sorted(versions.items()):
            rows[full] = [
                [table.setdefault((name, kind), len(table)), version]
                for name, version, kind in members
            ]
        result[ecosystem, bundle] = {
            "members": [
                [name, _member_key(keys, ecosystem, bundle, name, kind), kind]
                for name, kind in table
            ],
            "versions": rows,
        }
    return result


def _member_key(
    keys: dict[tuple[str, str, str], dict[str, str]],
    ecosystem: str,
    bundle: str,
    name: str,
    kind: str,
) -> str | None:
    for title in (bundle, kind, "software"):
        found = keys.get((ecosystem, name, title))
        if found:
            return next(iter(found.values()))
    return None


def _counts(identities: Sequence[Identity]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for identity in identities:
        for ecosystem, names in identity.names.items():
            counts[ecosystem] += len(names)
    return dict(sorted(counts.items()))
