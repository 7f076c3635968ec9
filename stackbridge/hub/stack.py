"""Stack: what do I want? Packages, toolchain, targets, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.hub.package import EMPTY, Extensions, Package, Toolchain

__all__ = ["Container", "Definition", "Entry", "Group", "Matrix", "Rule", "Stack", "Unify", "Use"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Every combination of one entry of each row, merged into one package, but `exclude`."""

    rows: tuple[tuple[Entry, ...], ...]
    exclude: tuple[Package, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The entries of a definition, in place.

    `role` is None for the entries themselves, `dependency` or `compiler` when each of them
    is meant as a dependency (anywhere below) or a direct one.
    """

    name: str
    role: Literal["dependency", "compiler"] | None = None
    place: Place = field(default=NOWHERE, compare=False)


Entry: TypeAlias = Package | Matrix | Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A named list of entries. `when` is an opaque condition, never evaluated."""

    name: str
    entries: tuple[Entry, ...]
    when: str | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Packages that are solved together. `needs` names the groups solved before.

    `rules` hold in this group only, and before those of the stack.
    """

    name: str
    entries: tuple[Entry, ...]
    needs: tuple[str, ...] = ()
    explicit: bool = True
    rules: tuple[Rule, ...] = ()
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must, should or must not hold wherever `subject` occurs.

    `subject` is a package or virtual package name, or `*` for all. `choices`: one of them
    (`policy` "one"), at least one ("any") or all ("all"). `strength` "default" loses
    against everything else.
    """

    subject: str
    strength: Literal["require", "prefer", "conflict", "default"]
    choices: tuple[Package, ...]
    policy: Literal["one", "any", "all"] = "all"
    when: Package | None = None
    message: str | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container is asked for. `base` is an image reference such as `debian:12`."""

    base: str | None = None
    command: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)


Unify: TypeAlias = Literal["together", "separately", "when-possible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A software stack as it is wanted.

    `names` says whose names the packages and features have (an ecosystem's name from the
    catalog, such as `spack`); None: the catalog's own. `targets` are archspec names, `gpus`
    `sm_80` or `gfx90a`; `unify` says whether the whole stack must agree on one build of
    each package; None leaves it to the tool.
    """

    name: str
    description: str = ""
    names: str | None = None
    toolchain: Toolchain | None = None
    targets: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    os: str | None = None
    container: Container | None = None
    unify: Unify | None = None
    definitions: tuple[Definition, ...] = ()
    entries: tuple[Entry, ...] = ()
    groups: tuple[Group, ...] = ()
    rules: tuple[Rule, ...] = ()
    extensions: Extensions = field(default_factory=lambda: EMPTY, hash=False)
    place: Place = field(default=NOWHERE, compare=False)
