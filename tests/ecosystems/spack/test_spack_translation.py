"""Stacks in other words than Spack's: names, versions, toolchains, targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Input, Reading, Writing, format_named
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Dependency, Feature, Package, Toolchain
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet

RECIPES = sorted((Path(__file__).parents[3] / "recipes").glob("*.yaml"))


def converted(stack: Stack) -> tuple[Stack, Writing]:
    writing = write(Reading(stack=stack), Context())
    again = read(Input(text=writing.files["spack.yaml"]), Context()).stack
    assert again is not None
    return again, writing


def codes(writing: Writing) -> list[Code]:
    return [notice.code for notice in writing.notices]


def eb(name: str, version: str, **more: object) -> Package:
    return Package(name=name, versions=VersionSet.exactly(version), **more)  # type: ignore[arg-type]


FOSS = Toolchain(name="foss", version="2024a")


def test_easybuild_names_and_exact_versions() -> None:
    stack = Stack(name="x", names="easybuild", entries=(eb("netCDF", "4.9.2", toolchain=FOSS),))
    again, writing = converted(stack)
    assert [canonical(p) for p in roots(again)["foss-2024a"]] == ["netcdf-c@=4.9.2"]
    assert "specs: [netcdf-c@=4.9.2]" in writing.files["spack.yaml"]


def test_a_generation_becomes_requirements_on_virtual_packages() -> None:
    stack = Stack(name="x", names="easybuild", entries=(eb("HDF5", "1.14.5", toolchain=FOSS),))
    again, writing = converted(stack)
    compiler, group = again.groups
    assert group.needs == (compiler.name,)
    assert not compiler.explicit
    assert [canonical(e) for e in compiler.entries] == [  # type: ignore[arg-type]
        "gcc@13.3.0 languages='c,c++,fortran'"
    ]
    rules = {r.subject: (r.strength, canonical(r.choices[0])) for r in group.rules}
    assert rules["c"] == rules["cxx"] == rules["fortran"] == ("prefer", "gcc@13.3.0")
    assert rules["gcc"] == ("require", "@13.3.0")
    required = {
        subject: text for subject, (strength, text) in rules.items() if strength == "require"
    }
    assert required["mpi"] == "openmpi@5.0.3"
    assert required["blas"] == "openblas@0.3.27"
    assert Code.TOOLCHAIN_APPROXIMATED in codes(writing)


def test_a_version_that_spack_has_not_is_approximated() -> None:
    stack = Stack(name="x", names="easybuild", entries=(eb("HDF5", "1.14.99"),))
    again, writing = converted(stack)
    version = roots(again)["default"][0].versions.exact
    assert version is not None
    assert str(version).startswith("1.14.")
    assert Code.VERSION_APPROXIMATED in codes(writing)


def test_what_spack_has_not_is_lost_and_named() -> None:
    stack = Stack(name="x", names="easybuild", entries=(eb("buildenv", "default"),))
    again, writing = converted(stack)
    assert again.entries == ()
    assert codes(writing) == [Code.PACKAGE_LOST]


def test_dependencies_are_translated_too() -> None:
    python = Dependency(package=eb("Python", "3.11.5"))
    stack = Stack(
        name="x", names="easybuild", entries=(eb("HDF5", "1.14.5", dependencies=(python,)),)
    )
    again, _ = converted(stack)
    assert [d.package.name for d in roots(again)["default"][0].dependencies] == ["python"]


def test_targets_gpus_and_toolchain_parts_of_a_manifest() -> None:
    stack = Stack(
        name="x",
        targets=("zen3",),
        gpus=("sm_80", "gfx90a"),
        toolchain=Toolchain(parts={"mpi": Package(name="mpich")}),
        entries=(
            Package(name="kokkos", features=(Feature(name="cuda", value=True),)),
            Package(name="lammps", gpus=("sm_90",)),
        ),
    )
    again, _ = converted(stack)
    text = [canonical(p) for p in roots(again)["default"]]
    assert text == ["kokkos+cuda", "lammps+cuda cuda_arch=90"]
    said = {(r.subject, r.strength): canonical(r.choices[0]) for r in again.rules}
    assert said["*", "require"] == "target=zen3"
    assert said["mpi", "require"] == "mpich"
    assert "cuda_arch=80" in said["*", "default"]


def test_several_builds_need_not_agree() -> None:
    stack = Stack(
        name="x",
        entries=(
            Package(name="fftw", features=(Feature(name="mpi", value=True),)),
            Package(name="fftw", features=(Feature(name="mpi", value=False),)),
        ),
    )
    assert converted(stack)[0].unify == "when-possible"
    assert converted(Stack(name="x", entries=(Package(name="fftw"),)))[0].unify == "together"


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        (VersionSet.parse(">=1.12,<2"), "hdf5@1.12:1"),
        (VersionSet.parse("1.14"), "hdf5@1.14"),
        (VersionSet.parse("=1.14.5"), "hdf5@=1.14.5"),
        (VersionSet.parse(">=1.10"), "hdf5@1.10:"),
    ],
)
def test_version_sets_become_ranges(versions: VersionSet, text: str) -> None:
    again, writing = converted(Stack(name="x", entries=(Package(name="hdf5", versions=versions),)))
    assert canonical(roots(again)["default"][0]) == text
    assert Code.VERSION_APPROXIMATED not in codes(writing)


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_recipes_become_environments(path: Path) -> None:
    source = Input(text=path.read_text(encoding="utf-8"), file=str(path))
    reading = format_named("manifest").load_reader().read(source, Context())
    writing = write(reading, Context())
    assert not {Code.PACKAGE_LOST, Code.NAME_UNKNOWN} & set(codes(writing))
    again = read(Input(text=writing.files["spack.yaml"]), Context()).stack
    assert again is not None
    assert sum(map(len, roots(again).values())) >= 1
