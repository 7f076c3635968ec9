"""The algebra of packages: `constrain`, `satisfies`, `intersects`.

The meaning is Spack's (lib/spack/spack/language/spec.py and variant.py, release 1.x) as far as it
needs no knowledge of recipes: virtual packages are compared by name only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from stackbridge.hub import targets
from stackbridge.hub.package import Dependency, Feature, Flag, Package, Toolchain

__all__ = ["Conflict", "constrain", "intersects", "satisfies"]

_ANYTHING = Package()
_T = TypeVar("_T")


class Conflict(ValueError):  # noqa: N818 (an answer more than an error)
    """Two packages can't be one; the text says in what they differ."""


def constrain(a: Package, b: Package) -> Package:
    """What is both `a` and `b`; order and place are those of `a`.

    Raises:
        Conflict: nothing can be both.
    """
    versions = a.versions & b.versions
    if versions.is_empty:
        raise Conflict(f"versions `{a.versions}` and `{b.versions}` have nothing in common")
    return replace(
        a,
        name=_same("name", a.name, b.name),
        namespace=_same("namespace", a.namespace, b.namespace),
        versions=versions,
        features=_features(a.features, b.features),
        flags=_flags(a.flags, b.flags),
        toolchain=_toolchain(a.toolchain, b.toolchain),
        dependencies=_dependencies(a.dependencies, b.dependencies),
        platform=_same("platform", a.platform, b.platform),
        os=_same("os", a.os, b.os),
        target=_target(a.target, b.target),
        gpus=tuple(dict.fromkeys((*a.gpus, *b.gpus))),
        hash=_hash(a.hash, b.hash),
        explicit=a.explicit and b.explicit,
        extensions=_extensions(a.extensions, b.extensions),
    )


def intersects(a: Package, b: Package) -> bool:
    """Whether something can be both."""
    try:
        constrain(a, b)
    except Conflict:
        return False
    return True


def satisfies(a: Package, b: Package) -> bool:
    """Whether everything that is `a` is also `b`."""
    if not _satisfies_itself(a, b):
        return False
    for wanted in b.dependencies:
        if wanted.when is not None and not intersects(a, wanted.when):
            continue
        if not any(
            _satisfies_dependency(found, wanted) and _below(found.package, wanted.package)
            for found in _candidates(a, wanted)
        ):
            return False
    return True


# ---------------------------------------------------------------- constrain, part by part


def _same(what: str, a: _T | None, b: _T | None) -> _T | None:
    if a is None or b is None or a == b:
        return b if a is None else a
    raise Conflict(f"{what} `{a}` is not `{b}`")


def _hash(a: str | None, b: str | None) -> str | None:
    if a is not None and b is not None:
        if a.startswith(b):
            return a
        if b.startswith(a):
            return b
    return _same("hash", a, b)


def _target(a: str | None, b: str | None) -> str | None:
    if a is None or b is None:
        return b if a is None else a
    common = targets.intersection(a, b)
    if common is None:
        raise Conflict(f"targets `{a}` and `{b}` have nothing in common")
    return common


def _features(a: tuple[Feature, ...], b: tuple[Feature, ...]) -> tuple[Feature, ...]:
    found = {feature.name: feature for feature in a}
    for feature in b:
        known = found.get(feature.name)
        found[feature.name] = feature if known is None else _feature(known, feature)
    return tuple(found.values())


def _feature(a: Feature, b: Feature) -> Feature:
    if not _feature_intersects(a, b):
        raise Conflict(f"the feature `{a.name}` can't be {_shown(a)} and {_shown(b)}")
    value = a.value
    if isinstance(b.value, bool):
        value = b.value
    elif not isinstance(value, bool) and value != b.value:
        value = tuple(sorted({*value, *b.value} - {"*"})) or ("*",)
    return Feature(
        name=a.name,
        value=value,
        exactly=a.exactly or b.exactly,
        propagated=a.propagated and b.propagated,
    )


def _shown(feature: Feature) -> str:
    if isinstance(feature.value, bool):
        return "on" if feature.value else "off"
    return f"`{','.join(feature.value)}`"


def _values(feature: Feature) -> frozenset[str | bool]:
    """Its values; `*` says only that there is one."""
    if isinstance(feature.value, bool):
        return frozenset((feature.value,))
    return frozenset(feature.value) - {"*"}


def _closed(feature: Feature) -> bool:
    """Whether it takes no further values."""
    return feature.exactly or isinstance(feature.value, bool)


def _feature_intersects(a: Feature, b: Feature) -> bool:
    if _closed(a) and _closed(b):
        return _values(a) == _values(b)
    if _closed(a):
        return _values(b) <= _values(a)
    return not _closed(b) or _values(a) <= _values(b)


def _flags(a: tuple[Flag, ...], b: tuple[Flag, ...]) -> tuple[Flag, ...]:
    known = {(flag.name, flag.value) for flag in a}
    return (*a, *(flag for flag in b if (flag.name, flag.value) not in known))


