"""A resolution asked for again: exactly, compatibly, loosely."""

from __future__ import annotations

import pytest

from stackbridge.hub.document import read, write
from stackbridge.hub.package import Feature, Package, Toolchain
from stackbridge.hub.pinning import Pin, pin, pin_version
from stackbridge.hub.resolution import Edge, Node, Resolution, Root
from stackbridge.hub.shortform import format_package
from stackbridge.hub.versions import VersionSet

FOSS = Toolchain(name="foss", version="2024a")
RESOLUTION = Resolution(
    names="spack",
    nodes=(
        Node(
            key="a",
            name="hdf5",
            version="1.14.4-3",
            features=(Feature(name="mpi", value=True),),
            toolchain=FOSS,
            target="zen3",
        ),
        Node(key="b", name="openmpi", version="5.0.3"),
        Node(key="c", name="hwloc", version="2.11.1"),
        Node(key="d", name="cmake", version="develop"),
    ),
    edges=(
        Edge(parent="a", child="b", kinds=("link",), provides=("mpi",)),
        Edge(parent="b", child="c"),
        Edge(parent="a", child="c"),
    ),
)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("compatible", ["hdf5@1.14 +mpi toolchain=foss-2024a", "cmake@=develop"]),
        ("loose", ["hdf5@>=1.14.4-3 +mpi", "cmake@=develop"]),
    ],
)
def test_roots_alone(how: Pin, expected: list[str]) -> None:
    stack = pin(RESOLUTION, how)
    assert [format_package(e) for e in stack.entries if isinstance(e, Package)] == expected
    assert stack.names == "spack"


def test_exactly_pins_what_lies_below_too() -> None:
    package = pin(RESOLUTION, "exact").entries[0]
    assert isinstance(package, Package)
    assert package.target == "zen3"
    below = [
        (d.package.name, str(d.package.versions), d.direct, d.provides)
        for d in package.dependencies
    ]
    assert below == [("openmpi", "=5.0.3", True, ("mpi",)), ("hwloc", "=2.11.1", True, ())]
    assert package.dependencies[0].kinds == ("link",)


def test_a_node_deeper_below_is_not_direct() -> None:
    deep = Resolution(
        nodes=RESOLUTION.nodes[:3],
        edges=RESOLUTION.edges[:2],
        roots=(Root(key="a", request=Package(name="hdf5", explicit=False)), Root(key="x")),
    )
    (package,) = pin(deep, "exact").entries
    assert isinstance(package, Package)
    assert [d.direct for d in package.dependencies] == [True, False]
    assert package.explicit is False


def test_groups_stay_groups() -> None:
    grouped = Resolution(
        nodes=RESOLUTION.nodes,
        roots=(Root(key="b", group="mpi"), Root(key="d"), Root(key="c", group="mpi")),
    )
    stack = pin(grouped, "compatible", name="s")
    assert [group.name for group in stack.groups] == ["mpi"]
    assert len(stack.groups[0].entries) == 2
    assert len(stack.entries) == 1
    assert read(write(stack)) == stack


def test_versions() -> None:
    assert pin_version("1.14.4-3", "exact") == VersionSet.exactly("1.14.4-3")
    assert pin_version("1.14.4-3", "compatible") == VersionSet.prefix("1.14")
    assert pin_version("9e", "compatible") == VersionSet.prefix("9e")
    assert pin_version("1.2", "loose") == VersionSet.at_least("1.2")
    assert pin_version("main", "loose") == VersionSet.exactly("main")
    assert pin_version("what ever", "exact").is_any
