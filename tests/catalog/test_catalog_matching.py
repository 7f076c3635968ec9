from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.catalog.facts import Fact
from stackbridge.catalog.identity import TIERS, Tier
from stackbridge.catalog.matching import Ruling, compatible, match, pairs


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def fact(where: str, name: str, *files: str, **more: Any) -> Fact:
    return Fact(
        ecosystem=where,
        name=name,
        sources=tuple((sha(file), "1.0.1", file) for file in files),
        **more,
    )


def groups(facts: list[Fact], ruling: Ruling | None = None, **more: Any) -> set[frozenset[str]]:
    return {
        frozenset(f"{facts[n].ecosystem}:{facts[n].name}" for n in cluster.members)
        for cluster in match(facts, ruling, **more)
    }


def test_one_file_makes_one_software_whatever_the_names() -> None:
    facts = [fact("spack", "intel-oneapi-mkl", "mkl.sh"), fact("easybuild", "imkl", "mkl.sh")]
    assert groups(facts) == {frozenset({"spack:intel-oneapi-mkl", "easybuild:imkl"})}
    (cluster,) = match(facts)
    assert cluster.evidence[0][0].tier is Tier.CHECKSUM
    assert cluster.evidence[0][0].against == "easybuild:imkl"


def test_a_shared_file_goes_to_the_namesake_and_the_others_are_parts() -> None:
    facts = [
        fact("spack", "fftw", "fftw.tgz"),
        fact("easybuild", "FFTW", "fftw.tgz"),
        fact("easybuild", "FFTW.MPI", "fftw.tgz"),
        fact("guix", "fftw-openmpi", "fftw.tgz"),
        fact("guix", "fftw", "fftw.tgz"),
    ]
    (cluster,) = match(facts)
    assert {facts[n].name: part for n, part in cluster.parts.items()} == {
        "FFTW.MPI": "mpi",
        "fftw-openmpi": "openmpi",
    }


def test_a_binding_with_the_same_tarball_is_another_software() -> None:
    facts = [
        fact("spack", "protobuf", "pb.tgz"),
        fact("spack", "py-protobuf", "pb.tgz", language="python"),
        fact("easybuild", "protobuf", "pb.tgz"),
        fact("easybuild", "protobuf-python", "pb.tgz", language="python"),
    ]
    assert groups(facts) == {
        frozenset({"spack:protobuf", "easybuild:protobuf"}),
        frozenset({"spack:py-protobuf", "easybuild:protobuf-python"}),
    }


def test_spack_names_are_never_parts_of_one_another() -> None:
    facts = [
        fact("spack", "gromacs", "g.tgz"),
        fact("spack", "gromacs-swaxs", "g.tgz"),
        fact("easybuild", "GROMACS", "g.tgz"),
    ]
    assert frozenset({"spack:gromacs-swaxs"}) in groups(facts)


def test_equal_names_in_other_languages_stay_apart() -> None:
    facts = [
        fact("spack", "igraph", versions=("0.10.1", "0.10.2")),
        fact("spack", "r-igraph", language="r", versions=("0.10.1", "0.10.2")),
        fact("easybuild", "igraph", kind="extension", language="r", versions=("0.10.1",)),
        fact("guix", "python-igraph", language="python", versions=("0.10.1", "0.10.2")),
    ]
    assert groups(facts) == {
        frozenset({"spack:igraph"}),
        frozenset({"spack:r-igraph", "easybuild:igraph"}),
        frozenset({"guix:python-igraph"}),
    }


def test_a_name_alone_proves_nothing_outside_of_a_registry() -> None:
    facts = [fact("spack", "flux", versions=("0.4.0",)), fact("easybuild", "Flux")]
    assert len(groups(facts)) == 2
    common = ("1.0", "1.1", "2.0")  # everybody has these
    facts = [fact("spack", "flux", versions=common), fact("easybuild", "Flux", versions=common)]
    assert len(groups(facts)) == 2
    real = ("3.14.2", "3.15.1")
    facts = [fact("spack", "flux", versions=real), fact("easybuild", "Flux", versions=real)]
    assert len(groups(facts)) == 1


