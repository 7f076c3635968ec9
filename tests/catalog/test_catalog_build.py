from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest

from stackbridge.catalog.build import Built, build
from stackbridge.catalog.facts import Fact, Inputs
from stackbridge.catalog.identity import Tier
from stackbridge.catalog.rules import INTENTS, Rules, load_rules
from stackbridge.catalog.store import write
from stackbridge.errors import InputError


def fact(where: str, name: str, *files: str, **more: Any) -> Fact:
    sources = tuple((hashlib.sha256(file.encode()).hexdigest(), "1.0.1", file) for file in files)
    return Fact(ecosystem=where, name=name, sources=sources, **more)


FACTS = (
    fact("spack", "fftw", "fftw.tgz", versions=("3.3.9", "3.3.10"), provides=("fftw-api",)),
    fact("easybuild", "FFTW", "fftw.tgz", versions=("3.3.10",)),
    fact("easybuild", "FFTW.MPI", "fftw.tgz", versions=("3.3.10",)),
    fact("guix", "fftw", "fftw.tgz"),
    fact("guix", "fftw-openmpi", "fftw.tgz"),
    fact("spack", "openfoam", "of.tgz", versions=("2306", "2312")),
    fact("spack", "openfoam-org", versions=("10", "11")),
    fact("easybuild", "OpenFOAM", "of.tgz", versions=("10", "11", "v2306", "v2312")),
    fact("spack", "py-numpy", "np.tgz", language="python", coordinates=("pypi:numpy",)),
    fact(
        "easybuild", "numpy", "np.tgz", kind="extension", language="python",
        coordinates=("pypi:numpy",),
    ),
    fact("easybuild", "SciPy-bundle"),
    fact("easybuild", "foss", kind="toolchain", versions=("2024a",)),
    fact("easybuild", "NowhereElse", versions=("7.1",)),
    fact("debian", "fftw3", "fftw.tgz", releases=(("trixie", "3.3.10"),)),
    fact("debian", "only-debian"),
)  # fmt: skip

