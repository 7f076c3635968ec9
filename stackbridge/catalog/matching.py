"""From facts to clusters: which names are the same software, and on what evidence.

Every pair of names in two ecosystems is judged by the strongest thing they share. A pair is
taken only when each is the other's best partner; a further name which shares the source but
already has a better namesake (`FFTW.MPI` beside `FFTW`) becomes a part of the cluster, or, when
the names do not say so, a relation. No cluster gets two main names of one ecosystem.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stackbridge.catalog.facts import Fact, homepage_key
from stackbridge.catalog.identity import TIERS, Evidence, Tier
from stackbridge.catalog.spelling import bare, plain, version_key

__all__ = ["Cluster", "Pair", "Ruling", "compatible", "match", "pairs", "stripped"]

CROWD = 12
"""A file, coordinate or address that so many names share says nothing about any two of them."""

_AFFIXES = (
    re.compile(r"^lib"),
    re.compile(r"(?:lib|library)$"),
    re.compile(r"python3?$"),
    re.compile(r"^python3?"),
    re.compile(r"(?:cli|src|suite|toolkit|tools|project|core)$"),
    re.compile(r"\d{1,2}$"),
    re.compile(r"(?:cpp|cxx|plusplus)$"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two nodes (positions in the facts) with what they share; `alone`: nobody else shares it."""

    one: int
    other: int
    tier: Tier
    count: int
    alone: bool
    detail: str
    likeness: int
    also: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What people decided: pairs of (ecosystem, name) that are, or are not, the same."""

    same: tuple[tuple[tuple[str, str], tuple[str, str], str], ...] = ()
    not_same: frozenset[frozenset[tuple[str, str]]] = frozenset()
    apart: frozenset[tuple[str, str]] = frozenset()


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Positions of facts that are one software; `parts` are those that are only pieces of it."""

    members: list[int] = field(default_factory=list)
    parts: dict[int, str] = field(default_factory=dict)
    evidence: dict[int, list[Evidence]] = field(default_factory=lambda: defaultdict(list))
    shares: set[int] = field(default_factory=set)


def stripped(name: str) -> str:
    """The bare name without what packagers add: `lib`, `python`, a generation's number."""
    for pattern in _AFFIXES:
        shorter = pattern.sub("", name)
        if len(shorter) >= 2:
            name = shorter
    return name.replace("++", "").replace("+", "")


def compatible(one: Fact, other: Fact) -> int:
    """How well two names fit: 3 equal but for spelling, 2 but for affixes, 1 one begins the other.

    0 when they do not fit, or when their languages contradict each other.
    """
    if one.language and other.language and one.language != other.language:
        return 0
    first, second = bare(one.ecosystem, one.name), bare(other.ecosystem, other.name)
    if first == second:
        # On PyPI and CRAN `uri-template` and `uritemplate` are two packages.
        strict = "python" in (one.language, other.language) or one.language == "r"
        same = plain(one.ecosystem, one.name) == plain(other.ecosystem, other.name)
        return 3 if same or not strict else 2
    if stripped(first) == stripped(second) or stripped(first.replace("++", "pp")) == stripped(
        second.replace("++", "pp")
    ):
        return 2
    short, long = sorted((first, second), key=len)
    return 1 if len(short) >= 3 and long.startswith(short) else 0


def _kind(fact: Fact) -> str:
    return "extension" if fact.kind in ("extension", "component") else "software"


def _ruled(fact: Fact) -> tuple[str, str]:
    """How rules call a name: they speak of software, not of extensions of the same name."""
    place = fact.ecosystem if fact.kind != "extension" else f"{fact.ecosystem}-extension"
    return place, fact.name


def _shared(
    facts: Sequence[Fact], values: Iterable[tuple[int, str, str]]
) -> dict[tuple[int, int], list[tuple[str, bool]]]:
    """Pairs of nodes in different ecosystems with the values that they share."""
    holders: dict[str, dict[int, str]] = defaultdict(dict)
    for node, value, shown in values:
        holders[value].setdefault(node, shown)
    result: dict[tuple[int, int], list[tuple[str, bool]]] = defaultdict(list)
    for _value, nodes in sorted(holders.items()):
        if len(nodes) < 2 or len(nodes) > CROWD:
            continue
        places = [(facts[node].ecosystem, _kind(facts[node])) for node in nodes]
        alone = len(set(places)) == len(places)
        ordered = sorted(nodes)
        for position, one in enumerate(ordered):
            for other in ordered[position + 1 :]:
                if (facts[one].ecosystem, _kind(facts[one])) != (
                    facts[other].ecosystem,
                    _kind(facts[other]),
                ):
                    result[one, other].append((nodes[one] or nodes[other], alone))
    return result


