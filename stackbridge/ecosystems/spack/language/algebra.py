"""Where Spack's algebra of specs is its own: dependencies named twice, flags.

The algebra itself is `hub/merge.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackbridge.ecosystems.spack.language.syntax import split_flags
from stackbridge.errors import InputError
from stackbridge.hub import merge, targets
from stackbridge.hub.merge import Conflict
from stackbridge.hub.package import Dependency, Flag, Package

__all__ = ["add_dependency", "constrain", "intersects", "satisfies"]


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


def constrain(a: Package, b: Package) -> Package:
    """Both at once, as `Spec.constrain` makes it. Raises `Conflict`.

    Spack joins compiler flags word by word, and a flag is propagated only where both
    propagate it. It refuses to add a dependency without a name.
    """
    if any(True for _ in _unnamed(b)):
        raise Conflict("a dependency without a name can't be added to another package's")
    if not _dependencies_intersect(_split(a), _split(b)):
        raise Conflict("their dependencies have nothing in common")
    return _joined(merge.constrain(_unshared(_split(a), _split(b)), _split(b)))


def _unnamed(package: Package) -> Iterator[Dependency]:
    for dependency in package.dependencies:
        if dependency.package.name is None:
            yield dependency
        yield from _unnamed(dependency.package)


def intersects(a: Package, b: Package) -> bool:
    """Whether Spack takes it that something can be both.

    It compares one dependency of each name, whatever the conditions of the two are.
    """
    left, right = _split(a), _split(b)
    nodes = (replace(left, dependencies=()), replace(right, dependencies=()))
    return merge.intersects(*nodes) and _dependencies_intersect(left, right)


def _dependencies_intersect(a: Package, b: Package) -> bool:
    names = {d.package.name for d in a.dependencies} & {d.package.name for d in b.dependencies}
    return all(intersects(_first(a, name), _first(b, name)) for name in names if name is not None)


def _first(package: Package, name: str) -> Package:
    """The dependency that Spack finds under a name: of that name or providing it."""
    by_name: dict[str | None, list[Dependency]] = {}
    for dependency in package.dependencies:
        by_name.setdefault(dependency.package.name, []).append(dependency)
    ordered = [d for group in by_name.values() for d in sorted(group, key=_kind_bits)]
    fit = [d for d in ordered if d.package.name == name or name in d.provides]
    built = [d for d in fit if not d.kinds or {"build", "test"} & set(d.kinds)]
    return (built or fit)[0].package


def _kind_bits(dependency: Dependency) -> int:
    bits = {"link": 1, "run": 2, "build": 4, "test": 8}
    return sum(bits[kind] for kind in dependency.kinds)


def satisfies(a: Package, b: Package) -> bool:
    """Whether Spack takes it that everything that is `a` is also `b`.

    Of target ranges Spack asks only whether they overlap: `target=zen2:` satisfies
    `target=zen3` to it.
    """
    left = _split(a)
    return merge.satisfies(left, _overlapping(left, _split(b)))


def _overlapping(a: Package, b: Package) -> Package:
    """`b` without its target where that overlaps the target of `a`; in dependencies too."""
    target = b.target
    if a.target and target and targets.intersection(a.target, target) is not None:
        target = None
    below = tuple(
        replace(wanted, package=_overlapping(found.package, wanted.package))
        if (found := _named(a, wanted)) is not None
        else wanted
        for wanted in b.dependencies
    )
    return replace(b, target=target, dependencies=below)


def _named(a: Package, wanted: Dependency) -> Dependency | None:
    return next((d for d in a.dependencies if d.package.name == wanted.package.name), None)


def _split(package: Package) -> Package:
    """Compiler flags one by one, in the package and its dependencies."""
    if not package.flags and not package.dependencies:
        return package
    return replace(
        package,
        flags=tuple(
            replace(flag, value=word) for flag in package.flags for word in split_flags(flag.value)
        ),
        dependencies=tuple(replace(d, package=_split(d.package)) for d in package.dependencies),
    )


def _unshared(a: Package, b: Package) -> Package:
    """`a` without the propagation of flags that `b` has without it."""
    plain = {(f.name, f.value) for f in b.flags if not f.propagated}
    flags = tuple(
        replace(f, propagated=False) if (f.name, f.value) in plain else f for f in a.flags
    )
    return replace(a, flags=flags)


def _joined(package: Package) -> Package:
    """Flags of one kind in one text again."""
    if not package.flags and not package.dependencies:
        return package
    flags: dict[tuple[str, bool], Flag] = {}
    for flag in package.flags:
        key = (flag.name, flag.propagated)
        before = flags.get(key)
        flags[key] = flag if before is None else replace(flag, value=f"{before.value} {flag.value}")
    return replace(
        package,
        flags=tuple(flags.values()),
        dependencies=tuple(
            replace(d, package=_joined(d.package), provides=tuple(sorted(d.provides)))
            for d in package.dependencies
        ),
    )
