"""Effects of statements: assignments, conditions, loops, imports.

A statement that needs something outside of what is evaluated makes the names it would set
unknown, and everything that depends on them; the rest of the file is evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from stackbridge.ecosystems.easybuild.language.constants import ALTERNATIVES
from stackbridge.ecosystems.easybuild.language.expressions import HANDLERS, assign, binary, value_of
from stackbridge.ecosystems.easybuild.language.functions import (
    UnsupportedError,
    iterate,
)
from stackbridge.ecosystems.easybuild.language.modules import import_module
from stackbridge.ecosystems.easybuild.language.state import Run, Unknown

__all__ = ["Report", "execute"]

Report = Callable[[ast.stmt, UnsupportedError, "tuple[str, ...]"], None]
"""Told of a statement that was left out: the statement, why, the names it would have set."""


class _BreakError(Exception):
    pass


class _ContinueError(Exception):
    pass


def execute(run: Run, body: list[ast.stmt], report: Report) -> None:
    """Carry out the statements in order."""
    for node in body:
        run.at = node
        try:
            handler = _HANDLERS.get(type(node))
            if handler is None:
                raise UnsupportedError(f"the statement `{type(node).__name__.lower()}`")
            handler(run, node, report)
        except UnsupportedError as error:
            run.local = None
            names = _touched(node)
            for name in names:
                run.names[name] = Unknown(error.root)
            report(node, error, names)


def _touched(node: ast.AST) -> tuple[str, ...]:
    """Names that a statement may set or change, in source order."""
    names: dict[str, None] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, (ast.Store, ast.Del)):
            names[part.id] = None
        elif isinstance(part, (ast.Subscript, ast.Attribute)) and isinstance(part.ctx, ast.Store):
            names.update(_base(part))
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            if part.func.attr in _CHANGING:
                names.update(_base(part.func))
        elif isinstance(part, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            names[part.name] = None
        elif isinstance(part, ast.alias):
            names[(part.asname or part.name).partition(".")[0]] = None
    return tuple(names)


_CHANGING = frozenset(
    {
        "append",
        "clear",
        "extend",
        "insert",
        "pop",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "update",
    }
)


def _base(node: ast.expr) -> dict[str, None]:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return {node.id: None} if isinstance(node, ast.Name) else {}


def _store(run: Run, target: ast.expr, value: Any) -> None:
    kind = type(target)
    if kind is ast.Name:
        name = target.id  # type: ignore[attr-defined]
        run.names[ALTERNATIVES.get(name, name)] = value
    elif isinstance(target, ast.Subscript):
        box = value_of(run, target.value)
        if type(target.slice) is ast.Slice:
            raise UnsupportedError("assigning to a slice")
        if not isinstance(box, (list, dict)):
            raise TypeError(f"'{type(box).__name__}' object does not support item assignment")
        run.mutated = True
        box[value_of(run, target.slice)] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        assign(run, target, value, run.names)
    else:
        raise UnsupportedError(f"assigning to {kind.__name__}")


def _assign(run: Run, node: Any, report: Report) -> None:
    value = HANDLERS[type(node.value)](run, node.value)
    targets = node.targets
    if len(targets) == 1 and type(targets[0]) is ast.Name and targets[0].id not in ALTERNATIVES:
        run.names[targets[0].id] = value
        return
    run.at = node
    for target in targets:
        _store(run, target, value)


def _annotated(run: Run, node: Any, report: Report) -> None:
    if node.value is not None:
        _store(run, node.target, value_of(run, node.value))


def _augmented(run: Run, node: Any, report: Report) -> None:
    target = node.target
    load: Any
    if isinstance(target, ast.Name):
        load = ast.copy_location(ast.Name(id=target.id, ctx=ast.Load()), target)
    elif isinstance(target, ast.Subscript):
        load = ast.copy_location(
            ast.Subscript(value=target.value, slice=target.slice, ctx=ast.Load()), target
        )
    else:
        raise UnsupportedError(f"assigning to {type(target).__name__}")
    left = value_of(run, load)
    right = value_of(run, node.value)
    run.at = node
    _store(run, target, binary(run, type(node.op), left, right, in_place=True))


def _expression(run: Run, node: Any, report: Report) -> None:
    if type(node.value) is not ast.Constant:
        value_of(run, node.value)


def _if(run: Run, node: Any, report: Report) -> None:
    execute(run, node.body if value_of(run, node.test) else node.orelse, report)


def _for(run: Run, node: Any, report: Report) -> None:
    items = list(iterate(run, value_of(run, node.iter)))
    for item in items:
        run.budget.charge()
        _store(run, node.target, item)
        try:
            execute(run, node.body, report)
        except _ContinueError:
            continue
        except _BreakError:
            return
    execute(run, node.orelse, report)


def _while(run: Run, node: Any, report: Report) -> None:
    while value_of(run, node.test):
        run.budget.charge(10)
        try:
            execute(run, node.body, report)
        except _ContinueError:
            continue
        except _BreakError:
            return
    execute(run, node.orelse, report)


def _import(run: Run, node: Any, report: Report) -> None:
    for alias in node.names:
        module = import_module(alias.name)
        if alias.asname:
            run.names[alias.asname] = module
        else:
            top = alias.name.partition(".")[0]
            run.names[top] = import_module(top) if top != alias.name else module


def _import_from(run: Run, node: Any, report: Report) -> None:
    if node.level:
        raise UnsupportedError("a relative import")
    module = import_module(node.module)
    for alias in node.names:
        if alias.name not in module.members:
            raise UnsupportedError(f"`{alias.name}` of the module `{node.module}`")
        run.names[alias.asname or alias.name] = module.members[alias.name]


def _delete(run: Run, node: Any, report: Report) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            value_of(run, ast.copy_location(ast.Name(id=target.id, ctx=ast.Load()), target))
            run.names.pop(target.id, None)
        elif isinstance(target, ast.Subscript) and type(target.slice) is not ast.Slice:
            box = value_of(run, target.value)
            if not isinstance(box, (list, dict)):
                raise TypeError(f"'{type(box).__name__}' object doesn't support item deletion")
            run.mutated = True
            del box[value_of(run, target.slice)]
        else:
            raise UnsupportedError("this `del`")


def _assert(run: Run, node: Any, report: Report) -> None:
    if not value_of(run, node.test):
        raise AssertionError(str(value_of(run, node.msg))[:200] if node.msg else "assertion failed")


def _break(run: Run, node: Any, report: Report) -> None:
    raise _BreakError


def _continue(run: Run, node: Any, report: Report) -> None:
    raise _ContinueError


def _nothing(run: Run, node: Any, report: Report) -> None:
    pass


_HANDLERS: dict[type, Callable[[Run, Any, Report], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.If: _if,
    ast.For: _for,
    ast.While: _while,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Pass: _nothing,
    ast.Global: _nothing,
}
