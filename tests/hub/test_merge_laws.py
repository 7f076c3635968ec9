"""Laws of `constrain`, `satisfies` and `intersects` on packages of many parts."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stackbridge.hub.merge import Conflict, constrain, intersects, satisfies
from stackbridge.hub.package import Package
from stackbridge.hub.shortform import parse

laws = settings(max_examples=200, deadline=None)

_PARTS = (
    "hdf5",
    "@1.2:",
    "@:1.4",
    "@=1.3",
    "+mpi",
    "~mpi",
    "k=a",
    "k=b",
    "k:=a,b",
    "k=*",
    "target=zen3",
    "target=x86_64_v3:",
    "target=:zen4",
    "os=rhel9",
    "gpu=sm_80",
    "cflags=-O2",
    "toolchain=foss-2024a",
    "^zlib@1.2:",
    "^zlib+pic",
    "^mpi=openmpi@4:",
    "%gcc@12",
    "%c=gcc",
    "/abc",
)


@st.composite
def packages(draw: st.DrawFn) -> Package:
    found = Package()
    for text in draw(st.lists(st.sampled_from(_PARTS), max_size=5)):
        part = parse(text)
        if intersects(found, part):
            found = constrain(found, part)
    return found


@laws
@given(packages())
def test_a_package_is_itself_and_what_is_more_general(a: Package) -> None:
    assert constrain(a, a) == a
    assert constrain(a, Package()) == a
    assert satisfies(a, a)
    assert satisfies(a, Package())


@laws
@given(packages(), packages())
def test_the_merged_package_is_both(a: Package, b: Package) -> None:
    assert intersects(a, b) == intersects(b, a)
    assume(intersects(a, b))
    both, other = constrain(a, b), constrain(b, a)
    assert satisfies(both, a)
    assert satisfies(both, b)
    assert satisfies(both, other)
    assert satisfies(other, both)
    assert constrain(both, b) == both


@laws
@given(packages(), packages(), packages())
def test_merging_in_any_grouping_is_the_same(a: Package, b: Package, c: Package) -> None:
    try:
        left = constrain(constrain(a, b), c)
    except Conflict:
        return
    right = constrain(a, constrain(b, c))
    assert satisfies(left, right)
    assert satisfies(right, left)


@laws
@given(packages(), packages(), packages())
def test_satisfying_is_transitive(a: Package, b: Package, c: Package) -> None:
    if satisfies(a, b) and satisfies(b, c):
        assert satisfies(a, c)