def _toolchain(a: Toolchain | None, b: Toolchain | None) -> Toolchain | None:
    if a is None or b is None:
        return b if a is None else a
    parts = dict(a.parts)
    for role, part in b.parts.items():
        parts[role] = constrain(parts[role], part) if role in parts else part
    return Toolchain(
        name=_same("toolchain", a.name, b.name),
        version=_same("toolchain version", a.version, b.version),
        parts=MappingProxyType(parts),
    )


def _dependencies(a: tuple[Dependency, ...], b: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    found = list(a)
    for new in b:
        for index, old in enumerate(found):
            same = old.package.name is not None and old.package.name == new.package.name
            if same and old.when == new.when:
                found[index] = _dependency(old, new)
                break
        else:
            found.append(new)
    return tuple(found)


def _dependency(a: Dependency, b: Dependency) -> Dependency:
    try:
        package = constrain(a.package, b.package)
    except Conflict as error:
        raise Conflict(f"of the dependency `{a.package.name}`, {error}") from None
    return replace(
        a,
        package=package,
        kinds=tuple(dict.fromkeys((*a.kinds, *b.kinds))),
        provides=tuple(dict.fromkeys((*a.provides, *b.provides))),
        direct=a.direct or b.direct,
    )


def _extensions(a: Mapping[str, Any], b: Mapping[str, Any]) -> Mapping[str, Any]:
    if not a or not b:
        return a or b
    merged = dict(a)
    for key, value in b.items():
        mine = merged.get(key)
        both = isinstance(mine, Mapping) and isinstance(value, Mapping)
        merged[key] = {**mine, **value} if both else value  # type: ignore[dict-item]
    return MappingProxyType(merged)


# ---------------------------------------------------------------- satisfies, part by part


def _satisfies_itself(a: Package, b: Package) -> bool:
    """Dependencies left aside."""
    return (
        (not a.name or not b.name or a.name == b.name)
        and (b.hash is None or (a.hash or "").startswith(b.hash))
        and (a.namespace is None or b.namespace is None or a.namespace == b.namespace)
        and a.versions <= b.versions
        and _satisfies_features(a, b)
        and _satisfies_text(a.platform, b.platform)
        and _satisfies_text(a.os, b.os)
        and (b.target is None or (a.target is not None and targets.subset(a.target, b.target)))
        and set(b.gpus) <= set(a.gpus)
        and {(f.name, f.value) for f in b.flags} <= {(f.name, f.value) for f in a.flags}
        and _satisfies_toolchain(a.toolchain, b.toolchain)
    )


def _satisfies_text(a: str | None, b: str | None) -> bool:
    return b is None or a == b or (b == "*" and a is not None)


def _satisfies_features(a: Package, b: Package) -> bool:
    """A propagated feature is wanted only where a package has that feature at all."""
    for wanted in b.features:
        found = a.feature(wanted.name)
        if wanted.propagated:
            if not all(_satisfies_feature(f, wanted) for f in _everywhere(a, wanted.name)):
                return False
        elif found is None or found.propagated or not _satisfies_feature(found, wanted):
            return False
    return all(
        _satisfies_feature(wanted, given)
        for given in a.features
        if given.propagated
        for wanted in _everywhere(b, given.name)
    )


def _everywhere(package: Package, name: str) -> Iterator[Feature]:
    """What is said of a feature by the package and by all below."""
    found = package.feature(name)
    if found is not None:
        yield found
    for dependency in package.dependencies:
        yield from _everywhere(dependency.package, name)


def _satisfies_feature(a: Feature, b: Feature) -> bool:
    if _closed(b):
        return _closed(a) and _values(a) == _values(b)
    return _values(b) <= _values(a)


def _satisfies_toolchain(a: Toolchain | None, b: Toolchain | None) -> bool:
    if b is None:
        return True
    return (
        a is not None
        and b.name in {None, a.name}
        and b.version in {None, a.version}
        and all(role in a.parts and satisfies(a.parts[role], b.parts[role]) for role in b.parts)
    )


def _candidates(a: Package, wanted: Dependency) -> Iterator[Dependency]:
    """The dependencies of `a` which could be the one wanted."""
    yield from a.dependencies
    if wanted.direct:
        return
    queue = [found for found in a.dependencies if _linked(found)]
    while queue:
        for found in queue.pop(0).package.dependencies:
            if _linked(found):
                yield found
                queue.append(found)


def _linked(found: Dependency) -> bool:
    """Only what is linked or needed at run time counts as being below."""
    return "link" in found.kinds or "run" in found.kinds


def _satisfies_dependency(found: Dependency, wanted: Dependency) -> bool:
    covered = satisfies(wanted.when or _ANYTHING, found.when or _ANYTHING)
    if not covered or not set(wanted.provides) <= set(found.provides):
        return False
    if not set(wanted.kinds) <= set(found.kinds):
        return False
    if wanted.package.name in {None, found.package.name}:
        return _satisfies_itself(found.package, wanted.package)
    return wanted.package.name in found.provides and wanted.package.versions.is_any


def _below(found: Package, wanted: Package) -> bool:
    """Whether the dependencies wanted of a dependency are there too."""
    if not wanted.dependencies or found.name != wanted.name:
        return True
    return satisfies(found, wanted)
