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

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from stackbridge.ecosystems.spack.installed.externals_writer import external_packages
from stackbridge.hub.notices import Notice
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.pinning import Pin, pin, pin_node, pin_version
from stackbridge.hub.resolution import Node, Resolution
from stackbridge.hub.stack import Entry, Rule, Stack

__all__ = ["pinned_stack"]

# Spack adds these to every graph itself; they can't be asked for.
_INJECTED = frozenset({"compiler-wrapper", "gcc-runtime", "intel-oneapi-runtime", "glibc", "musl"})
_UNSETTABLE = frozenset({"patches", "dev_path"})


def pinned_stack(
    resolution: Resolution, how: Pin, name: str = "pinned"
) -> tuple[Stack, list[Notice]]:
    """The stack, in the resolution's own names, and notices about its externals."""
    stack = pin(resolution, how, name=name)
    below = _Below(resolution, how)
    notices: list[Notice] = []
    rules: list[Rule] = []
    own: dict[str, object] = {"view": False}
    if how != "loose":
        rules = [*_targets(resolution), *_rules(resolution, how), *_providers(resolution)]
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
        entries=below.entries(stack.entries, None),
        groups=tuple(
            replace(group, entries=below.entries(group.entries, group.name))
            for group in stack.groups
        ),
        rules=tuple(rules),
        extensions={"spack": own},
    )
    return pinned, notices


def _external(node: Node) -> bool:
    installed = node.installed
    return installed is not None and bool(installed.extensions.get("spack", {}).get("external"))


class _Below:
    """What the rules can't say of a root: which of several nodes of a name it has."""

    def __init__(self, resolution: Resolution, how: Pin) -> None:
        self.resolution = resolution
        self.how = how
        self.nodes = resolution.by_key()
        self.children: dict[str, list[str]] = {}
        for edge in resolution.edges:
            self.children.setdefault(edge.parent, []).append(edge.child)
        counts = Counter(node.name for node in resolution.nodes)
        self.several = {name for name, count in counts.items() if count > 1} - _INJECTED
        self.several -= {node.name for node in resolution.nodes if _external(node)}

    def entries(self, entries: Iterable[Entry], group: str | None) -> tuple[Entry, ...]:
        roots = [root for root in self.resolution.roots if root.group == group]
        found: list[Entry] = []
        for number, entry in enumerate(entries):
            assert isinstance(entry, Package)
            entry = _settable(replace(entry, dependencies=(), toolchain=None, platform=None))
            entry = replace(entry, os=None)
            if self.how == "exact" and number < len(roots):
                entry = replace(entry, dependencies=tuple(self.chosen(roots[number].key)))
            found.append(entry)
        return tuple(found)

    def chosen(self, key: str) -> Iterable[Dependency]:
        """The nodes below a root which are one of several, where the root has one of them."""
        seen = {key}
        queue = [key]
        by_name: dict[str, list[Node]] = {}
        while queue:
            for child in self.children.get(queue.pop(), ()):
                if child in seen or child not in self.nodes:
                    continue
                seen.add(child)
                queue.append(child)
                node = self.nodes[child]
                by_name.setdefault(node.name, []).append(node)
        for name, nodes in by_name.items():
            if name in self.several and len(nodes) == 1 and name != self.nodes[key].name:
                yield Dependency(
                    package=Package(name=name, versions=pin_version(nodes[0].version, "exact"))
                )


def _settable(package: Package) -> Package:
    features = tuple(f for f in package.features if f.name not in _UNSETTABLE)
    return replace(package, features=features, extensions={}, namespace=None)


def _targets(resolution: Resolution) -> Iterable[Rule]:
    """The target of all packages, where externals have it too.

    Such a rule sets the target of Spack's own nodes (compiler-wrapper, glibc) and of
    externals, whatever those say; so it is only made where it was made before.
    """
    targets = {n.target for n in resolution.nodes if n.name != "compiler-wrapper"}
    if len(targets) == 1 and (target := targets.pop()):
        yield Rule(subject="*", strength="require", choices=(Package(target=target),))


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
