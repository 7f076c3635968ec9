"""A site's own say: YAML with `add`, `replace` and `absent`, on top of any catalog.

    add:      {mycode: {spack: mycode, easybuild: MyCode}}
    replace:  {hdf5: {easybuild: {name: HDF5-site, versions: [1.14.5]}}}
    absent:   {lammps: {guix: "not packaged at our site"}}

`add` puts names beside those which are there, or founds an identity; `replace` takes the
names of the ecosystems it mentions away first; `absent` says that an ecosystem has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stackbridge.catalog.identity import Evidence, Identity, Name, Tier
from stackbridge.catalog.spelling import fold
from stackbridge.errors import InputError

__all__ = ["Overlay", "load_overlay", "parse_overlay"]

_FIELDS = {"name", "versions", "features", "kind", "only", "part"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What was read: key -> ecosystem -> names, twice, and key -> ecosystem -> reason."""

    add: Mapping[str, Mapping[str, tuple[Name, ...]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    replace: Mapping[str, Mapping[str, tuple[Name, ...]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    absent: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def keys(self) -> set[str]:
        """Keys which the overlay founds or changes."""
        return {*self.add, *self.replace}

    def apply(self, key: str, identity: Identity | None) -> Identity | None:
        """The identity as the site sees it."""
        if not any(key in part for part in (self.add, self.replace, self.absent)):
            return identity
        if identity is None:
            if key not in self.add and key not in self.replace:
                return None
            identity = Identity(key=key)
        names = dict(identity.names)
        absent = dict(identity.absent)
        for ecosystem, rows in self.replace.get(key, {}).items():
            names[ecosystem] = rows
            absent.pop(ecosystem, None)
        for ecosystem, rows in self.add.get(key, {}).items():
            known = {fold(name.name) for name in rows}
            rest = tuple(n for n in names.get(ecosystem, ()) if fold(n.name) not in known)
            names[ecosystem] = (*rows, *rest)
            absent.pop(ecosystem, None)
        for ecosystem, reason in self.absent.get(key, {}).items():
            names.pop(ecosystem, None)
            absent[ecosystem] = reason
        return replace(identity, names=MappingProxyType(names), absent=MappingProxyType(absent))

    def by_name(self, name: str, ecosystem: str | None) -> list[tuple[str, str, str, str, int]]:
        """Rows as `Store.by_name` gives them."""
        folded = fold(name)
        return [
            (where, row.name, row.kind, key, 0)
            for part in (self.add, self.replace)
            for key, places in part.items()
            for where, rows in places.items()
            if ecosystem in (None, where)
            for row in rows
            if fold(row.name) == folded
        ]

    def spellings(self, ecosystem: str | None) -> list[str]:
        """All names in the overlay."""
        return sorted(
            {
                row.name
                for part in (self.add, self.replace)
                for places in part.values()
                for where, rows in places.items()
                if ecosystem in (None, where)
                for row in rows
            }
        )


def load_overlay(path: Path) -> Overlay:
    """Read the file. Raises InputError with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the overlay can't be read: {error}", file=str(path)) from error
    return parse_overlay(text, str(path))


def parse_overlay(text: str, file: str | None = None) -> Overlay:
    """Read the overlay's text. Raises InputError with file and line."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(text, Loader=loader)  # noqa: S506 - both loaders are the safe ones
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"the overlay is no valid YAML: {getattr(error, 'problem', None) or error}",
            file=file,
            line=mark.line + 1 if mark else None,
        ) from error
    if document is None:
        return Overlay()
    top = _mapping(document, "the overlay", file)
    unknown = sorted(set(map(str, top)) - {"add", "replace", "absent"})
    if unknown:
        raise InputError(
            f"an overlay has no section `{unknown[0]}`",
            file=file,
            hint="the sections are add, replace, absent",
        )
    return Overlay(
        add=_names(top.get("add"), "add", file),
        replace=_names(top.get("replace"), "replace", file),
        absent=MappingProxyType(
            {
                _text(key, "absent", file): MappingProxyType(
                    {
                        _text(where, f"absent.{key}", file): _text(
                            reason, f"absent.{key}.{where}", file
                        )
                        for where, reason in _mapping(places, f"absent.{key}", file).items()
                    }
                )
                for key, places in _mapping(top.get("absent") or {}, "absent", file).items()
            }
        ),
    )


def _mapping(value: Any, path: str, file: str | None) -> Mapping[Any, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{path} must be a mapping", file=file)
    return value


def _text(value: Any, path: str, file: str | None) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{path} must be a text, not {value!r}", file=file)
    return value


def _names(
    section: Any, title: str, file: str | None
) -> Mapping[str, Mapping[str, tuple[Name, ...]]]:
    result: dict[str, Mapping[str, tuple[Name, ...]]] = {}
    for key, places in _mapping(section or {}, title, file).items():
        result[_text(key, title, file)] = MappingProxyType(
            {
                _text(where, f"{title}.{key}", file): tuple(
                    _name(where, row, f"{title}.{key}.{where}", file)
                    for row in (rows if isinstance(rows, list) else [rows])
                )
                for where, rows in _mapping(places, f"{title}.{key}", file).items()
            }
        )
    return MappingProxyType(result)


def _name(ecosystem: str, row: Any, path: str, file: str | None) -> Name:
    evidence = (Evidence(tier=Tier.CURATED, against="overlay", detail=file or ""),)
    if isinstance(row, str):
        return Name(ecosystem=ecosystem, name=_text(row, path, file), evidence=evidence)
    table = _mapping(row, path, file)
    unknown = sorted(set(map(str, table)) - _FIELDS)
    if unknown:
        raise InputError(
            f"{path} has no field `{unknown[0]}`",
            file=file,
            hint=f"the fields are {', '.join(sorted(_FIELDS))}",
        )
    lists: dict[str, tuple[str, ...]] = {}
    for title in ("versions", "features"):
        values = table.get(title) or []
        if not isinstance(values, list):
            raise InputError(f"{path}.{title} must be a list", file=file)
        lists[title] = tuple(_text(value, f"{path}.{title}", file) for value in values)
    return Name(
        ecosystem=ecosystem,
        name=_text(table.get("name"), f"{path}.name", file),
        kind=table.get("kind") or "software",
        versions=lists["versions"],
        features=lists["features"],
        only=table.get("only"),
        part=table.get("part"),
        evidence=evidence,
    )
