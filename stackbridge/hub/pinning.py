"""Resolution -> Stack: what was found to be, asked for again.

How much of it is asked for is the pin:

- `exact`: that version, its features, its toolchain and target, and those of everything
  below each root
- `compatible`: the versions which share the first two components (`1.14.4` -> `1.14`), the
  features, the toolchain; nothing of what lies below
- `loose`: the features only, with that version or any later one

A root that is known with its request keeps what the request says and the node doesn't.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from stackbridge.hub.package import EMPTY, Dependency, Package
from stackbridge.hub.resolution import Node, Resolution, Root
from stackbridge.hub.stack import Group, Stack
from stackbridge.hub.versions import ANY, Version, VersionSet

__all__ = ["Pin", "pin", "pin_node", "pin_version"]

Pin: TypeAlias = Literal["exact", "compatible", "loose"]


def pin(resolution: Resolution, how: Pin, *, name: str = "pinned") -> Stack:
    """The roots of a resolution (every node that nothing needs, if it names no roots).

    Roots of a group stay in a group of that name.
    """
    nodes = resolution.by_key()
    roots = resolution.roots
    if not roots:
        needed = {edge.child for edge in resolution.edges}
        roots = tuple(Root(key=node.key) for node in resolution.nodes if node.key not in needed)
    ungrouped: list[Package] = []
    groups: dict[str, list[Package]] = {}
    for root in roots:
        if root.key in nodes:
            packages = ungrouped if root.group is None else groups.setdefault(root.group, [])
            packages.append(_root(resolution, nodes, root, how))
    return Stack(
        name=name,
        names=resolution.names,
        entries=tuple(ungrouped),
        groups=tuple(Group(name=key, entries=tuple(found)) for key, found in groups.items()),
    )


def pin_version(version: str, how: Pin) -> VersionSet:
    """The versions to ask for; any, where the text is no version."""
    try:
        known = Version(version)
        if how == "exact" or known.is_branch or known.is_git:
            return VersionSet.exactly(known)
        if how == "loose":
            return VersionSet.at_least(known)
        return VersionSet.prefix(known.up_to(2))
    except ValueError:
        return ANY


def pin_node(node: Node, how: Pin) -> Package:
    """One node as a request, without what lies below."""
    close = how != "loose"
    return Package(
        name=node.name,
        namespace=node.namespace if how == "exact" else None,
        versions=pin_version(node.version, how),
        features=node.features,
        flags=node.flags if how == "exact" else (),
        toolchain=node.toolchain if close else None,
        platform=node.platform if how == "exact" else None,
        os=node.os if how == "exact" else None,
        target=node.target if how == "exact" else None,
        extensions=node.extensions if how == "exact" else EMPTY,
        place=node.place,
    )


def _root(resolution: Resolution, nodes: dict[str, Node], root: Root, how: Pin) -> Package:
    package = pin_node(nodes[root.key], how)
    if root.request is not None:
        package = replace(
            package,
            gpus=root.request.gpus,
            explicit=root.request.explicit,
            place=root.request.place,
        )
    if how != "exact":
        return package
    return replace(package, dependencies=tuple(_below(resolution, nodes, root.key)))


def _below(resolution: Resolution, nodes: dict[str, Node], key: str) -> list[Dependency]:
    """Every node below, once each, nearest first; direct ones with kinds and virtuals."""
    found: list[Dependency] = []
    seen = {key}
    level = [key]
    while level:
        following: list[str] = []
        for parent in level:
            for edge in resolution.children(parent):
                if edge.child in seen or edge.child not in nodes:
                    continue
                seen.add(edge.child)
                following.append(edge.child)
                direct = parent == key
                found.append(
                    Dependency(
                        package=pin_node(nodes[edge.child], "exact"),
                        kinds=edge.kinds if direct else (),
                        provides=edge.provides if direct else (),
                        direct=direct,
                    )
                )
        level = following
    return found
