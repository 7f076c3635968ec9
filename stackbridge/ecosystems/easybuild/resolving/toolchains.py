"""Toolchains: what each is made of.

The table of subtoolchains is data (`data/easybuild-toolchains.json`, read from EasyBuild's
classes without running them); sites add rows from their own class files or as a declared
table. Versions are not in the classes: they are derived from easyconfigs (`generations`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems.easybuild.resolving.shipped import read_data
from stackbridge.errors import InputError

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.resolving.toolchain_classes import Name, ToolchainClass

__all__ = [
    "ROLES",
    "Declared",
    "Definition",
    "Table",
    "declared_table",
    "site_table",
    "table",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One row of the table: subtoolchains (alternatives as tuples) and modules by role."""

    name: str
    below: tuple[Name, ...] = ()
    composite: bool = False
    optional: bool = False
    compilers: tuple[str, ...] = ()
    mpi: tuple[str, ...] = ()
    blas: tuple[str, ...] = ()
    lapack: tuple[str, ...] = ()
    scalapack: tuple[str, ...] = ()
    fft: tuple[str, ...] = ()


Table = Mapping[str, Definition]

ROLES = ("compilers", "mpi", "blas", "lapack", "scalapack", "fft")

# EasyBuild has two classes of this name; up to version 24 it was a compiler on GCCcore
# (framework/easyconfig/easyconfig.py, get_toolchain_hierarchy).
_NVHPC_BEFORE_25 = Definition(
    name="NVHPC", below=("GCCcore", "system"), optional=True, compilers=("NVHPC",)
)


def _name(value: Any) -> Name:
    return tuple(value) if isinstance(value, list) else str(value)


@cache
def table() -> Table:
    """The toolchains of EasyBuild's release."""
    text = read_data("easybuild-toolchains.json")
    rows: dict[str, dict[str, Any]] = json.loads(text)["toolchains"]
    return MappingProxyType(
        {
            name: Definition(
                name=name,
                below=tuple(_name(item) for item in row.get("below", ())),
                composite=row.get("composite", False),
                optional=row.get("optional", False),
                **{role: tuple(row.get(role, ())) for role in ROLES},
            )
            for name, row in rows.items()
        }
    )


def definition(known: Table, name: str, version: str) -> Definition | None:
    """The row for a toolchain of that version, None for an unknown name."""
    if name == "NVHPC":
        major = version.partition(".")[0]
        if major.isdigit() and int(major) < 25:
            return _NVHPC_BEFORE_25
    return known.get(name)


def site_table(files: Mapping[str, str], base: Mapping[str, str] | None = None) -> Table:
    """The release's table with a site's class files (name -> text) added.

    `base` are files the classes inherit from and that are no toolchains themselves. Classes
    of EasyBuild need not be given: their names are known.
    """
    from stackbridge.ecosystems.easybuild.resolving.toolchain_classes import read_classes

    found = read_classes(files, {**(base or {}), "easybuild": _stand_ins()})
    return MappingProxyType({**table(), **{name: _from(item) for name, item in found.items()}})


@cache
def _stand_ins() -> str:
    """Classes of EasyBuild as Python text: enough for a site's classes to refer to."""
    text = read_data("easybuild-toolchains.json")
    document: dict[str, Any] = json.loads(text)
    lines = ["SYSTEM_TOOLCHAIN_NAME = 'system'"]
    for name, attributes in document["classes"].items():
        lines.append(f"class {name}({', '.join(attributes['bases'])}):")
        lines.append("    pass")
        lines.extend(
            f"    {key} = {value!r}" for key, value in attributes.items() if key != "bases"
        )
    return "\n".join(lines)


def _from(item: ToolchainClass) -> Definition:
    return Definition(
        name=item.name,
        below=item.below,
        composite=item.composite,
        optional=item.optional,
        **{role: getattr(item, role) for role in ROLES},
    )


Declared = Mapping[str, Any]
"""`{name: {"below": [...], "compilers": [...], "mpi": [...], ...}}`, roles as in Definition."""


def declared_table(rows: Declared) -> Table:
    """The release's table with declared rows added; InputError for a row that is wrong."""
    result = dict(table())
    for name, row in rows.items():
        if not isinstance(row, Mapping):
            raise InputError(f"toolchain `{name}`: a mapping is wanted")
        wrong = sorted(set(row) - {"below", "composite", "optional", *ROLES})
        if wrong:
            raise InputError(
                f"toolchain `{name}`: `{wrong[0]}` is not known",
                hint="known are below, composite, optional, " + ", ".join(ROLES),
            )
        below = row.get("below", ["system"])
        result[name] = Definition(
            name=name,
            below=tuple(_name(item) for item in ([below] if isinstance(below, str) else below)),
            composite=bool(row.get("composite", False)),
            optional=bool(row.get("optional", False)),
            **{
                role: (value,) if isinstance(value := row.get(role, ()), str) else tuple(value)
                for role in ROLES
            },
        )
    return MappingProxyType(result)
