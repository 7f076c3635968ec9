"""What the interpreter computes with besides Python's own plain data.

A value that is not known here (what a host answers, what Spack's own code would give) is an
`Unknown`: it may be passed around, but nothing may depend on it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from stackbridge.ecosystems.spack.repository.source import Source

__all__ = [
    "BASE",
    "Bound",
    "Class",
    "ClassProperty",
    "Conditional",
    "Conditionals",
    "Context",
    "Disjoint",
    "Function",
    "Item",
    "Module",
    "Native",
    "PackageError",
    "Spec",
    "StopError",
    "Unknown",
    "mark",
    "refresh",
    "spend",
]

MAX_WORK = 5_000_000
"""Members and characters that one file's evaluation may touch in big values."""

MAX_NODES = 200_000
"""Members of one value, with those of its members."""

_SMALL = 256
_work = [0]


class StopError(Exception):
    """A statement can't be evaluated; packages can't catch this."""


class PackageError(Exception):
    """An exception which the package's own code raises or meets."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind = kind
        self.message = message


def refresh() -> None:
    """Start counting anew, for another file."""
    _work[0] = 0


def spend(size: int) -> None:
    """Count the work on a value of that size. Raises StopError when it was too much."""
    if size > _SMALL:
        _work[0] += size
        if _work[0] > MAX_WORK:
            raise StopError("too much work on big values")


class Unknown:
    """A value that is not known here, and why."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(slots=True, eq=False)
class Native:
    """One of our own functions, offered to packages under a name."""

    name: str
    call: Callable[..., Any]


@dataclass(slots=True, eq=False)
class Module:
    """A file (or one of our own stand-ins) with its names.

    `package` is the dotted path of the directory that relative imports start from. `star` is
    true after `from spack.package import *`: names not found may then be Spack's own.
    """

    name: str
    names: dict[str, Any]
    package: str = ""
    file: str = ""
    source: Source | None = None
    star: bool = False
    problems: list[tuple[int, str]] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Function:
    """A function of the package's own, not yet run. `cells` are the scopes around it.

    `node` is None as long as nobody asked for a method that was cut at `line`.
    """

    name: str
    node: ast.FunctionDef | ast.Lambda | None
    module: Module
    defaults: list[Any] = field(default_factory=list)
    keyword_defaults: dict[str, Any] = field(default_factory=dict)
    cells: tuple[dict[str, Any], ...] = ()
    kind: str = "function"
    line: int = 0
    generator: bool | None = None


@dataclass(slots=True, eq=False)
class Bound:
    """A function together with its first argument."""

    function: Any
    first: Any


@dataclass(slots=True, eq=False)
class ClassProperty:
    """An attribute of a class that a function of the class computes."""

    function: Any


@dataclass(slots=True, eq=False)
class Item:
    """One directive as it was called, or a run of literal ones (`run`, with `keywords` empty).

    `when` and `defaults` are those of the `with` blocks around it.
    """

    name: str
    line: int
    arguments: list[Any] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)
    run: str | None = None
    when: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Class:
    """A class: its own names, the order in which names are looked for, its own directives.

    `order` begins with the class itself. `unknown` holds base classes that are not known.
    """

    name: str
    module: Module
    names: dict[str, Any]
    bases: tuple[Class, ...] = ()
    order: tuple[Class, ...] = ()
    unknown: tuple[str, ...] = ()
    items: list[Item] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    line: int = 0

    @property
    def key(self) -> str:
        """What names this class among all others."""
        return f"{self.module.name}:{self.name}"

    @property
    def is_package(self) -> bool:
        """Whether it inherits from Spack's PackageBase."""
        return BASE in self.order

    def units(self) -> list[Class]:
        """The classes whose directives make up this one's, in Spack's order of execution.

        Spack merges the bases' queues from the last base to the first and drops repetitions.
        """
        found: dict[Class, None] = {}
        for base in reversed(self.bases):
            for unit in base.units():
                found.setdefault(unit)
        found.setdefault(self)
        return list(found)

    def find(self, name: str) -> tuple[Class, Any] | None:
        """The class in `order` that has the name, and its value."""
        for cls in self.order:
            if name in cls.names:
                return cls, cls.names[name]
        return None


def _core() -> Module:
    return Module(name="spack.package", names={})


BASE = Class(name="PackageBase", module=_core(), names={})
BASE.order = (BASE,)


@dataclass(slots=True, eq=False)
class Context:
    """A `with` block's meaning: `when` (a condition) or `default_args` (keywords)."""

    kind: str
    when: Any = None
    keywords: dict[str, Any] = field(default_factory=dict)


class Conditional:
    """One value under a condition; equal to its value, as in Spack. `when` None: never."""

    __slots__ = ("value", "when")

    def __init__(self, value: Any, when: tuple[str, ...] | None) -> None:
        self.value = value
        self.when = when

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, Conditional) else other))

    def __lt__(self, other: object) -> bool:
        return bool(self.value < (other.value if isinstance(other, Conditional) else other))

    def __str__(self) -> str:
        return str(self.value)


class Conditionals(list[Conditional]):
    """What `conditional(...)` gives."""


class Disjoint:
    """Values in mutually exclusive sets, with Spack's fluent methods."""

    __slots__ = ("default", "error", "feature_values", "sets")

    def __init__(self, sets: Iterable[Iterable[Any]]) -> None:
        self.sets: list[tuple[Any, ...]] = [tuple(_flat(each)) for each in sets]
        self.feature_values: tuple[Any, ...] = tuple(v for each in self.sets for v in each)
        self.default: Any = None
        self.error: str | None = None

    def __iter__(self) -> Any:
        return (value for each in self.sets for value in each)

    def __len__(self) -> int:
        return sum(map(len, self.sets))

    def with_default(self, default: Any) -> Disjoint:
        """The same, with a default."""
        self.default = default
        return self

    def with_error(self, error: Any) -> Disjoint:
        """The same, with a message."""
        self.error = error if isinstance(error, str) else None
        return self

    def with_non_feature_values(self, *values: Any) -> Disjoint:
        """The same; these values stand for nothing that a build can switch."""
        self.feature_values = tuple(v for v in self.feature_values if v not in values)
        return self

    def allow_empty_set(self) -> Disjoint:
        """Also `none`, alone."""
        if ("none",) in self.sets:
            return self
        new = Disjoint([("none",), *self.sets])
        new.error = self.error
        new.feature_values = (*self.feature_values, "none")
        return new

    def prohibit_empty_set(self) -> Disjoint:
        """Not `none`."""
        if ("none",) not in self.sets:
            return self
        new = Disjoint([each for each in self.sets if each != ("none",)])
        new.error = self.error
        new.feature_values = tuple(v for v in self.feature_values if v != "none")
        return new


@dataclass(slots=True, frozen=True)
class Spec:
    """A spec text given to `Spec(...)`; only its name and text can be asked for."""

    text: str


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield value


def mark(value: Any) -> str | None:
    """Why a value is not known, if it or anything inside it is not.

    Raises StopError for a value that is too big, which one that holds itself is as well.
    """
    if isinstance(value, Unknown):
        return value.reason
    if not isinstance(value, (list, tuple, set, frozenset, dict)):
        return None
    todo: list[Any] = [value]
    count = 0
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            inner: Iterable[Any] = [*each.keys(), *each.values()]
        else:
            inner = each
        count += len(each)
        if count > MAX_NODES:
            raise StopError("a value grows too big")
        for member in inner:
            if isinstance(member, Unknown):
                return member.reason
            if isinstance(member, (list, tuple, set, frozenset, dict)):
                todo.append(member)
    spend(count)
    return None
