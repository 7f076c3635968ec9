"""The interpreter's state and what statements and expressions share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from stackbridge.ecosystems.spack.repository import operations
from stackbridge.ecosystems.spack.repository.directives import NAMES as DIRECTIVES
from stackbridge.ecosystems.spack.repository.values import (
    Bound,
    Class,
    Function,
    Item,
    Module,
    Native,
    PackageError,
    StopError,
    Unknown,
    refresh,
)

__all__ = [
    "CATCHABLE",
    "MAX_DEPTH",
    "MAX_STEPS",
    "BreakJump",
    "ContinueJump",
    "Host",
    "Machine",
    "ReturnJump",
    "Scope",
    "linearize",
    "queued",
]

MAX_STEPS = 300_000
"""Statements, calls and turns of loops for one file."""

MAX_DEPTH = 40
"""Calls inside calls."""


class Host(Protocol):
    """What the interpreter asks of the loader."""

    builtins: dict[str, Any]

    def import_module(self, name: str, module: Module) -> Any: ...

    def import_from(self, name: str, level: int, what: str, module: Module) -> Any: ...

    def attribute(self, cls: Class, name: str) -> Any: ...


class ReturnJump(Exception):  # noqa: N818 - a jump, not a failure
    """`return`, with its value."""

    def __init__(self, value: Any) -> None:
        self.value = value


class BreakJump(Exception):  # noqa: N818
    """`break`."""


class ContinueJump(Exception):  # noqa: N818
    """`continue`."""


class Scope:
    """Where names are looked for: `names` first, then functions around, then the module."""

    __slots__ = ("cells", "cls", "module", "names", "yields")

    def __init__(
        self,
        module: Module,
        names: dict[str, Any],
        cells: tuple[dict[str, Any], ...] = (),
        cls: bool = False,
    ) -> None:
        self.module = module
        self.names = names
        self.cells = cells
        self.cls = cls
        self.yields: list[Any] | None = None

    def inner_cells(self) -> tuple[dict[str, Any], ...]:
        """The scopes which a function defined here can see, innermost first."""
        return (
            self.cells if self.cls or self.names is self.module.names else (self.names, *self.cells)
        )


def linearize(bases: tuple[Class, ...]) -> tuple[Class, ...]:
    """Python's order of base classes (C3). Raises PackageError where there is none."""
    if len(bases) == 1:
        return bases[0].order
    lists = [list(base.order) for base in bases] + [list(bases)]
    found: list[Class] = []
    while lists := [each for each in lists if each]:
        for candidate in (each[0] for each in lists):
            if not any(candidate in each[1:] for each in lists):
                break
        else:
            raise PackageError("TypeError", "the base classes have no consistent order")
        found.append(candidate)
        lists = [[c for c in each if c is not candidate] for each in lists]
    return tuple(found)


