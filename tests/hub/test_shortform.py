"""The short form: what each text means, what is refused, and that it comes back."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.errors import InputError
from stackbridge.hub.notices import Place
from stackbridge.hub.package import Dependency, Feature, Flag, Package, Toolchain
from stackbridge.hub.shortform import format_package, parse, parse_toolchain
from stackbridge.hub.versions import VersionSet


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("zlib", Package(name="zlib")),
        ("py-numpy@=1.26.4", Package(name="py-numpy", versions=VersionSet.exactly("1.26.4"))),
        ("@>=1.2,<2", Package(versions=VersionSet.parse(">=1.2,<2"))),
        (
            "hdf5+mpi~cxx",
            Package(name="hdf5", features=(Feature(name="mpi", value=True), Feature(name="cxx", value=False))),
        ),
        ("x ++a", Package(name="x", features=(Feature(name="a", value=True, propagated=True),))),
        ("x k=a,b", Package(name="x", features=(Feature(name="k", value=("a", "b")),))),
        ("x k:=a", Package(name="x", features=(Feature(name="k", value=("a",), exactly=True),))),
        ("x k==a", Package(name="x", features=(Feature(name="k", value=("a",), propagated=True),))),
        ('x cflags="-O3 -g"', Package(name="x", flags=(Flag(name="cflags", value="-O3 -g"),))),
        (
            "x target=zen3 os=rhel9 platform=linux gpu=sm_80,sm_90 /abc",
            Package(name="x", target="zen3", os="rhel9", platform="linux", gpus=("sm_80", "sm_90"), hash="abc"),
        ),
        (
            "x toolchain=foss-2024a",
            Package(name="x", toolchain=Toolchain(name="foss", version="2024a")),
        ),
        (
            "x %c,cxx=gcc@13",
            Package(
                name="x",
                dependencies=(
                    Dependency(
                        package=Package(name="gcc", versions=VersionSet.prefix("13")),
                        provides=("c", "cxx"),
                        direct=True,
                    ),
                ),
            ),
        ),
        (
            "x ^y+a[k=v] target=zen3",
            Package(
                name="x",
                target="zen3",
                dependencies=(
                    Dependency(
                        package=Package(
                            name="y",
                            features=(Feature(name="a", value=True), Feature(name="k", value=("v",))),
                        )
                    ),
                ),
            ),
        ),
        (
            "x ^y%gcc",
            Package(
                name="x",
                dependencies=(
                    Dependency(
                        package=Package(
                            name="y",
                            dependencies=(Dependency(package=Package(name="gcc"), direct=True),),
                        )
                    ),
                ),
            ),
        ),
    ],
)  # fmt: skip
def test_meaning(text: str, package: Package) -> None:
    assert parse(text) == package
    written = format_package(package)
    assert written is not None
    assert parse(written) == package


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("gromacs ^fftw +mpi", 25, "whose `+mpi` is", "fftw[...]"),
        ("gromacs %gcc k=v", 24, "whose `k=v` is", "gcc[...]"),
        ("BLAST+", 17, "name of a feature is missing", "long form"),
        ("netCDF-C++4", 20, "name of a feature is missing", "long form"),
        ("a b", 13, "second name, `b`", "`+b`"),
        ("a -x", 13, "`-` does not switch", "`~`"),
        ("a@2:1", 12, "empty", "@1.2:1.4"),
        ("a@", 12, "version is missing", "@1.2:1.4"),
        ("a +x ~x", 16, "`x` is given twice", None),
        ("a@1 @2", 15, "`versions` is given twice", None),
        ("a ^b^c", 15, "glued", "blank"),
        ("a ]", 13, "never opened", None),
        ("a ^b[+x", 15, "never closed", None),
        ("a ^b[c]", 15, "no name", None),
        ("a ^b+x[~x]", 17, "given twice", None),
        ("a ^", 14, "name is missing", None),
        ("a k=", 15, "value is missing", "quote"),
        ("a target:=x", 13, "takes `=` only", None),
        ("a toolchain=a,b", 13, "no toolchain", "foss-2024a"),
        ("a cflags=x,y", 13, "takes one text", "-O3"),
        ("a /", 14, "hash is missing", None),
        ("a ;x", 13, "`;` has no meaning", None),
    ],
)
def test_errors_have_place_and_hint(text: str, column: int, message: str, hint: str | None) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, Place(file="f.yaml", line=7, column=11))
    error = caught.value
    assert message in error.message
    assert (error.file, error.line, error.column) == ("f.yaml", 7, column)
    assert error.hint is None if hint is None else hint in str(error.hint)


def test_limits() -> None:
    with pytest.raises(InputError, match="nested deeper"):
        parse("a " + "^b[" * 50)
    with pytest.raises(InputError, match="too long"):
        parse("a" * 30_000)


@pytest.mark.parametrize(
    "package",
    [
        Package(),
        Package(name="BLAST+"),
        Package(name="x", namespace="builtin"),
        Package(name="x", explicit=False),
        Package(name="x", features=(Feature(name="target", value=("y",)),)),
        Package(name="x", features=(Feature(name="k", value=()),)),
        Package(name="x", toolchain=Toolchain(name="foss", parts={"mpi": Package(name="openmpi")})),
        Package(name="x", dependencies=(Dependency(package=Package(name="y"), kinds=("build",)),)),
        Package(name="x", dependencies=(Dependency(package=Package(name="y"), when=Package(name="x")),)),
        Package(name="x", dependencies=(Dependency(package=Package()),)),
        Package(name="x", extensions={"spack": 1}),
        Package(name="x y"),
    ],
)  # fmt: skip
def test_what_the_short_form_cannot_say(package: Package) -> None:
    assert format_package(package) is None


def test_toolchain_names() -> None:
    assert parse_toolchain("system") == Toolchain(name="system")
    assert parse_toolchain("cpeGNU-25.03") == Toolchain(name="cpeGNU", version="25.03")
    assert parse_toolchain("a b") is None


@settings(max_examples=200, deadline=None)
@given(st.text("ab1@+~=^%[]/:,.*\"' -;$(\n", max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        package = parse(text)
        written = format_package(package)
        assert written is None or parse(written) == package
