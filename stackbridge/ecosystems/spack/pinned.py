"""Resolution -> Stack that asks Spack for it again.

    exact       the roots' exact versions and variants; every package below required to be
                what it was (version, variants, target), providers of virtual packages and
                externals as they were
    compatible  the first two components of each version, variants of the roots, providers
    loose       the roots with that version or any later one

`hub/pinning.py` makes the roots; what lies below becomes rules, which stay readable where a
spec with fifty `^` would not. A name with several nodes may be any one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stackbridge.ecosystems.spack.externals_writer import external_packages
from stackbridge.hub.notices import Notice
from stackbridge.hub.package import Package
from stackbridge.hub.pinning import Pin, pin, pin_node
from stackbridge.hub.resolution import Node, Resolution
from stackbridge.hub.stack import Entry, Group, Rule, Stack

__all__ = ["pinned_stack"]

# Spack adds these to every graph itself; they can't be asked for.
_INJECTED = frozenset({"compiler-wrapper", "gcc-runtime", "intel-oneapi-runtime", "glibc", "musl"})
_UNSETTABLE = frozenset({"patches", "dev_path"})


def pinned_stack(
    resolution: Resolution, how: Pin, name: str = "pinned"
) -> tuple[Stack, list[Notice]]:
    """The stack, in the resolution's own names, and notices about its externals."""
    stack = pin(resolution, how, name=name)
    notices: list[Notice] = []
    rules: list[Rule] = []
    own: dict[str, object] = {"view": False}
    if how != "loose":
        rules = [*_rules(resolution, how), *_providers(resolution)]
        external = replace(resolution, nodes=tuple(n for n in resolution.nodes if _external(n)))
        packages, notices = external_packages(external)
        for entry in packages.values():
            entry["buildable"] = False
        if packages:
            own["packages"] = packages
    several = len({n.name for n in resolution.nodes}) != len(resolution.nodes)
    pinned = replace(
        stack,
        unify="when-possible" if several else "together",
        entries=tuple(_bare(entry) for entry in stack.entries),
        groups=tuple(_bare_group(group) for group in stack.groups),
        rules=tuple(rules),
        extensions={"spack": own},
    )
    return pinned, notices


def _external(node: Node) -> bool:
    installed = node.installed
    return installed is not None and bool(installed.extensions.get("spack", {}).get("external"))


def _bare(entry: Entry) -> Entry:
    """A root without what lies below it, which the rules say."""
    assert isinstance(entry, Package)
    entry = replace(entry, dependencies=(), toolchain=None, platform=None, os=None)
    return _settable(entry)


def _bare_group(group: Group) -> Group:
    return replace(group, entries=tuple(_bare(entry) for entry in group.entries))


def _settable(package: Package) -> Package:
    features = tuple(f for f in package.features if f.name not in _UNSETTABLE)
    return replace(package, features=features, extensions={}, namespace=None)


def _rules(resolution: Resolution, how: Pin) -> Iterable[Rule]:
    by_name: dict[str, list[Package]] = {}
    for node in resolution.nodes:
        if node.name in _INJECTED:
            continue
        package = _settable(pin_node(node, how))
        package = replace(package, name=None, toolchain=None, platform=None, os=None)
        if _external(node):
            package = Package(versions=package.versions)
        elif how == "compatible":
            package = replace(package, features=())
        choices = by_name.setdefault(node.name, [])
        if package not in choices:
            choices.append(package)
    for name, choices in by_name.items():
        if choices == [Package()]:
            continue
        yield Rule(
            subject=name,
            strength="require",
            choices=tuple(choices),
            policy="all" if len(choices) == 1 else "any",
        )


def _providers(resolution: Resolution) -> Iterable[Rule]:
    """Who provides each virtual package, where it is one alone."""
    nodes = resolution.by_key()
    found: dict[str, dict[str, None]] = {}
    for edge in resolution.edges:
        for virtual in edge.provides:
            if edge.child in nodes and virtual != "libc":
                found.setdefault(virtual, {}).setdefault(nodes[edge.child].name)
    for virtual, names in found.items():
        choices = tuple(Package(name=name) for name in names)
        yield Rule(
            subject=virtual,
            strength="require",
            choices=choices,
            policy="all" if len(choices) == 1 else "any",
        )