def test_names_of_pypi_differ_by_a_dash() -> None:
    left = fact("spack", "py-uritemplate", language="python", coordinates=("pypi:uritemplate",))
    right = fact("easybuild", "uri-template", language="python", coordinates=("pypi:uri-template",))
    assert compatible(left, right) == 2
    assert len(groups([left, right])) == 2


def test_contradicting_coordinates_refute_a_homepage() -> None:
    page = ("https://example.org/thing",)
    one = fact("spack", "py-thing", language="python", coordinates=("pypi:thing",), homepages=page)
    two = fact(
        "guix", "python-thing", language="python", coordinates=("pypi:thing2",), homepages=page
    )
    assert len(groups([one, two])) == 2


def test_cran_and_bioconductor_are_one_name_space() -> None:
    one = fact("spack", "r-abc", language="r", coordinates=("cran:abc",))
    two = fact(
        "easybuild", "abc", kind="extension", language="r", coordinates=("bioconductor:abc",)
    )
    assert len(groups([one, two])) == 1


def test_people_decide_last() -> None:
    facts = [fact("spack", "a", "x"), fact("easybuild", "A", "x"), fact("guix", "b")]
    apart = Ruling(not_same=frozenset({frozenset({("spack", "a"), ("easybuild", "A")})}))
    assert len(groups(facts, apart)) == 3
    joined = Ruling(same=((("spack", "a"), ("guix", "b"), "because"),))
    assert groups(facts, joined) == {frozenset({"spack:a", "easybuild:A", "guix:b"})}


def test_rules_speak_of_software_not_of_extensions() -> None:
    facts = [
        fact("spack", "r-igraph", "i", language="r"),
        fact("easybuild", "igraph", "i", kind="extension", language="r"),
    ]
    rule = Ruling(not_same=frozenset({frozenset({("spack", "r-igraph"), ("easybuild", "igraph")})}))
    assert len(groups(facts, rule)) == 1


def test_hidden_tiers_say_nothing() -> None:
    facts = [fact("spack", "intel-oneapi-mkl", "m"), fact("easybuild", "imkl", "m")]
    assert len(groups(facts, tiers=frozenset(TIERS) - {Tier.CHECKSUM})) == 2


def test_what_a_crowd_shares_proves_nothing() -> None:
    facts = [fact("spack", f"s{n}x", "common.tgz") for n in range(20)]
    facts.append(fact("easybuild", "other", "common.tgz"))
    assert not pairs(facts)


FACTS = st.builds(
    lambda where, name, files, language: fact(where, name, *files, language=language),
    st.sampled_from(["spack", "easybuild", "guix", "debian"]),
    st.sampled_from(["abc", "abc-mpi", "libabc", "abcd", "xyz", "xyz2"]),
    st.lists(st.sampled_from("pqrs"), max_size=2),
    st.sampled_from(["", "python"]),
)


@given(st.lists(FACTS, max_size=10, unique_by=lambda row: (row.ecosystem, row.name)))
@settings(max_examples=150, deadline=None)
def test_clusters_part_the_facts_and_mix_no_languages(facts: list[Fact]) -> None:
    clusters = match(facts)
    assert sorted(n for cluster in clusters for n in cluster.members) == list(range(len(facts)))
    for cluster in clusters:
        assert len({facts[n].language for n in cluster.members} - {""}) <= 1
        main = [facts[n].ecosystem for n in cluster.members if n not in cluster.parts]
        assert len(main) == len(set(main))


@given(st.lists(FACTS, max_size=8, unique_by=lambda row: (row.ecosystem, row.name)))
@settings(max_examples=100, deadline=None)
def test_evidence_goes_both_ways(facts: list[Fact]) -> None:
    for cluster in match(facts):
        for node, rows in cluster.evidence.items():
            for row in rows:
                back = next(
                    n
                    for n in cluster.members
                    if row.against == f"{facts[n].ecosystem}:{facts[n].name}"
                )
                mine = f"{facts[node].ecosystem}:{facts[node].name}"
                assert mine in {item.against for item in cluster.evidence[back]}