RULES = """
same: []
splits-into:
  - whole: fftw
    reason: one tarball
    parts: {easybuild: {FFTW.MPI: {part: mpi, features: [+mpi]}}, guix: {fftw-openmpi: {part: mpi, features: [+mpi]}}}
bundle-of:
  - {bundle: {easybuild: SciPy-bundle}, members: [py-numpy], reason: a bundle}
fork-of:
  - {fork: openfoam-org, of: openfoam, names: {easybuild: {OpenFOAM: '\\d.*'}}, reason: two projects}
renamed:
  - {name: "spack:fftw-old", now: fftw, reason: renamed}
not-same:
  - {names: ["spack:openfoam", "spack:openfoam-org"], reason: forks}
absent:
  - {names: {easybuild: foss}, in: [spack, guix], reason: a toolchain}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return load_rules(path)


def made(rules: Rules, facts: tuple[Fact, ...] = FACTS) -> Built:
    bundles: dict[Any, Any] = {
        ("easybuild", "SciPy-bundle"): {"2024.05-gfbf-2024a": (("numpy", "1.26.4", "extension"),)}
    }
    return build(Inputs(facts=facts, provenance={"spack": "x 1"}, bundles=bundles), rules)


def test_what_comes_of_facts_and_rules(rules: Rules) -> None:
    built = made(rules)
    by_key = {identity.key: identity for identity in built.identities}
    fftw = by_key["fftw"]
    assert [name.name for name in fftw.names["easybuild"]] == ["FFTW", "FFTW.MPI"]
    assert fftw.names["easybuild"][1].features == ("+mpi",)
    assert fftw.names["easybuild"][1].tier is Tier.CURATED
    assert [name.name for name in fftw.names["guix"]] == ["fftw", "fftw-openmpi"]
    assert fftw.names["debian"][0].releases == {"trixie": "3.3.10"}
    assert fftw.names["spack"][-1].kind == "former"
    assert built.unused == ()


def test_forks_share_a_name_by_version(rules: Rules) -> None:
    by_key = {identity.key: identity for identity in made(rules).identities}
    main, fork = by_key["openfoam"], by_key["openfoam-org"]
    assert main.names["easybuild"][0].versions == ("v2306", "v2312")
    assert fork.names["easybuild"][0].versions == ("10", "11")
    assert [r.other for r in fork.related("fork-of")] == ["openfoam"]
    assert [r.other for r in fork.related("not-same")] == ["openfoam"]


def test_bundles_virtuals_registries_and_absence(rules: Rules) -> None:
    built = made(rules)
    by_key = {identity.key: identity for identity in built.identities}
    assert by_key["fftw-api"].virtual
    assert [r.other for r in by_key["fftw-api"].related("provided-by")] == ["fftw"]
    numpy = by_key["py-numpy"]
    assert numpy.names["pypi"][0].name == "numpy"
    assert [r.other for r in numpy.related("member-of")] == ["scipy-bundle"]
    assert by_key["foss"].absent == {
        "spack": "a toolchain",
        "guix": "a toolchain",
        "debian": "searched: nothing like it in debian",
    }
    assert set(by_key["nowhereelse"].absent) == {"spack", "guix", "debian"}
    assert "only-debian" not in by_key
    bundle = built.bundles["easybuild", "SciPy-bundle"]
    assert bundle["members"] == [["numpy", "py-numpy", "extension"]]
    assert bundle["versions"] == {"2024.05-gfbf-2024a": [[0, "1.26.4"]]}


def test_the_order_of_the_inputs_does_not_matter(rules: Rules, tmp_path: Path) -> None:
    paths = []
    for number in range(4):
        facts = list(FACTS)
        random.Random(number).shuffle(facts)
        built = made(rules, tuple(facts))
        paths.append(tmp_path / f"{number}.sqlite")
        write(paths[-1], built.identities, built.meta, built.bundles)
    assert len({path.read_bytes() for path in paths}) == 1


def test_what_a_package_was_replaced_by(rules: Rules) -> None:
    more = (
        fact("guix", "old-name", "o", replaced_by="fftw"),
        fact("debian", "older", "o"),
    )
    by_key = {identity.key: identity for identity in made(rules, FACTS + more).identities}
    assert [r.other for r in by_key["old-name"].related("replaced-by")] == ["fftw"]
    assert [r.other for r in by_key["fftw"].related("replaces")] == ["old-name"]


def test_rules_that_meet_nothing_are_told(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "same: [{names: {spack: fftw, guix: no-such}, reason: x}]\n"
        "bundle-of: [{bundle: {easybuild: None-such}, members: [], reason: x}]\n"
        "renamed: [{name: 'spack:a', now: nobody, reason: x}]\n"
        "fork-of: [{fork: a, of: b, names: {easybuild: {c: d}}, reason: x}]\n"
        "splits-into: [{whole: zz, parts: {guix: {fftw-openmpi: {}}}, reason: x}]\n"
    )
    unused = made(load_rules(path)).unused
    assert len(unused) == 5
    assert "same guix:no-such" in unused


@pytest.mark.parametrize(
    "text",
    [
        "- a list",
        "unknown: []",
        "same: {}",
        "same: [{names: {spack: a}}]",
        "same: [{reason: none}]",
        "not-same: [{names: [nocolon, b], reason: x}]",
        "absent: [{names: {easybuild: [1]}, in: [spack], reason: x}]",
        "same: [{names: {spack: a, reason: x}",
        "splits-into: [{whole: a, parts: 7, reason: x}]",
    ],
)
def test_wrong_rules(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_rules(path)
    assert caught.value.file == str(path)


def test_the_shipped_rules_have_every_intent_and_no_name_twice() -> None:
    rules = load_rules()
    assert rules.parts
    assert rules.forks
    assert rules.absent
    assert len(INTENTS) == 8
    same = [frozenset({left, right}) for left, right, _ in rules.ruling.same]
    assert len(same) == len(set(same))
    assert not set(same) & rules.ruling.not_same
