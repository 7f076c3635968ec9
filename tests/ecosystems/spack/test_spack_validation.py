"""Unknown packages, variants and values; groups and matrices that contradict themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Input
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.validation import check
from stackbridge.ecosystems.spack.vocabulary import shipped
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice

SHARED = Path(__file__).parents[4] / "shared" / "corpus" / "spack-stacks"


def checked(text: str) -> tuple[tuple[Notice, ...], tuple[InputError, ...]]:
    source = Input(text=text, file="spack.yaml")
    return check("spack", source, read(source, Context()), Context())


def test_the_shipped_vocabulary() -> None:
    vocabulary = shipped()
    assert vocabulary is not None
    assert "hdf5" in vocabulary
    assert "mpi" in vocabulary
    variants = vocabulary.variants("hdf5")
    assert variants is not None
    assert variants["mpi"] is True
    api = variants["api"]
    assert isinstance(api, tuple)
    assert "v114" in api
    assert vocabulary.variants("mpi") is None


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("hdff5", "no package `hdff5`", "hdf5"),
        ("numpy", "no package `numpy`", "py-numpy"),
        ("hdf5 +mpii", "no variant `mpii`", "did you mean `mpi`"),
        ("hdf5 api=v14", "`v14` is no value", "v114"),
        ("hdf5 +api", "`true` is no value", "its values are"),
        ("hdf5 ^openmp", "no package `openmp`", "openmpi"),
        ("cmake %gcc@12+ownlibs", "`gcc` has no variant `ownlibs`", "belongs to the compiler"),
    ],
)
def test_what_no_recipe_has(spec: str, message: str, hint: str) -> None:
    notices, errors = checked(f"spack:\n  specs:\n  - zlib\n  - {spec}\n")
    assert notices == ()
    assert [error.line for error in errors] == [4]
    assert message in errors[0].message
    assert hint in (errors[0].hint or "")


@pytest.mark.parametrize(
    "spec",
    [
        "hdf5@1.14 +mpi api=v114 %gcc@12 ^mpi=openmpi fabrics=ucx",
        "kokkos +cuda cuda_arch=80,90",
        "zlib build_system=makefile patches=abc",
        "zlib ++nothing_has_it",
        "matlab@R2021a",
    ],
)
def test_what_recipes_have(spec: str) -> None:
    assert checked(f"spack:\n  specs: ['{spec}']\n") == ((), ())


def test_rules_are_looked_up_too() -> None:
    text = "spack:\n  packages:\n    hdf5:\n      require: +mppi\n  specs: []\n"
    assert "`hdf5` has no variant `mppi`" in checked(text)[1][0].message


def test_repositories_of_ones_own_make_it_a_notice() -> None:
    text = "spack:\n  repos: {mine: /x}\n  specs: [my-package]\n"
    notices, errors = checked(text)
    assert errors == ()
    assert [notice.code for notice in notices] == [Code.NAME_UNKNOWN]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {group: a, needs: [b], specs: []}\n  - {group: bb, specs: []}", "no group"),
        ("- {group: a, needs: [a], specs: []}", "needs itself"),
        (
            "- {group: a, needs: [b], specs: []}\n  - {group: b, needs: [a], specs: []}",
            "needs itself",
        ),
        ("- $undefined", "not defined"),
        ("- matrix: [['zlib@1'], ['@2']]", "contradict"),
    ],
)
def test_groups_and_matrices(text: str, message: str) -> None:
    _, errors = checked(f"spack:\n  specs:\n  {text}\n")
    assert message in errors[0].message
    assert errors[0].line is not None


@pytest.mark.skipif(not SHARED.is_dir(), reason="the corpus of real environments is not here")
def test_real_stacks_have_no_mistakes() -> None:
    for path in sorted(SHARED.rglob("spack.yaml")):
        assert checked(path.read_text(encoding="utf-8"))[1] == (), path
