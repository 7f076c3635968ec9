"""Packages merged, compared and written out, where the recorded answers don't reach."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from stackbridge.errors import InputError
from stackbridge.hub import targets
from stackbridge.hub.expand import MAX_PACKAGES, expand, expand_entries
from stackbridge.hub.merge import Conflict, constrain, intersects, satisfies
from stackbridge.hub.notices import Place
from stackbridge.hub.package import Package, Toolchain
from stackbridge.hub.shortform import format_package, parse
from stackbridge.hub.stack import Definition, Group, Matrix, Stack, Use


@pytest.mark.parametrize(
    ("a", "b", "merged"),
    [
        ("gromacs@2023: +mpi", "@:2024 ~cuda", "gromacs@2023:2024 +mpi ~cuda"),
        ("x gpu=sm_80", "gpu=sm_90,sm_80", "x gpu=sm_80,sm_90"),
        ("x toolchain=foss-2024a", "toolchain=foss-2024a", "x toolchain=foss-2024a"),
        ("x ^mpi=openmpi@4:", "^openmpi@:5 +y", None),
        ("x ^openmpi@4:", "^mpi=openmpi@:5", "x ^mpi=openmpi@4:5"),
        ("x ^openmpi", "%openmpi", "x %openmpi"),
        ("x k=b,a", "k=c", "x k=a,b,c"),
        ("x k:=a,b", "k=a", "x k:=a,b"),
        ("x k=*", "k=a", "x k=a"),
    ],
)
def test_constrain(a: str, b: str, merged: str | None) -> None:
    if merged is None:
        with pytest.raises(InputError):
            parse(b)
        return
    assert format_package(constrain(parse(a), parse(b))) == merged


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ("x@1", "@2", "versions `1` and `2`"),
        ("x", "y", "name `x` is not `y`"),
        ("x+a", "~a", "`a` can't be on and off"),
        ("x k:=a", "k=b", "`k` can't be `a` and `b`"),
        ("x target=zen2", "target=zen3", "targets `zen2` and `zen3`"),
        ("x toolchain=foss-2024a", "toolchain=foss-2025a", "toolchain version"),
        ("x ^y@1", "^y@2", "of the dependency `y`, versions"),
        ("x /abc", "/abd", "hash"),
    ],
)
def test_conflicts_say_what_differs(a: str, b: str, message: str) -> None:
    with pytest.raises(Conflict, match=message):
        constrain(parse(a), parse(b))
    assert not intersects(parse(b), parse(a))


def test_toolchains_and_extensions_are_merged() -> None:
    parts = Toolchain(parts=MappingProxyType({"mpi": parse("openmpi@4:")}))
    a = Package(toolchain=parts, extensions=MappingProxyType({"spack": {"a": 1}, "x": 1}))
    named = Toolchain(name="foss", parts=MappingProxyType({"mpi": parse("openmpi@:5")}))
    b = Package(toolchain=named, extensions=MappingProxyType({"spack": {"b": 2}}))
    merged = constrain(a, b)
    assert merged.toolchain == Toolchain(name="foss", parts={"mpi": parse("openmpi@4:5")})
    assert merged.extensions == {"spack": {"a": 1, "b": 2}, "x": 1}
    assert satisfies(merged, Package(toolchain=Toolchain(name="foss")))
    assert not satisfies(a, Package(toolchain=Toolchain(name="foss")))


def test_what_is_below_counts_only_where_it_is_linked_or_run() -> None:
    linked = parse("a")
    inner = constrain(linked, parse("^b[^c@1]"))
    assert not satisfies(inner, parse("^c@1"))
    assert satisfies(inner, parse("^b"))


@pytest.mark.parametrize(
    ("a", "b", "common"),
    [
        ("zen3", "x86_64_v3:", "zen3"),
        ("x86_64:", "zen2", "zen2"),
        ("zen2:", ":zen4", "zen2:zen4"),
        ("zen2:", ":zen2", "zen2"),
        ("haswell,zen3", "zen2:", "zen3"),
        ("aarch64:", "zen2", None),
        ("zen2:", "haswell:", None),
        ("zen2:", "neoverse_n1:", None),
        ("*", "zen2", "zen2"),
        ("unheard_of", "unheard_of", "unheard_of"),
        ("unheard_of", "x86_64:", None),
    ],
)
def test_targets(a: str, b: str, common: str | None) -> None:
    assert targets.intersection(a, b) == common


def test_matrices_definitions_and_groups() -> None:
    stack = Stack(
        name="s",
        definitions=(
            Definition(name="compilers", entries=(parse("gcc@12"), parse("gcc@13"))),
            Definition(name="libs", entries=(parse("hdf5"), parse("zlib ~shared"))),
            Definition(name="libs", entries=(parse("fftw"),)),
        ),
        entries=(
            parse("cmake"),
            Matrix(
                rows=(
                    (Use(name="libs"),),
                    (Use(name="compilers", role="compiler"),),
                    (parse("target=zen3"),),
                ),
                exclude=(parse("hdf5 %gcc@12"), parse("zlib")),
            ),
        ),
        groups=(Group(name="g", entries=(Use(name="compilers"),), explicit=False),),
    )
    found = [(e.group, format_package(e.package)) for e in expand(stack)]
    assert found == [
        (None, "cmake"),
        (None, "hdf5 target=zen3 %gcc@13"),
        (None, "fftw target=zen3 %gcc@12"),
        (None, "fftw target=zen3 %gcc@13"),
        ("g", None),  # not explicit: the short form can't say that
        ("g", None),
    ]
    assert [e.package.name for e in expand(stack) if not e.package.explicit] == ["gcc", "gcc"]


def test_a_compiler_role_before_a_compiler_is_propagated() -> None:
    use = Use(name="c", role="compiler")
    (package,) = expand_entries((use,), (Definition(name="c", entries=(parse("%gcc@12"),)),))
    assert format_package(package) == "%%gcc@12"


def test_bad_structures_name_their_place() -> None:
    place = Place(file="f", line=3, column=5)
    with pytest.raises(InputError, match="`x` is not defined") as caught:
        expand_entries((Use(name="x", place=place),), (Definition(name="y", entries=()),))
    assert (caught.value.file, caught.value.line, caught.value.column) == ("f", 3, 5)
    assert "`y`" in str(caught.value.hint)
    with pytest.raises(InputError, match="contradicts itself: versions `1`"):
        expand_entries((Matrix(rows=((parse("a@1"),), (parse("@2"),)), place=place),))
    fragment = Definition(name="c", entries=(parse("+mpi"),))
    with pytest.raises(InputError, match="without a name"):
        expand_entries((Use(name="c", role="dependency"),), (fragment,))
    row = tuple(parse(f"+f{i}") for i in range(100))
    with pytest.raises(InputError, match=f"more than {MAX_PACKAGES}"):
        expand_entries((Matrix(rows=(row, row, row, row)),))
