"""What differs in meaning between two stacks, in whatever formats they came.

What each asks for is taken apart in `asking.py`. A bundle answers for its members. Of several
builds of one package, those that are most alike are paired. What one side leaves open and the
other says is `narrowed` or `widened`; only what contradicts is `changed`. What is said of the
whole stack is compared once, not for each package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from stackbridge.catalog.spelling import same_version
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet
from stackbridge.resolver.asking import (
    Asked,
    Identify,
    Part,
    PartsOf,
    Request,
    asked,
    constraints,
    own_parts,
)

__all__ = ["Aspect", "Comparison", "Difference", "Kind", "compare"]

Kind: TypeAlias = Literal["missing", "added", "changed", "narrowed", "widened"]
Aspect: TypeAlias = Literal[
    "package",
    "version",
    "feature",
    "dependency",
    "toolchain",
    "target",
    "gpu",
    "flags",
    "origin",
    "rule",
    "unify",
]
WHOLE = "the stack"
# Features that only say which language lies below, which a dependency says as well.
_LANGUAGES = {"java": "openjdk", "perl": "perl", "python": "python", "r": "r", "ruby": "ruby"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. `a` and `b` are what either side says, empty for nothing."""

    subject: str
    aspect: Aspect
    kind: Kind
    a: str = ""
    b: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences by package, and how many packages each side asks for.

    `alike` counts the pairs without any difference.
    """

    differences: tuple[Difference, ...]
    a: int
    b: int
    alike: int


def compare(a: Stack, b: Stack, identify: Identify, parts_of: PartsOf = own_parts) -> Comparison:
    """Compare; no difference when both ask for the same.

    Raises InputError for a stack that can't be written out (`hub.expand`).
    """
    left, right = asked(a, identify, parts_of), asked(b, identify, parts_of)
    found: list[Difference] = []
    alike = 0
    for key in dict.fromkeys([*left.packages, *right.packages]):
        pairs, more = _paired(left.packages.get(key, []), right.packages.get(key, []))
        for one, other in pairs:
            differences = list(_pair(one, other, left.parts, right.parts))
            alike += not differences
            found += differences
        found += more
    found += _whole(left, right)
    return Comparison(differences=tuple(found), a=left.count, b=right.count, alike=alike)


# ---- which build of one side is which of the other


def _paired(
    left: list[Request], right: list[Request]
) -> tuple[list[tuple[Request, Request]], list[Difference]]:
    """Pairs of builds of one package, the most alike first, and what is left over."""
    if all(request.via for request in (*left, *right)):
        return [], []  # only members of bundles on both sides
    ranked = sorted(
        (_distance(one, other), i, k) for i, one in enumerate(left) for k, other in enumerate(right)
    )
    pairs: list[tuple[int, int]] = []
    for _, i, k in ranked:
        if all(i != mine and k != theirs for mine, theirs in pairs):
            pairs.append((i, k))
    used, met = {i for i, _ in pairs}, {k for _, k in pairs}
    more: list[Difference] = []
    for i, one in enumerate(left):
        if i not in used and not one.via and not any(_delivers(other, one) for other in right):
            more.append(
                Difference(subject=one.shown, aspect="package", kind="missing", a=_shown(one))
            )
    for k, other in enumerate(right):
        if k not in met and not other.via and not any(_delivers(one, other) for one in left):
            more.append(
                Difference(subject=other.shown, aspect="package", kind="added", b=_shown(other))
            )
    return [(left[i], right[k]) for i, k in sorted(pairs)], more


def _distance(one: Request, other: Request) -> tuple[int, int, int]:
    """Contradicting versions, then contradictions, then what only one side says."""
    features = one.features.keys() & other.features.keys()
    contradictions = sum(one.features[name] != other.features[name] for name in features)
    contradictions += not (one.gpus <= other.gpus or other.gpus <= one.gpus)
    for first, second in ((one, other), (other, one)):
        wished = first.wished.keys() & second.features.keys()
        contradictions += sum(first.wished[name] != second.features[name] for name in wished)
    mine, theirs = {**one.around, **one.parts}, {**other.around, **other.parts}
    roles = mine.keys() & theirs.keys()
    contradictions += sum(_part_kind(mine[role], theirs[role]) == "changed" for role in roles)
    said = 2 * len(one.features.keys() ^ other.features.keys()) + (one.gpus != other.gpus)
    said += one.machine != other.machine
    said += not _same(one.versions, other.versions)
    said += len(one.parts.keys() ^ other.parts.keys()) + (one.below.keys() != other.below.keys())
    said += (bool(one.via) != bool(other.via)) * 2
    return int(not _meet(one.versions, other.versions)), contradictions, said


def _delivers(one: Request, other: Request) -> bool:
    """Whether `one` is all that `other` asks for, so that no further build is needed."""
    return (
        (one.versions <= other.versions or _same(one.versions, other.versions))
        and other.features.items() <= one.features.items()
        and other.gpus <= one.gpus
        and other.below.keys() <= one.below.keys()
        and all(
            role in one.parts and _part_kind(part, one.parts[role]) in (None, "narrowed")
            for role, part in other.parts.items()
        )
        and other.machine in ("", one.machine)
        and other.flags in ("", one.flags)
    )


# ---- one pair


def _pair(
    one: Request, other: Request, left: Mapping[str, Part], right: Mapping[str, Part]
) -> Iterator[Difference]:
    subject = one.shown
    if not _same(one.versions, other.versions):
        yield Difference(
            subject=subject,
            aspect="version",
            kind=_kind(one.versions, other.versions),
            a=_version(one.versions),
            b=_version(other.versions) + (f" in {other.via}" if other.via else ""),
        )
    for name in dict.fromkeys([*one.features, *other.features]):
        first, second = one.features.get(name), other.features.get(name)
        if first == second or (name == "mpi" and _by_toolchain(one, other)):
            continue
        if first is None and one.wished.get(name) == second:
            continue  # a wish that was fulfilled
        if second is None and other.wished.get(name) == first:
            continue
        if "true" in (first, second) and _LANGUAGES.get(name) in (*one.below, *other.below):
            continue  # said as a dependency
        yield Difference(
            subject=subject,
            aspect="feature",
            kind=_said(first is not None, second is not None),
            a="" if first is None else f"{name}={first}",
            b="" if second is None else f"{name}={second}",
        )
    yield from _below(subject, one, other)
    yield from _parts(subject, one, other, left, right)
    if one.gpus != other.gpus:
        more, less = one.gpus < other.gpus, other.gpus < one.gpus
        yield Difference(
            subject=subject,
            aspect="gpu",
            kind="narrowed" if more else "widened" if less else "changed",
            a=",".join(sorted(one.gpus)),
            b=",".join(sorted(other.gpus)),
        )
    texts: tuple[tuple[Aspect, str, str], ...] = (
        ("target", one.machine, other.machine),
        ("flags", one.flags, other.flags),
        ("origin", one.origin, other.origin),
    )
    for aspect, a, b in texts:
        if a != b:
            kind = _said(bool(a), bool(b))
            yield Difference(subject=subject, aspect=aspect, kind=kind, a=a, b=b)


def _by_toolchain(one: Request, other: Request) -> bool:
    """Whether one side says +mpi and the other has a toolchain with an MPI library."""
    return (one.features.get("mpi"), other.features.get("mpi")) in (
        ("true", None),
        (None, "true"),
    ) and "mpi" in (other if "mpi" in one.features else one).parts


def _below(subject: str, one: Request, other: Request) -> Iterator[Difference]:
    for key in dict.fromkeys([*one.below, *other.below]):
        first, second = one.below.get(key), other.below.get(key)
        if first is None or second is None:
            said = first or second
            assert said is not None
            words = [f"{name}={value}" for name, value in constraints(said).items()]
            version = "" if said.versions.is_any else f"@{_version(said.versions)}"
            text = " ".join([f"^{said.name}{version}", *words])
            kind = _said(first is not None, second is not None)
            a, b = (text, "") if second is None else ("", text)
            yield Difference(subject=subject, aspect="dependency", kind=kind, a=a, b=b)
            continue
        if not _same(first.versions, second.versions):
            yield Difference(
                subject=subject,
                aspect="dependency",
                kind=_kind(first.versions, second.versions),
                a=f"^{first.name}@{_version(first.versions)}",
                b=f"^{second.name}@{_version(second.versions)}",
            )
        mine, theirs = constraints(first), constraints(second)
        for name in dict.fromkeys([*mine, *theirs]):
            if mine.get(name) != theirs.get(name):
                yield Difference(
                    subject=subject,
                    aspect="dependency",
                    kind=_said(name in mine, name in theirs),
                    a=f"^{first.name} {name}={mine[name]}" if name in mine else "",
                    b=f"^{second.name} {name}={theirs[name]}" if name in theirs else "",
                )


def _parts(
    subject: str,
    one: Request,
    other: Request,
    left: Mapping[str, Part],
    right: Mapping[str, Part],
) -> Iterator[Difference]:
    """Roles which either package or its group says; the other side may say them for all."""
    for role in dict.fromkeys([*one.parts, *other.parts, *one.around, *other.around]):
        first = one.parts.get(role) or one.around.get(role) or left.get(role)
        second = other.parts.get(role) or other.around.get(role) or right.get(role)
        said = role in one.parts or role in other.parts
        if not said and ((first is None and one.parts) or (second is None and other.parts)):
            continue  # what a group has for all holds only where it is used
        yield from _part(subject, role, first, second)


def _part(subject: str, role: str, a: Part | None, b: Part | None) -> Iterator[Difference]:
    kind: Kind | None = _part_kind(a, b) if a and b else _said(a is not None, b is not None)
    if kind is not None:
        yield Difference(
            subject=subject,
            aspect="toolchain",
            kind=kind,
            a=_part_text(role, a),
            b=_part_text(role, b),
        )


def _part_kind(a: Part, b: Part) -> Kind | None:
    if a.key != b.key:
        return "changed"
    return None if _same(a.versions, b.versions) else _kind(a.versions, b.versions)


def _part_text(role: str, part: Part | None) -> str:
    if part is None:
        return ""
    version = "" if part.versions.is_any else f"@{_version(part.versions)}"
    return f"{role} {part.shown}{version}"


# ---- the whole


def _whole(left: Asked, right: Asked) -> Iterator[Difference]:
    for role in dict.fromkeys([*left.parts, *right.parts]):
        first, second = left.parts.get(role), right.parts.get(role)
        if first is None and _says(left, role):
            continue  # each package says it for itself, and was compared
        if second is None and _says(right, role):
            continue
        yield from _part(WHOLE, role, first, second)
    yield from _sets("target", left.targets, right.targets)
    yield from _sets("target", left.systems, right.systems, "os=")
    yield from _sets("gpu", left.gpus, right.gpus)
    for statement in left.statements:
        if statement not in right.statements:
            yield Difference(
                subject=statement.subject, aspect="rule", kind="missing", a=statement.text
            )
    for statement in right.statements:
        if statement not in left.statements:
            yield Difference(
                subject=statement.subject, aspect="rule", kind="added", b=statement.text
            )
    if left.unify != right.unify:
        kind = _said(bool(left.unify), bool(right.unify))
        yield Difference(subject=WHOLE, aspect="unify", kind=kind, a=left.unify, b=right.unify)


def _says(side: Asked, role: str) -> bool:
    return any(
        role in request.parts or role in request.around
        for requests in side.packages.values()
        for request in requests
    )


def _sets(
    aspect: Literal["target", "gpu"], a: Iterable[str], b: Iterable[str], prefix: str = ""
) -> Iterator[Difference]:
    a, b = tuple(a), tuple(b)
    if set(a) != set(b):
        yield Difference(
            subject=WHOLE,
            aspect=aspect,
            kind=_said(bool(a), bool(b)),
            a=", ".join(prefix + one for one in a),
            b=", ".join(prefix + one for one in b),
        )


# ---- versions and words


def _said(first: bool, second: bool) -> Kind:
    return "changed" if first and second else "widened" if first else "narrowed"


def _same(a: VersionSet, b: VersionSet) -> bool:
    """Equal, or one version in two ecosystems' spellings."""
    if a == b:
        return True
    one, other = a.exact or a.prefixed, b.exact or b.prefixed
    if one is None or other is None or (a.exact is None) != (b.exact is None):
        return False
    return same_version(str(one), str(other))


def _meet(a: VersionSet, b: VersionSet) -> bool:
    return a.intersects(b) or _same(a, b)


def _kind(a: VersionSet, b: VersionSet) -> Kind:
    if b <= a:
        return "narrowed"
    return "widened" if a <= b else "changed"


def _version(versions: VersionSet) -> str:
    return "any" if versions.is_any else versions.ranges() or versions.comparators() or "?"


def _shown(request: Request) -> str:
    version = "" if request.versions.is_any else f"@{_version(request.versions)}"
    words = [
        {"true": f"+{name}", "false": f"~{name}"}.get(value, f"{name}={value}")
        for name, value in request.features.items()
    ]
    words += [f"gpu={','.join(sorted(request.gpus))}"] * bool(request.gpus)
    return " ".join([f"{request.shown}{version}", *words])