def _merged_registry(coordinate: str) -> str:
    """R packages move between CRAN and Bioconductor, but have one name space."""
    registry, _, name = coordinate.partition(":")
    return f"r:{name}" if registry in ("cran", "bioconductor") else coordinate


_COMMON = {(), ("1",), ("0", "1"), ("1", "0"), ("1", "0", "0"), ("0", "1", "0"), ("2", "0")}
_COMMON |= {("1", "1"), ("1", "0", "1"), ("1", "2"), ("0", "0", "1"), ("2", "0", "0")}
_COMMON |= {("master",), ("main",), ("develop",), ("latest",)}


def _keys(fact: Fact) -> frozenset[tuple[str, ...]]:
    return frozenset(version_key(version) for version in fact.versions)


def pairs(facts: Sequence[Fact], tiers: frozenset[Tier] = frozenset(TIERS)) -> list[Pair]:
    """Every pair of names with anything in common that counts, strongest tier of each."""
    versions = [_keys(fact) for fact in facts]
    found: dict[tuple[int, int], list[tuple[Tier, int, bool, str]]] = defaultdict(list)

    def add(tier: Tier, values: Iterable[tuple[int, str, str]]) -> None:
        if tier not in tiers:
            return
        for pair, rows in _shared(facts, values).items():
            alone = [row for row in rows if row[1]]
            detail = (alone or rows)[-1][0]
            found[pair].append((tier, len(rows), bool(alone), detail))

    add(
        Tier.CHECKSUM,
        (
            (node, digest, file or digest)
            for node, fact in enumerate(facts)
            for digest, _, file in fact.sources
        ),
    )
    add(
        Tier.REGISTRY,
        (
            (node, _merged_registry(coordinate), coordinate)
            for node, fact in enumerate(facts)
            for coordinate in fact.coordinates
        ),
    )
    add(
        Tier.REPOSITORY,
        ((node, repo, repo) for node, fact in enumerate(facts) for repo in fact.repositories),
    )
    add(
        Tier.HOMEPAGE,
        (
            (node, key, url)
            for node, fact in enumerate(facts)
            for url in fact.homepages
            if (key := homepage_key(url))
        ),
    )
    if Tier.NAME in tiers:
        add(
            Tier.NAME,
            (
                (node, f"{fact.language}:{bare(fact.ecosystem, fact.name)}", fact.name)
                for node, fact in enumerate(facts)
            ),
        )
    result = []
    for (one, other), rows in sorted(found.items()):
        likeness = compatible(facts[one], facts[other])
        overlap = len((versions[one] & versions[other]) - _COMMON)
        good = [row for row in rows if _counts(row, facts[one], facts[other], likeness, overlap)]
        if not good:
            continue
        tier, count, alone, detail = min(good, key=lambda row: TIERS.index(row[0]))
        result.append(
            Pair(
                one=one,
                other=other,
                tier=tier,
                count=count if tier is not Tier.NAME else max(1, overlap),
                alone=alone,
                detail=detail,
                likeness=likeness,
                also=tuple(row[0] for row in good if row[0] is not tier),
            )
        )
    return result


def _counts(
    row: tuple[Tier, int, bool, str], one: Fact, other: Fact, likeness: int, overlap: int
) -> bool:
    """Whether what two names share is evidence at all."""
    tier, count, alone, _ = row
    clash = bool(one.language and other.language and one.language != other.language)
    if clash:
        return False
    if tier in (Tier.HOMEPAGE, Tier.NAME) and _contradict(one, other):
        return False
    same_language = one.language == other.language
    if "component" in (one.kind, other.kind) and likeness == 0:
        return False  # a bundle calls its parts as it likes
    if tier is Tier.CHECKSUM:
        return alone or likeness >= 1 or count > 2
    if tier is Tier.REGISTRY:
        return alone or likeness >= 1
    if tier is Tier.REPOSITORY:
        if not same_language and likeness < 3:
            return False
        return likeness >= 2 or (likeness == 1 and overlap > 0) or (alone and overlap > 1)
    if tier is Tier.HOMEPAGE:
        return likeness >= 2 and (same_language or (likeness == 3 and overlap > 0))
    if one.language != other.language or likeness < 3:
        return False
    if one.language in ("r", "perl"):
        return True  # one name space each: whoever has the name means that package
    if one.language == "python":
        if overlap > 0:
            return True
        if one.repositories and other.repositories:
            # Other homes and no version in common: a namesake, until more is known.
            return bool(set(one.repositories) & set(other.repositories))
        name = bare(one.ecosystem, one.name)
        return len(name) > 5 or _is_registered(one, other, name)
    return overlap > 1 or (overlap > 0 and len(bare(one.ecosystem, one.name)) > 4)


