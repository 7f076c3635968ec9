"""Known absent: whole ecosystems were read, so what is not there can be known.

A name counts as searched and absent in an ecosystem when nothing there shares a file, a
coordinate, a repository or a homepage with it, and no name there resembles it: not the same
letters in any language, not the same but for affixes. Anything less stays undecided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from stackbridge.catalog.facts import Fact, homepage_key
from stackbridge.catalog.matching import Cluster, stripped
from stackbridge.catalog.spelling import bare

__all__ = ["searched"]


def searched(
    facts: Sequence[Fact], clusters: Sequence[Cluster], provenance: Mapping[str, str]
) -> Iterator[tuple[int, str, str]]:
    """(position of a fact, ecosystem without it, reason) for EasyBuild's and Spack's names."""
    places = sorted({fact.ecosystem for fact in facts})
    looks: dict[str, set[str]] = defaultdict(set)
    shares: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        looks[fact.ecosystem] |= _looks(fact)
        shares[fact.ecosystem] |= _shares(fact)
        for binary in fact.binaries:
            looks[fact.ecosystem].add(bare(fact.ecosystem, binary.name))
    for cluster in clusters:
        present = {facts[node].ecosystem for node in cluster.members}
        if not present & {"easybuild", "spack"}:
            continue
        mine = set().union(*(_looks(facts[node]) for node in cluster.members))
        values = set().union(*(_shares(facts[node]) for node in cluster.members))
        for place in places:
            if place in present or mine & looks[place] or values & shares[place]:
                continue
            release = provenance.get(place, place)
            yield (
                cluster.members[0],
                place,
                f"searched: nothing like it in {release}",
            )


def _looks(fact: Fact) -> set[str]:
    name = bare(fact.ecosystem, fact.name)
    whole = bare("", fact.name)
    return {name, whole, stripped(name), stripped(whole)}


def _shares(fact: Fact) -> set[str]:
    return {
        *(digest for digest, _, _ in fact.sources),
        *fact.coordinates,
        *fact.repositories,
        *(key for url in fact.homepages if (key := homepage_key(url))),
    }
