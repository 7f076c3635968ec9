"""What people decided where evidence can't: the reader of `rules.yaml`, ordered by intent.

    same          names of one software, the main one first  names: {ecosystem: name}
    not-same      names that look alike and are not          names: [ecosystem:name, ...]
    splits-into   one source, several packages               whole, parts: {ecosystem: {name: ..}}
    bundle-of     one package, several softwares             bundle: {ecosystem: name}, members
    fork-of       one name, two softwares by version         fork, of, names: {.. {name: regex}}
    renamed       a name of former releases                  name: ecosystem:name, now: key
    virtual       what an ecosystem calls an interface       virtual, names
    absent        known not to be there                      names, in

Every rule has a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stackbridge.catalog.matching import Ruling
from stackbridge.errors import InputError

__all__ = ["INTENTS", "Absent", "Bundle", "Fork", "Part", "Renamed", "Rules", "load_rules"]

INTENTS = (
    "same",
    "not-same",
    "splits-into",
    "bundle-of",
    "fork-of",
    "renamed",
    "virtual",
    "absent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A package that is only a part of the whole, or the whole with features."""

    whole: str
    ecosystem: str
    name: str
    part: str | None
    features: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A package which carries several softwares, given by their keys."""

    ecosystem: str
    name: str
    members: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Those versions (`pattern`) of a shared name belong to the fork."""

    fork: str
    of: str
    ecosystem: str
    name: str
    pattern: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A name of former releases and the key it has now."""

    ecosystem: str
    name: str
    now: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A name whose software the ecosystems in `places` are known not to have."""

    ecosystem: str
    name: str
    places: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules."""

    ruling: Ruling = field(default_factory=Ruling)
    parts: tuple[Part, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    forks: tuple[Fork, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    virtuals: tuple[tuple[str, str, str, str], ...] = ()
    absent: tuple[Absent, ...] = ()
    not_same: tuple[tuple[tuple[str, str], tuple[str, str], str], ...] = ()
    preferred: frozenset[tuple[str, str]] = frozenset()


def _pair(text: Any, path: str, file: str | None) -> tuple[str, str]:
    if not isinstance(text, str) or ":" not in text:
        raise InputError(f"{path}: expected `ecosystem:name`, not {text!r}", file=file)
    ecosystem, _, name = text.partition(":")
    return ecosystem, name


def _strings(value: Any, path: str, file: str | None) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, str) for row in rows):
        raise InputError(f"{path}: expected a text or a list of texts", file=file)
    return tuple(rows)


def _entries(document: Mapping[str, Any], intent: str, file: str | None) -> Iterator[Any]:
    rows = document.get(intent)
    if rows is None:
        return
    if not isinstance(rows, list):
        raise InputError(f"`{intent}` must be a list of rules", file=file)
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("reason"), str):
            raise InputError(f"{intent}[{number}] must be a mapping with a `reason`", file=file)
        yield row


def load_rules(path: Path | None = None) -> Rules:
    """The shipped rules, or those of another file. Raises InputError."""
    import yaml

    path = path or Path(__file__).with_name("rules.yaml")
    file = str(path)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"the rules can't be read: {error}", file=file) from error
    if not isinstance(document, dict):
        raise InputError("the rules must be a mapping of intents", file=file)
    unknown = sorted(set(map(str, document)) - set(INTENTS))
    if unknown:
        raise InputError(
            f"there is no intent `{unknown[0]}`", file=file, hint=f"known: {', '.join(INTENTS)}"
        )
    try:
        return _rules(document, file)
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise InputError(f"a rule has a wrong shape: {error!r}", file=file) from error


def _rules(document: Mapping[str, Any], file: str) -> Rules:
    same: list[tuple[tuple[str, str], tuple[str, str], str]] = []
    preferred: set[tuple[str, str]] = set()
    for row in _entries(document, "same", file):
        preferred |= {
            (ecosystem, _strings(listed, "same.names", file)[0])
            for ecosystem, listed in row["names"].items()
        }
        names = [
            (ecosystem, name)
            for ecosystem, listed in row["names"].items()
            for name in _strings(listed, "same.names", file)
        ]
        same += [(names[0], other, row["reason"]) for other in names[1:]]
    not_same: list[tuple[tuple[str, str], tuple[str, str], str]] = []
    for row in _entries(document, "not-same", file):
        rows = [_pair(text, "not-same.names", file) for text in row["names"]]
        not_same += [
            (one, other, row["reason"])
            for position, one in enumerate(rows)
            for other in rows[position + 1 :]
        ]
    parts = tuple(
        Part(
            whole=row["whole"],
            ecosystem=ecosystem,
            name=name,
            part=(given or {}).get("part"),
            features=tuple((given or {}).get("features") or ()),
            reason=row["reason"],
        )
        for row in _entries(document, "splits-into", file)
        for ecosystem, names in row["parts"].items()
        for name, given in names.items()
    )
    forks = tuple(
        Fork(
            fork=row["fork"],
            of=row["of"],
            ecosystem=ecosystem,
            name=name,
            pattern=pattern,
            reason=row["reason"],
        )
        for row in _entries(document, "fork-of", file)
        for ecosystem, names in (row.get("names") or {}).items()
        for name, pattern in names.items()
    )
    return Rules(
        ruling=Ruling(
            same=tuple(same),
            not_same=frozenset(frozenset({one, other}) for one, other, _ in not_same),
            apart=frozenset((part.ecosystem, part.name) for part in parts),
        ),
        not_same=tuple(not_same),
        preferred=frozenset(preferred),
        parts=parts,
        forks=forks,
        bundles=tuple(
            Bundle(
                ecosystem=ecosystem,
                name=name,
                members=_strings(row["members"], "bundle-of.members", file),
                reason=row["reason"],
            )
            for row in _entries(document, "bundle-of", file)
            for ecosystem, name in row["bundle"].items()
        ),
        renamed=tuple(
            Renamed(
                ecosystem=_pair(name, "renamed.name", file)[0],
                name=_pair(name, "renamed.name", file)[1],
                now=row["now"],
                reason=row["reason"],
            )
            for row in _entries(document, "renamed", file)
            for name in _strings(row["name"], "renamed.name", file)
        ),
        virtuals=tuple(
            (row["virtual"], ecosystem, name, row["reason"])
            for row in _entries(document, "virtual", file)
            for ecosystem, listed in row["names"].items()
            for name in _strings(listed, "virtual.names", file)
        ),
        absent=tuple(
            Absent(
                ecosystem=ecosystem,
                name=name,
                places=_strings(row["in"], "absent.in", file),
                reason=row["reason"],
            )
            for row in _entries(document, "absent", file)
            for ecosystem, listed in row["names"].items()
            for name in _strings(listed, "absent.names", file)
        ),
    )