def _contradict(one: Fact, other: Fact) -> bool:
    """Both name a registry's package, and not the same one."""
    for registry in ("pypi:", "r:", "cpan:"):
        first, second = (
            {
                merged
                for item in fact.coordinates
                if (merged := _merged_registry(item)).startswith(registry)
            }
            for fact in (one, other)
        )
        if first and second and not first & second:
            return True
    return False


def _is_registered(one: Fact, other: Fact, name: str) -> bool:
    """One of the two says that PyPI calls it so, and the other says nothing else."""
    said = [
        {bare("", item[5:]) for item in fact.coordinates if item.startswith("pypi:")}
        for fact in (one, other)
    ]
    return {name} in said and all(names in ({name}, set()) for names in said)


def _rank(pair: Pair, facts: Sequence[Fact]) -> tuple[int, ...]:
    """Better pairs are smaller."""
    one, other = facts[pair.one], facts[pair.other]
    return (
        -min(pair.likeness, 2) if pair.likeness >= 2 else 0,
        0 if one.language == other.language else 1,
        TIERS.index(pair.tier),
        -pair.likeness,
        0 if pair.alone else 1,
        -pair.count,
    )


def match(
    facts: Sequence[Fact], ruling: Ruling | None = None, tiers: frozenset[Tier] = frozenset(TIERS)
) -> list[Cluster]:
    """All clusters, singles included, in the order of their first fact."""
    ruling = ruling or Ruling()
    found = [
        pair
        for pair in pairs(facts, tiers)
        if frozenset({_ruled(facts[pair.one]), _ruled(facts[pair.other])}) not in ruling.not_same
        and _ruled(facts[pair.one]) not in ruling.apart
        and _ruled(facts[pair.other]) not in ruling.apart
    ]
    ranked = sorted(found, key=lambda pair: (_rank(pair, facts), pair.one, pair.other))
    best: dict[tuple[int, str, str], Pair] = {}
    for pair in ranked:
        for node, partner in ((pair.one, pair.other), (pair.other, pair.one)):
            best.setdefault((node, facts[partner].ecosystem, _kind(facts[partner])), pair)

    groups = _Groups(facts, ruling)
    if Tier.CURATED in tiers:
        positions: dict[tuple[str, str], list[int]] = defaultdict(list)
        for node, fact in enumerate(facts):
            positions[fact.ecosystem, fact.name].append(node)
        for left, right, reason in ruling.same:
            for one in positions.get(left, ()):
                for other in positions.get(right, ()):
                    if len(positions[left]) > 1 and _kind(facts[one]) != "software":
                        continue
                    if len(positions[right]) > 1 and _kind(facts[other]) != "software":
                        continue
                    groups.join(one, other, Tier.CURATED, 1, reason, forced=True)
    for pair in ranked:
        mutual = (
            best[pair.one, facts[pair.other].ecosystem, _kind(facts[pair.other])] is pair
            and best[pair.other, facts[pair.one].ecosystem, _kind(facts[pair.one])] is pair
        )
        if mutual:
            groups.join(pair.one, pair.other, pair.tier, pair.count, pair.detail)
    for pair in ranked:
        groups.attach(pair)
    return groups.clusters()


