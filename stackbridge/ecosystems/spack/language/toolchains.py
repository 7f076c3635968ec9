"""Spack's `toolchains:`: a name after `%` -> the edges it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stackbridge.ecosystems.spack.language.algebra import constrain
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.errors import InputError
from stackbridge.hub.merge import Conflict
from stackbridge.hub.package import Dependency, Package

__all__ = ["expand_toolchains"]


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
            try:
                extra.append((dependency, _toolchain(name, toolchains[name])))
            except Conflict as error:
                raise InputError(f"the toolchain `{name}` contradicts itself: {error}").at(
                    package.place.file, package.place.line, package.place.column
                ) from None
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
    items = [{"spec": value}] if isinstance(value, str) else value
    result = Package()
    for item in items if isinstance(items, list | tuple) else ():
        if not isinstance(item, Mapping) or not isinstance(item.get("spec"), str):
            raise InputError(f"the toolchain `{name}` needs `spec` in each of its entries")
        part = parse(item["spec"])
        condition = item.get("when") or ""
        if not isinstance(condition, str):
            raise InputError(f"the toolchain `{name}` has a `when` that is no spec")
        when = parse(condition) if condition else None
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