CATCHABLE = (
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    ValueError,
    ZeroDivisionError,
    StopIteration,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


def queued(*_args: Any, **_keywords: Any) -> None:
    """Stands for a directive; the interpreter queues it."""


class Machine:
    """State, limits, and the steps that are neither statement nor expression."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.steps = 0
        self.depth = 0
        self.calls = 0
        self.when: list[str] = []
        self.defaults: list[dict[str, Any]] = []
        self.pending: list[Item] = []
        self._statements: dict[type, Callable[[Any, Scope], None]] = {}
        self._expressions: dict[type, Callable[[Any, Scope], Any]] = {}

    def begin(self) -> None:
        """Start a new budget, with nothing left over from an earlier file."""
        refresh()
        self.steps = 0
        self.depth = 0
        self.when.clear()
        self.defaults.clear()
        self.pending.clear()

    def step(self) -> None:
        """Count one step."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise StopError(f"more than {MAX_STEPS} steps")

    def execute(self, node: ast.stmt, scope: Scope) -> None:
        """One statement."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise StopError(f"more than {MAX_STEPS} steps")
        handler = self._statements.get(type(node))
        if handler is None:
            raise StopError(f"`{type(node).__name__}` is not supported")
        handler(node, scope)

    def block(self, body: list[ast.stmt], scope: Scope) -> None:
        """Several statements, the first failure ending them."""
        for node in body:
            self.execute(node, scope)

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """One expression."""
        handler = self._expressions.get(type(node))
        if handler is None:
            raise StopError(f"`{type(node).__name__}` is not supported")
        return handler(node, scope)

    def truth(self, value: Any) -> bool:
        """Whether a value counts as true; it must be known."""
        if isinstance(value, Unknown):
            raise StopError(f"a decision depends on {value.reason}")
        return bool(value)

    def iterate(self, value: Any) -> Iterator[Any]:
        """The members, each counted as a step."""
        if isinstance(value, Unknown):
            raise StopError(f"a loop over {value.reason}")
        if isinstance(value, (Class, Function, Module, Native, Bound)):
            raise PackageError("TypeError", f"{type(value).__name__} can't be looped over")
        for member in value:
            self.step()
            yield member

    def _item(
        self, name: str, line: int, args: list[Any], keywords: dict[str, Any], run: str | None
    ) -> Item:
        defaults: dict[str, Any] = {}
        for each in self.defaults:
            defaults.update(each)
        when = tuple(self.when) if self.when else ()
        return Item(name, line, args, keywords, run, when, defaults)

    def directive(self, name: str, args: list[Any], keywords: dict[str, Any], line: int) -> Item:
        """Queue a directive; patches given as an argument leave the queue."""
        item = self._item(name, line, args, keywords, None)
        patches = keywords.get("patches")
        if patches is not None:
            inner = patches if isinstance(patches, (list, tuple)) else [patches]
            self.pending = [each for each in self.pending if not any(each is p for p in inner)]
        self.pending.append(item)
        return item

    def _lookup(self, name: str, scope: Scope) -> Any:
        if name in scope.names:
            return scope.names[name]
        for cell in scope.cells:
            if name in cell:
                return cell[name]
        names = scope.module.names
        if name in names:
            return names[name]
        builtins = self.host.builtins
        if name in builtins:
            value = builtins[name]
            if name in DIRECTIVES and not scope.module.star:
                raise PackageError("NameError", f"`{name}` is not defined")
            return value
        if scope.module.star:
            return Unknown(f"`{name}`")
        raise PackageError("NameError", f"`{name}` is not defined")

    def _index(self, node: ast.expr, scope: Scope) -> Any:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*(None if part is None else self.value(part, scope) for part in parts))
        return self.value(node, scope)

    def _apply(self, op: ast.operator, left: Any, right: Any) -> Any:
        if isinstance(left, Unknown):
            return left
        if isinstance(right, Unknown):
            return right
        return operations.BINARY[type(op)](left, right)

    def _defaults(self, function: Function, args: ast.arguments, scope: Scope) -> None:
        for default in args.defaults:
            function.defaults.append(self._lenient(default, scope))
        for argument, each in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if each is not None:
                function.keyword_defaults[argument.arg] = self._lenient(each, scope)

    def _lenient(self, node: ast.expr, scope: Scope) -> Any:
        """A value which is rarely needed: where it can't be had it is unknown."""
        try:
            return self.value(node, scope)
        except (StopError, PackageError, *CATCHABLE) as error:
            return Unknown(str(error))

    # given by the parts that are built on this

    def call(self, function: Any, args: list[Any], keywords: dict[str, Any], line: int) -> Any:
        """Call what a package may call."""
        raise NotImplementedError

    def attribute(self, value: Any, name: str) -> Any:
        """An attribute, of the few kinds that may be asked for."""
        raise NotImplementedError

    def store(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Assign to a name, a tuple of targets, a member or an attribute of a class."""
        raise NotImplementedError