class _Groups:
    """Clusters in the making."""

    def __init__(self, facts: Sequence[Fact], ruling: Ruling) -> None:
        self._facts = facts
        self._ruling = ruling
        self._of = list(range(len(facts)))
        self._members: dict[int, list[int]] = {node: [node] for node in range(len(facts))}
        self._evidence: dict[int, list[Evidence]] = defaultdict(list)
        self._parts: dict[int, str] = {}
        self._shares: dict[int, set[int]] = defaultdict(set)

    def _place(self, node: int) -> tuple[str, str, str]:
        fact = self._facts[node]
        kind = _kind(fact)
        return fact.ecosystem, kind, fact.language if kind == "extension" else ""

    def _spelling(self, one: int, other: int) -> bool:
        """Two spellings of one name in a language's name space (`PuLP`, `pulp`)."""
        left, right = self._facts[one], self._facts[other]
        return (
            left.ecosystem == right.ecosystem
            and left.language == right.language != ""
            and compatible(left, right) == 3
        )

    def _forbidden(self, left: int, right: int) -> bool:
        if not self._ruling.not_same:
            return False
        return any(
            frozenset({_ruled(self._facts[one]), _ruled(self._facts[other])})
            in self._ruling.not_same
            for one in self._members[left]
            for other in self._members[right]
        )

    def _languages(self, group: int) -> set[str]:
        return {self._facts[node].language for node in self._members[group]} - {""}

    def _note(self, one: int, other: int, tier: Tier, count: int, detail: str) -> None:
        for node, against in ((one, other), (other, one)):
            fact = self._facts[against]
            row = Evidence(
                tier=tier, against=f"{fact.ecosystem}:{fact.name}", detail=detail, count=count
            )
            if row not in self._evidence[node]:
                self._evidence[node].append(row)

    def join(
        self, one: int, other: int, tier: Tier, count: int, detail: str, *, forced: bool = False
    ) -> None:
        """Make one cluster of two, unless a rule or a second main name forbids it."""
        left, right = self._of[one], self._of[other]
        if left == right:
            self._note(one, other, tier, count, detail)
            return
        if not forced:
            if any(
                self._place(node) == self._place(old) and not self._spelling(node, old)
                for old in self._members[left]
                for node in self._members[right]
            ):
                return
            if self._forbidden(left, right):
                return
            languages = self._languages(left) | self._languages(right)
            if len(languages) > 1:
                return
        self._note(one, other, tier, count, detail)
        if len(self._members[left]) < len(self._members[right]):
            left, right = right, left
        for node in self._members.pop(right):
            self._of[node] = left
            self._members[left].append(node)

    def attach(self, pair: Pair) -> None:
        """A name without a partner of its own, which shares a source: a part, or a relation."""
        for node, partner in ((pair.one, pair.other), (pair.other, pair.one)):
            group = self._of[partner]
            if self._of[node] == group:
                continue
            if any(self._spelling(node, other) for other in self._members[group]):
                self.join(node, partner, pair.tier, pair.count, pair.detail)
                continue
            if pair.tier not in (Tier.CHECKSUM, Tier.REGISTRY):
                continue
            alone = len(self._members[self._of[node]]) == 1
            if not alone:
                if pair.tier is Tier.CHECKSUM:
                    self._shares[node].add(partner)
                continue
            if len(self._members[group]) < 2:
                continue
            piece = self._piece(node, group)
            if piece is None:
                if pair.tier is Tier.CHECKSUM:
                    self._shares[node].add(partner)
                continue
            if self._forbidden(self._of[node], group):
                continue
            old = self._of[node]
            self._of[node] = group
            self._members[group].append(node)
            del self._members[old]
            self._parts[node] = piece
            self._note(node, partner, pair.tier, pair.count, pair.detail)
            return

    def _piece(self, node: int, group: int) -> str | None:
        """What is left of the name when the namesake's is taken away (`mpi` of `FFTW.MPI`)."""
        fact = self._facts[node]
        if fact.ecosystem == "spack":
            return None  # Spack's names are the keys: each stays an identity of its own
        for other in self._members[group]:
            main = self._facts[other]
            if (
                main.ecosystem != fact.ecosystem
                or other in self._parts
                or _kind(main) != _kind(fact)
                or main.language != fact.language
            ):
                continue
            name, base = fact.name.lower(), main.name.lower()
            if name.startswith(base) and len(name) > len(base):
                rest = name[len(base) :]
                if not rest[0].isalnum() or rest.isdigit():
                    # A generation's number is no part: `fftw3` is `fftw`, not a piece of it.
                    return (
                        "" if rest.strip("-_. ").replace(".", "").isdigit() else rest.strip("-_. ")
                    )
            common = _common_words(base, name)
            if common is not None:
                return common
        return None

    def clusters(self) -> list[Cluster]:
        """What came of it."""
        result = []
        for _, members in sorted(self._members.items(), key=lambda item: min(item[1])):
            cluster = Cluster(members=sorted(members))
            for node in cluster.members:
                if node in self._parts:
                    cluster.parts[node] = self._parts[node]
                if node in self._evidence:
                    cluster.evidence[node] = self._evidence[node]
                cluster.shares |= self._shares.get(node, set())
            result.append(cluster)
        return result


def _common_words(base: str, name: str) -> str | None:
    """`openmpi` for `scotch-shared` against `pt-scotch`? No: only words added in the middle."""
    first, second = base.split("-"), name.split("-")
    if len(second) > len(first) > 1 and second[0] == first[0] and second[-1] == first[-1]:
        rest = [word for word in second if word not in first]
        if len(rest) == len(second) - len(first):
            return "-".join(rest)
    return None
