"""Requirements that exclude each other are refused, and both places named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Input, format_named
from stackbridge.ecosystems.easybuild.choosing.requests import Requests, requests_of
from stackbridge.errors import InputError


def requests(text: str) -> Requests:
    stack = (
        format_named("spack").load_reader().read(Input(text=text, file="s.yaml"), Context()).stack
    )
    assert stack is not None
    return requests_of(stack)


def environment(specs: str, packages: str = "", more: str = "") -> str:
    rules = f"  packages:\n    {packages}\n" if packages else ""
    return f"spack:\n  specs: [{specs}]\n{rules}{more}"


@pytest.mark.parametrize(
    ("specs", "packages", "words"),
    [
        ("zlib@1.2", 'zlib: {require: "@1.3"}', ("`zlib@1.2`", "line 4", "`@1.3`")),
        ('"hdf5 ^zlib@1.2"', 'zlib: {require: "@1.3"}', ("`zlib@1.2`", "line 4", "`@1.3`")),
        ('"a ^b ^zlib@1.2"', 'zlib: {require: "@1.3"}', ("`zlib@1.2`", "line 4")),
        ("hdf5~mpi", "hdf5: {require: +mpi}", ("`hdf5 ~mpi`", "`hdf5`", "line 4", "`+mpi`")),
        ("hdf5~mpi", "all: {require: +mpi}", ("`hdf5 ~mpi`", "all packages", "line 4")),
        ("zlib@1.1", 'zlib: {require: [{one_of: ["@1.2", "@1.3"]}]}', ("`@1.2` or `@1.3`",)),
        ("hdf5", 'zlib: {require: ["@1.2", "@1.3"]}', ("`zlib`", "`@1.3`", "`@1.2`", "line 4")),
    ],
)
def test_both_places_are_named(specs: str, packages: str, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        requests(environment(specs, packages))
    assert caught.value.file == "s.yaml"
    assert caught.value.line in (2, 4)
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    ("specs", "packages"),
    [
        ("zlib@1.2", 'zlib: {require: "@1.2.11:"}'),
        ("zlib@1.2", 'zlib: {require: [{one_of: ["@1.2", "@1.3"]}]}'),
        ("zlib@1.2", 'zlib: {prefer: ["@1.3"]}'),
        ("zlib@1.2", 'zlib: {require: [{spec: "@1.3", when: "+pic"}]}'),
        ("hdf5~mpi", "all: {variants: +mpi}"),
        # what is required of the package itself comes before what is required of all
        (
            "hdf5~mpi",
            "{all: {require: +mpi}, hdf5: {require: ~mpi}}"[1:-1].replace("}, ", "}\n    "),
        ),
        ("zlib, hdf5", 'zlib: {require: ["@1.2", "+pic"]}'),
        ('"hdf5 ^openmpi@4"', "mpi: {require: mpich}"),
    ],
)
def test_what_can_hold_together_is_no_contradiction(specs: str, packages: str) -> None:
    assert requests(environment(specs, packages)).requests


def test_the_alternative_that_can_hold_is_taken() -> None:
    found = requests(
        environment("zlib@1.3", 'zlib: {require: [{one_of: ["@1.2+pic", "@1.3~pic"]}]}')
    )
    (request,) = found.requests
    feature = request.package.feature("pic")
    assert feature is not None
    assert feature.value is False


def test_a_requirement_on_a_package_beats_a_preference_on_all() -> None:
    text = """\
spack:
  specs:
  - group: gpu
    specs: [flecsi, hdf5]
    override:
      packages:
        all: {prefer: [+cuda]}
        flecsi: {require: ~cuda}
"""
    found = requests(text)
    values = [
        feature.value
        for request in found.requests
        for feature in request.package.features
        if feature.name == "cuda"
    ]
    assert values == [False, True]
    assert not [notice for notice in found.notices if "contradicts" in notice.what]


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        (
            environment("zlib@1.2", 'zlib: {require: "@1.3"}'),
            (),
            2,
            ("spack.yaml:2", "contradicts", "spack.yaml, line 4"),
        ),
        (environment('"hdf5 ^zlib@1.2 ^zlib@1.3"'), (), 2, ("spack.yaml:2", "zlib", "1.2", "1.3")),
        (
            environment("hdf5"),
            ("--toolchain", "foss-2024c"),
            2,
            ("foss-2024c", "did you mean", "`foss-2024a`"),
        ),
        (
            environment("hdf5, gromcas"),
            ("--toolchain", "foss-2024a"),
            0,
            ("gromcas", "near are", "`GROMACS`"),
        ),
        (
            environment("hdf5, kokkos, scikit-learn-nothing"),
            ("--toolchain", "foss-2022b"),
            0,
            ("foss-2022b was asked for and does not hold 2 of 3", "`kokkos`", "holds most"),
        ),
    ],
)
def test_from_the_command_line(
    tmp_path: Path, text: str, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    (tmp_path / "spack.yaml").write_text(text)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "stackbridge", "convert", "spack.yaml"),
            *("-t", "easystack", "-o", "easystack.yaml", *arguments),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert (tmp_path / "easystack.yaml").exists() == (code == 0)
