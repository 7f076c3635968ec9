"""The dependency graph of a resolution or a stack: order, cycles, closure.

Nodes are keyed as in the resolution; of a stack, each package is a node, and so is each
constraint on a dependency. Edges point from the package to what it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from stackbridge.hub.package import Package
    from stackbridge.hub.recipe import Recipe
    from stackbridge.hub.resolution import Resolution
    from stackbridge.hub.stack import Stack

    Graph = nx.DiGraph[str]

__all__ = [
    "Facts",
    "closure",
    "cycles",
    "facts",
    "from_recipe",
    "from_resolution",
    "from_stack",
    "order",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A graph in figures. `depth` is the longest chain, in edges; None with cycles."""

    nodes: int
    edges: int
    roots: tuple[str, ...]
    depth: int | None
    cycles: tuple[tuple[str, ...], ...]


def _add(graph: Graph, key: str, name: str, version: str, *, root: bool) -> None:
    if key in graph:
        graph.nodes[key]["root"] = graph.nodes[key]["root"] or root
        return
    graph.add_node(key, name=name, version=version, root=root)


def from_resolution(resolution: Resolution) -> Graph:
    """Nodes with `name`, `version`, `root`; edges with `kinds` and `provides` as text."""
    import networkx as nx

    graph: Graph = nx.DiGraph()
    roots = {root.key for root in resolution.roots}
    for node in resolution.nodes:
        _add(graph, node.key, node.name, node.version, root=node.key in roots)
    for edge in resolution.edges:
        if edge.parent in graph and edge.child in graph:
            graph.add_edge(
                edge.parent,
                edge.child,
                kinds=",".join(edge.kinds),
                provides=",".join(edge.provides),
            )
    return graph


def _versions(package: Package) -> str:
    if package.versions.is_any:
        return ""
    return package.versions.ranges() or str(package.versions)


def _key(package: Package) -> str:
    version = _versions(package)
    return f"{package.name or '*'}@{version}" if version else package.name or "*"


def _needs(graph: Graph, parent: str, package: Package) -> None:
    for dependency in package.dependencies:
        inner = dependency.package
        key = _key(inner)
        if key == parent:
            continue
        _add(graph, key, inner.name or "*", _versions(inner), root=False)
        graph.add_edge(
            parent,
            key,
            kinds=",".join(dependency.kinds),
            provides=",".join(dependency.provides),
        )
        _needs(graph, key, inner)


def from_stack(stack: Stack) -> Graph:
    """What the stack itself says of dependencies; the same request twice is one node."""
    import networkx as nx

    from stackbridge.hub.expand import expand

    graph: Graph = nx.DiGraph()
    for row in expand(stack):
        key = _key(row.package)
        _add(graph, key, row.package.name or "*", _versions(row.package), root=True)
        _needs(graph, key, row.package)
    return graph


def from_recipe(recipe: Recipe) -> Graph:
    """A recipe's package and its direct dependencies."""
    import networkx as nx

    from stackbridge.hub.package import Package
    from stackbridge.hub.versions import VersionSet

    graph: Graph = nx.DiGraph()
    package = Package(
        name=recipe.name,
        versions=VersionSet.exactly(recipe.version),
        dependencies=recipe.dependencies,
    )
    key = _key(package)
    _add(graph, key, recipe.name, recipe.version, root=True)
    _needs(graph, key, package)
    return graph


def order(graph: Graph) -> tuple[str, ...]:
    """What to build first: every package after all that it needs, ties by key.

    Where there are cycles, the members of a cycle stand together.
    """
    import networkx as nx

    condensed = nx.condensation(graph)
    members = condensed.nodes(data="members")
    first = {part: min(keys) for part, keys in members}
    found: list[str] = []
    reverse = condensed.reverse(copy=False)
    for part in nx.lexicographical_topological_sort(reverse, key=first.__getitem__):
        found += sorted(condensed.nodes[part]["members"])
    return tuple(found)


def cycles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Groups of packages which need each other, sorted."""
    import networkx as nx

    return tuple(
        sorted(
            tuple(sorted(part))
            for part in nx.strongly_connected_components(graph)
            if len(part) > 1 or any(graph.has_edge(key, key) for key in part)
        )
    )


def closure(graph: Graph, key: str) -> frozenset[str]:
    """Everything that a package needs, itself included. KeyError when it is not there."""
    import networkx as nx

    if key not in graph:
        raise KeyError(key)
    return frozenset(nx.descendants(graph, key)) | {key}


def facts(graph: Graph) -> Facts:
    """The graph in figures."""
    import networkx as nx

    circles = cycles(graph)
    return Facts(
        nodes=graph.number_of_nodes(),
        edges=graph.number_of_edges(),
        roots=tuple(sorted(key for key, root in graph.nodes(data="root") if root)),
        depth=None if circles else nx.dag_longest_path_length(graph, weight=None),
        cycles=circles,
    )
