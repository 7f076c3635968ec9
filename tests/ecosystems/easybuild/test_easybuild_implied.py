"""What an easyconfig is built with though nobody says so."""

from __future__ import annotations

import pytest

from stackbridge.ecosystems.easybuild.implied import implied
from stackbridge.ecosystems.easybuild.index import Index
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
from stackbridge.hub.package import Feature, Package, Toolchain


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(Index.open())


def found(file: str, resolver: Resolver, *said: Feature) -> set[str]:
    index = Index.open()
    entry = index.entry(f"{file}.eb")
    assert entry is not None
    name, version = entry.toolchain
    package = Package(
        name=entry.name, toolchain=Toolchain(name=name, version=version), features=said
    )
    return {f"{'+' if x.value else '~'}{x.name}" for x in implied(package, entry, resolver)}


@pytest.mark.parametrize(
    ("file", "features"),
    [
        # the toolchain has no MPI library
        ("FFTW-3.3.10-GCC-12.3.0", {"~mpi", "~cuda", "~rocm"}),
        # built with MPI and no BLAS: for nothing but MPI
        ("FFTW.MPI-3.3.10-gompi-2023a", {"+mpi", "~cuda", "~rocm"}),
        # foss is taken for its BLAS as well, so that nothing is said of MPI
        ("PyTorch-2.1.2-foss-2023a", {"~cuda", "~rocm"}),
        ("PyTorch-2.1.2-foss-2023a-CUDA-12.1.1", {"+cuda", "~rocm"}),
        ("NCCL-2.18.3-GCCcore-12.3.0-CUDA-12.1.1", {"~mpi", "+cuda", "~rocm"}),
        ("networkx-3.5-gfbf-2025b", {"~mpi", "~cuda", "~rocm"}),
    ],
)
def test_toolchain_and_dependencies_tell(file: str, features: set[str], resolver: Resolver) -> None:
    assert found(file, resolver) == features


def test_what_is_said_is_not_implied(resolver: Resolver) -> None:
    said = Feature(name="cuda", value=True)
    assert "~cuda" not in found("PyTorch-2.1.2-foss-2023a", resolver, said)


@pytest.mark.parametrize(
    ("toolchain", "features"),
    [("GCC", {"~mpi"}), ("gompi", {"+mpi"}), ("foss", set()), ("nobody", set())],
)
def test_without_an_easyconfig_the_toolchain_alone_tells(
    toolchain: str, features: set[str], resolver: Resolver
) -> None:
    package = Package(name="own", toolchain=Toolchain(name=toolchain, version="2023a"))
    made = {f"{'+' if x.value else '~'}{x.name}" for x in implied(package, None, resolver)}
    assert made == features
