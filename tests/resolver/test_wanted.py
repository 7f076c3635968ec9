"""What a stack asks of a site: MPI, GPUs, features, whichever way they are said."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from stackbridge.hub.notices import NOWHERE
from stackbridge.hub.package import Package, Toolchain
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.resolution import Node, Resolution, Root
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Container, Rule, Stack
from stackbridge.resolver.mpi import family_of, toolchain_family
from stackbridge.resolver.wanted import (
    Wanted,
    WantedPackage,
    from_recipe,
    from_resolution,
    from_stack,
)


def one(text: str, **more: object) -> WantedPackage:
    stack = Stack(name="s", entries=(parse(text, NOWHERE),), **more)  # type: ignore[arg-type]
    return from_stack(stack).packages[0]


@pytest.mark.parametrize(
    ("text", "vendor", "gpus"),
    [
        ("gromacs", None, ()),
        ("gromacs +cuda", "nvidia", ()),
        ("gromacs +cuda cuda_arch=80,90", "nvidia", ("sm_80", "sm_90")),
        ("gromacs cuda_arch=90a", "nvidia", ("sm_90a",)),
        ("gromacs ~cuda cuda_arch=80", None, ()),
        ("gromacs +rocm amdgpu_target=gfx90a", "amd", ("gfx90a",)),
        ("gromacs cuda_arch=none", None, ()),
    ],
)
def test_gpus_are_understood(text: str, vendor: str | None, gpus: tuple[str, ...]) -> None:
    package = one(text)
    assert (package.gpu, package.gpus) == (vendor, gpus)


def test_a_gpu_package_takes_the_stacks_architectures_of_its_vendor() -> None:
    assert one("gromacs +cuda", gpus=("sm_80", "gfx90a")).gpus == ("sm_80",)
    assert one("gromacs", gpus=("sm_80",)).gpu is None


def test_offloading_is_to_the_stacks_gpus() -> None:
    assert one("gromacs +sycl", gpus=("gfx90a",)).gpu == "amd"
    assert one("gromacs +sycl", gpus=("gfx90a",)).gpus == ("gfx90a",)
    assert one("gromacs ~sycl", gpus=("gfx90a",)).gpu is None
    assert one("gromacs +sycl").gpu is None


def test_a_version_suffix_wants_cuda() -> None:
    package = Package(
        name="GROMACS",
        extensions=MappingProxyType({"easybuild": {"versionsuffix": "-CUDA-12.1.1"}}),
    )
    assert from_stack(Stack(name="s", entries=(package,))).packages[0].gpu == "nvidia"


@pytest.mark.parametrize(
    ("text", "mpi", "family"),
    [
        ("hdf5", None, None),
        ("hdf5 +mpi", True, None),
        ("hdf5 ~mpi", False, None),
        ("hdf5 ^openmpi", True, "openmpi"),
        ("hdf5 ^cray-mpich", True, "mpich"),
        ("openmpi@5", None, "openmpi"),
        ("hdf5 ^mpi", True, None),
        ("hdf5 ^zlib", None, None),
    ],
)
def test_mpi_is_understood(text: str, mpi: bool | None, family: str | None) -> None:
    package = one(text)
    assert (package.mpi, package.mpi_family) == (mpi, family)


def test_families_of_a_stack() -> None:
    def families(*texts: str, toolchain: Toolchain | None = None) -> dict[str, str]:
        entries = tuple(parse(text, NOWHERE) for text in texts)
        return from_stack(Stack(name="s", entries=entries, toolchain=toolchain)).mpi_families()

    assert families("zlib") == {}
    assert families("hdf5 +mpi") == {"any": "hdf5"}
    assert families("hdf5 +mpi ^mpich") == {"mpich": "mpich"}
    foss = Toolchain(name="foss", version="2024a")
    assert families("hdf5", toolchain=foss) == {"openmpi": "foss-2024a"}
    assert families("zlib", toolchain=Toolchain(name="GCC", version="13.3.0")) == {}
    parts = Toolchain(parts={"mpi": Package(name="intel-oneapi-mpi")})
    assert families("hdf5", toolchain=parts) == {"mpich": "intel-oneapi-mpi"}


def test_mpi_names() -> None:
    assert family_of("OpenMPI") == "openmpi"
    assert family_of("fujitsu-mpi") == ""
    assert family_of("zlib") is None
    assert toolchain_family("cpeGNU") == "mpich"
    assert toolchain_family("gfbf") is None


def test_features_that_nobody_can_confirm_are_kept_as_text() -> None:
    assert one("gromacs +mpi ~plumed precision=single").other == ("~plumed", "precision=single")


def test_the_same_package_twice_is_asked_for_once() -> None:
    entries = (parse("hdf5", NOWHERE), parse("hdf5", NOWHERE), parse("hdf5@1.14", NOWHERE))
    assert [p.text for p in from_stack(Stack(name="s", entries=entries)).packages] == [
        "hdf5",
        "hdf5@1.14",
    ]


def test_glibc_is_a_demand_on_the_system() -> None:
    entries = (parse("hdf5", NOWHERE), parse("glibc@2.34:", NOWHERE))
    wanted = from_stack(Stack(name="s", entries=entries))
    assert [package.name for package in wanted.packages] == ["hdf5"]
    assert "2.38" in wanted.libc
    assert "2.28" not in wanted.libc


def test_container_and_togetherness() -> None:
    stack = Stack(name="s", container=Container(base="debian:12"), unify="separately")
    wanted = from_stack(stack)
    assert wanted.container
    assert not wanted.together


def test_a_recipe_asks_for_itself() -> None:
    recipe = Recipe(
        name="GROMACS",
        version="2024.4",
        names="easybuild",
        toolchain=Toolchain(name="foss", version="2023b"),
    )
    wanted = from_recipe(recipe)
    assert wanted.packages[0].text == "GROMACS@=2024.4"
    assert wanted.mpi_families() == {"openmpi": "foss-2023b"}


def test_a_resolution_asks_for_its_roots() -> None:
    nodes = (
        Node(key="a", name="gromacs", version="2024.4", target="zen3"),
        Node(key="b", name="zlib", version="1.3.1"),
    )
    rooted = Resolution(nodes=nodes, roots=(Root(key="a"),))
    assert [p.name for p in from_resolution(rooted, "s").packages] == ["gromacs"]
    assert from_resolution(rooted, "s").packages[0].target == "zen3"
    assert len(from_resolution(Resolution(nodes=nodes), "s").packages) == 2


def test_packages_of_several_generations_are_not_meant_for_one_job() -> None:
    def together(*versions: str, unify: Any = None) -> bool:
        entries = tuple(
            Package(name="hdf5", toolchain=Toolchain(name="foss", version=version))
            for version in versions
        )
        return from_stack(Stack(name="s", entries=entries, unify=unify)).together

    assert together("2024a", "2024a")
    assert not together("2024a", "2023b")
    assert together("2024a", "2023b", unify="together")
    assert not together("2024a", unify="separately")


def test_a_rule_may_require_mpi_and_target() -> None:
    def wanted(strength: Any) -> Wanted:
        rules = (
            Rule(subject="mpi", strength=strength, choices=(Package(name="mpich"),)),
            Rule(subject="*", strength=strength, choices=(Package(target="zen3"),)),
        )
        return from_stack(Stack(name="s", entries=(parse("hdf5", NOWHERE),), rules=rules))

    assert wanted("require").mpi_families() == {"mpich": "mpich"}
    assert wanted("require").targets == ("zen3",)
    assert wanted("prefer").mpi_families() == {}
    assert wanted("prefer").targets == ()
