"""Resolution: what exactly is it? Concrete nodes and typed edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.package import EMPTY, Extensions, Feature, Flag, Package, Toolchain

__all__ = ["Edge", "Installed", "Node", "Resolution", "Root"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Something that is there already: prefix and modules as the site names them."""

    prefix: str | None = None
    modules: tuple[str, ...] = ()
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One concrete package. `key` is unique within the resolution (a hash or a module name)."""

    key: str
    name: str
    version: str
    namespace: str | None = None
    features: tuple[Feature, ...] = ()
    flags: tuple[Flag, ...] = ()
    toolchain: Toolchain | None = None
    platform: str | None = None
    os: str | None = None
    target: str | None = None
    installed: Installed | None = None
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """`parent` needs `child` (keys). Kinds: build, link, run, test."""

    parent: str
    child: str
    kinds: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A node that was asked for, with the request and its group where they are known."""

    key: str
    request: Package | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A directed graph of concrete packages; acyclic unless a notice says otherwise."""

    names: str | None = None
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    roots: tuple[Root, ...] = ()
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)

    def by_key(self) -> dict[str, Node]:
        """Nodes by their key."""
        return {node.key: node for node in self.nodes}

    def children(self, key: str) -> Iterator[Edge]:
        """Edges from that node."""
        return (edge for edge in self.edges if edge.parent == key)
