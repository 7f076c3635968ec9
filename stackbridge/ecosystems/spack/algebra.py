"""Where Spack's algebra of specs is its own: dependencies named twice, toolchains.

The algebra itself is `hub/merge.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stackbridge.errors import InputError
from stackbridge.hub.merge import Conflict, constrain
from stackbridge.hub.package import Dependency, Package

__all__ = ["add_dependency", "expand_toolchains"]


def add_dependency(found: list[Dependency], new: Dependency) -> list[Dependency]:
    """`found` with one more, merged where Spack's parser merges.

    Two dependencies on one name with the same kinds and condition are one. Raises
    `InputError` where they contradict each other or where their kinds overlap.
    """
    same = [d for d in found if d.package.name is not None and d.package.name == new.package.name]
    for old in same:
        if set(old.kinds) == set(new.kinds) and old.when == new.when:
            try:
                package = constrain(old.package, new.package)
            except Conflict as error:
                raise InputError(
                    f"`{new.package.name}` is named twice, and {error}",
                    hint="one dependency can't be two different things",
                ) from None
            merged = replace(
                old,
                package=package,
                provides=tuple(sorted({*old.provides, *new.provides})),
            )
            return [merged if d is old else d for d in found]
    if any(old.when == new.when and not _compatible(old, new) for old in same):
        raise InputError(
            f"`{new.package.name}` is named twice, with kinds that overlap",
            hint="only a build dependency can differ from a link or run dependency",
        )
    return [*found, replace(new, propagated=new.propagated and not same)]


def _compatible(a: Dependency, b: Dependency) -> bool:
    """Whether two dependencies on one name can stand side by side."""
    if set(a.kinds) & set(b.kinds):
        return False
    return not ({"link", "run"} & set(a.kinds) and {"link", "run"} & set(b.kinds))


def expand_toolchains(package: Package, toolchains: Mapping[str, Any]) -> Package:
    """`package` with every `%name` that a toolchain defines replaced by its edges.

    A toolchain is a spec, or a list of `{spec, when}`. Raises `InputError` where one of them
    has a `^`, or where the edges contradict the package.
    """
    kept: list[Dependency] = []
    extra: list[tuple[Dependency, Package]] = []
    for dependency in package.dependencies:
        name = dependency.package.name
        if dependency.direct and name is not None and name in toolchains:
            extra.append((dependency, _toolchain(name, toolchains[name])))
        else:
            below = expand_toolchains(dependency.package, toolchains)
            kept.append(replace(dependency, package=below))
    result = replace(package, dependencies=tuple(kept))
    for dependency, edges in extra:
        if dependency.propagated:
            spread = tuple(replace(edge, propagated=True) for edge in edges.dependencies)
            edges = replace(edges, dependencies=spread)
        try:
            result = constrain(result, edges)
        except Conflict as error:
            raise InputError(
                f"the toolchain `{dependency.package.name}` contradicts the package: {error}"
            ).at(package.place.file, package.place.line, package.place.column) from None
    return result


def _toolchain(name: str, value: Any) -> Package:
    """The edges of a toolchain, as a package without a name."""
    from stackbridge.ecosystems.spack.spec import parse

    items = [{"spec": value}] if isinstance(value, str) else value
    result = Package()
    for item in items if isinstance(items, list | tuple) else ():
        if not isinstance(item, Mapping) or not isinstance(item.get("spec"), str):
            raise InputError(f"the toolchain `{name}` needs `spec` in each of its entries")
        part = parse(item["spec"])
        when = parse(item["when"]) if item.get("when") else None
        if not _all_direct(part):
            raise InputError(
                f"the toolchain `{name}` has a `^`", hint="a toolchain holds only `%` dependencies"
            )
        if when is not None:
            edges = tuple(_under(edge, when) for edge in part.dependencies)
            part = replace(part, dependencies=edges)
        result = constrain(result, part)
    return result


def _all_direct(package: Package) -> bool:
    return all(edge.direct and _all_direct(edge.package) for edge in package.dependencies)


def _under(edge: Dependency, when: Package) -> Dependency:
    return replace(edge, when=when if edge.when is None else constrain(edge.when, when))
