"""What differs in meaning between two stacks, in whatever formats they came.

Packages meet by who they are (the catalog's key), not by name. A bundle answers for its
members. Of several builds of one package, those that are alike are paired first. What one
side leaves open and the other says is `narrowed` or `widened`; only what contradicts is
`changed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from stackbridge.hub.expand import expand
from stackbridge.hub.package import Package, Toolchain
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet

__all__ = ["Aspect", "Difference", "Identify", "Kind", "Request", "compare"]

Kind: TypeAlias = Literal["missing", "added", "changed", "narrowed", "widened"]
Aspect: TypeAlias = Literal["package", "version", "feature", "toolchain", "target", "gpu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. `a` and `b` are what either side says, empty for nothing."""

    subject: str
    aspect: Aspect
    kind: Kind
    a: str = ""
    b: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One package of a stack as it is compared. `shown` is its name as the stack has it.

    `via` names the bundle that carries it, where it is not asked for by itself.
    """

    key: str
    shown: str
    versions: VersionSet
    features: Mapping[str, str]
    toolchain: str = ""
    target: str = ""
    via: str = ""


Identify: TypeAlias = Callable[[Package, "str | None"], Iterable[tuple[str, VersionSet, str]]]
"""Package and whose names it has -> (key, versions, bundle) of all it brings, itself first."""


def compare(a: Stack, b: Stack, identify: Identify) -> tuple[Difference, ...]:
    """All differences, by package; empty when both ask for the same."""
    left, right = _requests(a, identify), _requests(b, identify)
    found: list[Difference] = []
    for key in dict.fromkeys([*left, *right]):
        found += _package(left.get(key, []), right.get(key, []))
    found += _sets("target", "", a.targets, b.targets)
    found += _sets("gpu", "", a.gpus, b.gpus)
    return tuple(found)


def _requests(stack: Stack, identify: Identify) -> dict[str, list[Request]]:
    found: dict[str, list[Request]] = {}
    for entry in expand(stack):
        package = entry.package
        if package.name is None:
            continue
        for key, versions, bundle in identify(package, stack.names):
            own = not bundle
            request = Request(
                key=key,
                shown=package.name if own else f"{key} in {bundle}",
                versions=versions,
                features=dict(_features(package)) if own else {},
                toolchain=_toolchain(package.toolchain or stack.toolchain) if own else "",
                target=package.target or "" if own else "",
                via=bundle,
            )
            if request not in found.setdefault(key, []):
                found[key].append(request)
    return found


def _features(package: Package) -> Iterator[tuple[str, str]]:
    for feature in package.features:
        value = feature.value
        yield (
            feature.name,
            str(value).lower() if isinstance(value, bool) else ",".join(sorted(value)),
        )


def _toolchain(toolchain: Toolchain | None) -> str:
    return str(toolchain) if toolchain is not None and toolchain.name else ""


def _package(left: list[Request], right: list[Request]) -> Iterator[Difference]:
    left, right = list(left), list(right)
    asked_for = [request for request in (*left, *right) if not request.via]
    if not asked_for:
        return  # only members of bundles on both sides
    for cost in range(4):
        for one in list(left):
            match = next((other for other in right if _distance(one, other) <= cost), None)
            if match is not None:
                left.remove(one)
                right.remove(match)
                yield from _pair(one, match)
    for one in left:
        if not one.via:
            yield Difference(subject=one.shown, aspect="package", kind="missing", a=_shown(one))
    for other in right:
        if not other.via:
            yield Difference(subject=other.shown, aspect="package", kind="added", b=_shown(other))


def _distance(one: Request, other: Request) -> int:
    """0: alike, 1: one says more, 2: something contradicts, 3: the versions do."""
    if not one.versions.intersects(other.versions):
        return 3
    both = one.features.keys() & other.features.keys()
    if any(one.features[name] != other.features[name] for name in both):
        return 2
    return int(
        dict(one.features) != dict(other.features)
        or one.versions != other.versions
        or one.toolchain != other.toolchain
    )


def _pair(one: Request, other: Request) -> Iterator[Difference]:
    subject = one.shown
    if one.versions != other.versions:
        yield Difference(
            subject=subject,
            aspect="version",
            kind=_kind(one.versions, other.versions),
            a=_version(one.versions),
            b=_version(other.versions) + (f" in {other.via}" if other.via else ""),
        )
    if other.via or one.via:
        return
    for name in dict.fromkeys([*one.features, *other.features]):
        first, second = one.features.get(name), other.features.get(name)
        if first != second:
            kind: Kind = "widened" if second is None else "narrowed" if first is None else "changed"
            a = "" if first is None else f"{name}={first}"
            b = "" if second is None else f"{name}={second}"
            yield Difference(subject=subject, aspect="feature", kind=kind, a=a, b=b)
    for aspect, first, second in (
        ("toolchain", one.toolchain, other.toolchain),
        ("target", one.target, other.target),
    ):
        if first != second:
            yield Difference(
                subject=subject,
                aspect="toolchain" if aspect == "toolchain" else "target",
                kind="narrowed" if not first else "widened" if not second else "changed",
                a=first,
                b=second,
            )


def _kind(a: VersionSet, b: VersionSet) -> Kind:
    if b <= a:
        return "narrowed"
    return "widened" if a <= b else "changed"


def _sets(
    aspect: Literal["target", "gpu"], subject: str, a: tuple[str, ...], b: tuple[str, ...]
) -> Iterator[Difference]:
    if set(a) != set(b):
        kind: Kind = "narrowed" if not a else "widened" if not b else "changed"
        yield Difference(
            subject=subject or "stack", aspect=aspect, kind=kind, a=", ".join(a), b=", ".join(b)
        )


def _version(versions: VersionSet) -> str:
    return "any" if versions.is_any else versions.ranges() or versions.comparators() or "?"


def _shown(request: Request) -> str:
    version = "" if request.versions.is_any else f"@{_version(request.versions)}"
    return f"{request.shown}{version}"
