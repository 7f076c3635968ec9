"""Versions that count by CUDA or ROCm, and what of a versionsuffix a dependency says as well."""

from __future__ import annotations

import pytest

from stackbridge.ecosystems.spack.translating.version_choice import of_release, without_release
from stackbridge.ecosystems.spack.translating.wording import known_features
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Dependency, Feature, Package, Toolchain
from stackbridge.hub.versions import VersionSet


def asked(
    name: str, version: str, below: str = "", at: str = "", chain: Toolchain | None = None
) -> Package:
    """`NAME-VERSION-BELOW-AT`, as an easystack's file name is read."""
    edge = Dependency(package=Package(name=below, versions=VersionSet.exactly(at or "0")))
    return Package(
        name=name,
        versions=VersionSet.exactly(version),
        features=(Feature(name=below.lower(), value=True),) if below else (),
        dependencies=(edge,) if below else (),
        toolchain=chain,
    )


@pytest.mark.parametrize(
    ("package", "known", "expected"),
    [
        (asked("ROCm-LLVM", "19.0.0", "ROCm", "6.4.1"), ("7.0.0", "6.4.1"), "6.4.1"),
        (asked("ROCm-LLVM", "19.0.0", "ROCm", "6.4.9"), ("7.0.0", "6.4.1"), None),
        (
            asked(
                "RCCL",
                "2.22.3",
                chain=Toolchain(name="rocm-compilers", version="19.0.0-ROCm-6.4.1"),
            ),
            ("6.4.1",),
            "6.4.1",
        ),
        (asked("cuDNN", "9.10.1.4", "CUDA", "12.8.0"), ("9.10.1.4-11", "9.10.1.4-12"),
         "9.10.1.4-12"),
        (asked("cuDNN", "9.5.0.50", "CUDA", "12.6.0"), ("9.10.1.4-12",), None),
        (asked("zlib", "1.3.1"), ("1.3.1",), None),
    ],
)  # fmt: skip
def test_spack_counts_by_the_release_that_software_is_for(
    package: Package, known: tuple[str, ...], expected: str | None
) -> None:
    assert of_release(package, known) == expected


def test_rocm_is_not_asked_for_again_where_the_version_names_it() -> None:
    rest = without_release(asked("ROCm-LLVM", "19.0.0", "ROCm", "6.4.1"))
    assert (rest.features, rest.dependencies) == ((), ())
    cuda = asked("cuDNN", "9.10.1.4", "CUDA", "12.8.0")
    assert without_release(cuda) == cuda


def test_cuda_stays_below_what_always_needs_it() -> None:
    said: list[tuple[Code, str, str]] = []
    package = asked("cudnn", "9.10.1.4-12", "cuda", "12.8.0")
    kept = known_features(package, (), lambda *each: said.append(each), {"cuda"})
    assert (kept.features, kept.dependencies, said) == ((), package.dependencies, [])
    gone = known_features(package, (), lambda *each: said.append(each))
    assert gone.dependencies == ()
    assert [code for code, _, _ in said] == [Code.FEATURE_LOST]


def test_a_library_that_stands_below_is_no_lost_feature() -> None:
    said: list[tuple[Code, str, str]] = []
    package = Package(
        name="py-torch-geometric",
        features=(Feature(name="pytorch", value=True),),
        dependencies=(Dependency(package=Package(name="py-torch")),),
    )
    kept = known_features(package, (), lambda *each: said.append(each))
    assert kept.dependencies == package.dependencies
    assert said == []
