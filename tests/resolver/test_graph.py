"""The dependency graph: order, cycles, closure."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.hub.notices import NOWHERE
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.resolution import Edge, Node, Resolution, Root
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Stack
from stackbridge.resolver.graph import (
    closure,
    cycles,
    facts,
    from_recipe,
    from_resolution,
    from_stack,
    order,
)


def resolution(edges: list[tuple[str, str]], roots: tuple[str, ...] = ()) -> Resolution:
    keys = sorted({key for edge in edges for key in edge} | set(roots))
    return Resolution(
        nodes=tuple(Node(key=key, name=key, version="1") for key in keys),
        edges=tuple(Edge(parent=a, child=b, kinds=("link",)) for a, b in edges),
        roots=tuple(Root(key=key) for key in roots),
    )


DIAMOND = resolution([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], ("a",))


def test_what_is_needed_comes_first() -> None:
    assert order(from_resolution(DIAMOND)) == ("d", "b", "c", "a")


def test_closure() -> None:
    graph = from_resolution(DIAMOND)
    assert closure(graph, "b") == {"b", "d"}
    with pytest.raises(KeyError):
        closure(graph, "nothing")


def test_cycles_are_found_and_do_not_break_the_order() -> None:
    graph = from_resolution(resolution([("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")], ("a",)))
    assert cycles(graph) == (("b", "c"),)
    assert order(graph) == ("d", "b", "c", "a")
    assert facts(graph).depth is None


def test_facts() -> None:
    figures = facts(from_resolution(DIAMOND))
    assert (figures.nodes, figures.edges, figures.roots, figures.depth) == (4, 4, ("a",), 2)


def test_an_edge_to_nowhere_is_left_out() -> None:
    broken = Resolution(
        nodes=(Node(key="a", name="a", version="1"),), edges=(Edge(parent="a", child="x"),)
    )
    assert from_resolution(broken).number_of_edges() == 0


def test_a_stack_gives_what_it_says() -> None:
    stack = Stack(
        name="s",
        entries=(parse("gromacs@2024.4 ^fftw@3.3", NOWHERE), parse("fftw@3.3", NOWHERE)),
    )
    graph = from_stack(stack)
    assert graph.number_of_edges() == 1
    assert len(graph) == 2
    assert facts(graph).roots == ("fftw@3.3", "gromacs@2024.4")


def test_a_recipe_gives_its_dependencies() -> None:
    recipe = Recipe(name="a", version="1", dependencies=(Dependency(package=Package(name="b")),))
    assert order(from_recipe(recipe)) == ("b", "a@=1")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20))
def test_laws_of_any_graph(edges: list[tuple[str, str]]) -> None:
    graph = from_resolution(resolution(edges))
    ordered = order(graph)
    assert sorted(ordered) == sorted(graph)
    together = {key: circle for circle in cycles(graph) for key in circle}
    for parent, child in graph.edges:
        if together.get(parent, (parent,)) != together.get(child, (child,)):
            assert ordered.index(child) < ordered.index(parent)
        assert closure(graph, child) <= closure(graph, parent)
    assert bool(cycles(graph)) is not nx.is_directed_acyclic_graph(graph)
