"""Statements and expressions of a package.py, evaluated without Python evaluating them.

What is not listed here can't happen. A statement of a class body that can't be evaluated is
written down as a problem, with its line, and what it would have assigned becomes unknown.
Steps, depth and sizes have limits; reaching one ends the statement, not the program.
"""

from __future__ import annotations

import ast
from typing import Any

from stackbridge.ecosystems.spack.repository.directives import NAMES as DIRECTIVES
from stackbridge.ecosystems.spack.repository.expressions import Expressions
from stackbridge.ecosystems.spack.repository.machine import (
    MAX_DEPTH,
    ReturnJump,
    Scope,
    queued,
)
from stackbridge.ecosystems.spack.repository.statements import Statements
from stackbridge.ecosystems.spack.repository.values import (
    Bound,
    Class,
    Function,
    Module,
    Native,
    PackageError,
    StopError,
    Unknown,
)

__all__ = ["Interpreter"]


class Interpreter(Statements, Expressions):
    """Runs modules; one for many files, with a budget of steps for each (`begin`)."""

    def run_module(self, module: Module) -> None:
        """Execute a module's statements; problems go to the module."""
        assert module.source is not None
        self._body(module.source.body, Scope(module, module.names), module.problems)

    def call(self, function: Any, args: list[Any], keywords: dict[str, Any], line: int) -> Any:
        """Call what a package may call."""
        self.step()
        if isinstance(function, Native):
            if function.name in DIRECTIVES and function.call is queued:
                return self.directive(function.name, args, keywords, line)
            return function.call(*args, **keywords)
        if isinstance(function, Unknown):
            return Unknown(f"{function.reason}()")
        if isinstance(function, Bound):
            return self.call(function.function, [function.first, *args], keywords, line)
        if isinstance(function, Function):
            return self.call_function(function, args, keywords)
        if isinstance(function, Class):
            return Unknown(f"an object of class `{function.name}`")
        raise PackageError("TypeError", f"{type(function).__name__} can't be called")

    def call_function(self, function: Function, args: list[Any], keywords: dict[str, Any]) -> Any:
        """Run one of the package's own functions."""
        node = function.node
        source = function.module.source
        if source is not None and (node is None or isinstance(node, ast.FunctionDef)):
            try:
                whole = source.method(function.line or (node.lineno if node is not None else 0))
            except SyntaxError as error:
                raise StopError(f"`{function.name}` can't be parsed: {error.msg}") from None
            if whole is not None:
                function.node = node = whole
                self._defaults(function, whole.args, Scope(function.module, function.module.names))
                source.methods.pop(node.lineno, None)
        if node is None:
            raise StopError(f"the method `{function.name}` can't be read")
        if self.depth >= MAX_DEPTH:
            raise StopError(f"more than {MAX_DEPTH} calls inside each other")
        self.calls += 1
        names = _bind(function, args, keywords)
        scope = Scope(function.module, names, function.cells)
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                return self.value(node.body, scope)
            if function.generator is None:
                function.generator = _is_generator(node)
            if function.generator:
                scope.yields = []
            try:
                self.block(node.body, scope)
            except ReturnJump as result:
                return iter(scope.yields) if scope.yields is not None else result.value
            return iter(scope.yields) if scope.yields is not None else None
        finally:
            self.depth -= 1


def _is_generator(node: ast.FunctionDef) -> bool:
    todo: list[ast.AST] = list(node.body)
    while todo:
        each = todo.pop()
        if isinstance(each, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(each, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(each))
    return False


def _bind(function: Function, args: list[Any], keywords: dict[str, Any]) -> dict[str, Any]:
    assert function.node is not None
    parameters = function.node.args
    positional = [a.arg for a in (*parameters.posonlyargs, *parameters.args)]
    names: dict[str, Any] = dict(zip(positional, args, strict=False))
    if len(args) > len(positional):
        if parameters.vararg is None:
            raise PackageError("TypeError", f"{function.name}() got too many arguments")
        names[parameters.vararg.arg] = tuple(args[len(positional) :])
    elif parameters.vararg is not None:
        names[parameters.vararg.arg] = ()
    known = {*positional, *(a.arg for a in parameters.kwonlyargs)}
    extra: dict[str, Any] = {}
    for key, value in keywords.items():
        if key in known and key not in names:
            names[key] = value
        elif parameters.kwarg is not None and key not in known:
            extra[key] = value
        else:
            raise PackageError("TypeError", f"{function.name}() got an unexpected `{key}`")
    if parameters.kwarg is not None:
        names[parameters.kwarg.arg] = extra
    if function.defaults:
        for name, value in zip(
            positional[-len(function.defaults) :], function.defaults, strict=False
        ):
            names.setdefault(name, value)
    for name, value in function.keyword_defaults.items():
        names.setdefault(name, value)
    for name in known:
        if name not in names:
            raise PackageError("TypeError", f"{function.name}() needs `{name}`")
    return names
