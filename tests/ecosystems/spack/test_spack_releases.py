"""Environments written for older releases of Spack."""

from __future__ import annotations

import pytest

from stackbridge.ecosystems import Context, Input, Writing
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code


def written(text: str, release: str) -> Writing:
    reading = read(Input(text=text), Context())
    return write(reading, Context(release=release))


@pytest.mark.parametrize(
    ("spec", "release", "line"),
    [
        ("hdf5 %%gcc@12", "v1.1", "hdf5 %%gcc@12"),
        ("hdf5 %%gcc@12", "v1.0", "hdf5 %gcc@12"),
        ("hdf5 %c,cxx=gcc@12", "v1.0", "hdf5 %c,cxx=gcc@12"),
        ("hdf5 %c,cxx=gcc@12", "v0.23", "hdf5 %gcc@12"),
        ("hdf5 %c=gcc@12 %fortran=gcc@12", "v0.23", "hdf5 %gcc@12"),
        ("hdf5 %cmake@3.27", "v0.23", "hdf5 ^cmake@3.27"),
        ("hdf5 %[when=+mpi] c=gcc", "v0.23", "hdf5"),
        ("hdf5 ^mpi=openmpi", "v0.23", "hdf5 ^[virtuals=mpi] openmpi"),
        ("gcc languages:=c", "v0.23", "gcc languages=c"),
        ("hdf5 ^zlib@1.3", "0.23.1", "hdf5 ^zlib@1.3"),
    ],
)
def test_specs(spec: str, release: str, line: str) -> None:
    text = written(f"spack:\n  specs:\n  - '{spec}'\n", release).files["spack.yaml"]
    assert text.splitlines()[2].removeprefix("  - ").strip("'") == line


def test_groups_need_spack_1_2() -> None:
    text = (
        "spack:\n  specs:\n  - zlib\n  - group: a\n    specs: [hdf5]\n"
        "    override: {packages: {all: {require: '%gcc'}}}\n"
    )
    assert "group: a" in written(text, "v1.2").files["spack.yaml"]
    old = written(text, "v1.1")
    assert "  - zlib\n  - hdf5\n" in old.files["spack.yaml"]
    assert {n.code for n in old.notices} == {Code.STRUCTURE_LOST, Code.SETTING_LOST}


def test_requirements_on_languages_become_one_on_the_compiler() -> None:
    text = (
        "spack:\n  specs: [zlib]\n  packages:\n    c: {require: gcc@13}\n"
        "    cxx: {require: gcc@13}\n    mpi: {require: openmpi}\n"
    )
    out = written(text, "v0.23").files["spack.yaml"]
    assert "all:\n      require: '%gcc@13'" in out
    assert "cxx" not in out
    assert "mpi:\n      require: openmpi" in out


@pytest.mark.parametrize("release", ["v0.15", "2", "latest"])
def test_releases_that_are_not_written_for(release: str) -> None:
    with pytest.raises(UsageError, match=r"are not written for"):
        written("spack:\n  specs: [zlib]\n", release)
