"""Statements: what a class body or a function does, one by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from stackbridge.ecosystems.spack.repository import operations
from stackbridge.ecosystems.spack.repository.directives import NAMES as DIRECTIVES
from stackbridge.ecosystems.spack.repository.machine import (
    CATCHABLE,
    BreakJump,
    ContinueJump,
    Host,
    Machine,
    ReturnJump,
    Scope,
    linearize,
)
from stackbridge.ecosystems.spack.repository.source import literal_calls
from stackbridge.ecosystems.spack.repository.values import (
    BASE,
    Bound,
    Class,
    ClassProperty,
    Context,
    Function,
    Native,
    PackageError,
    StopError,
    Unknown,
    mark,
)

__all__ = ["Statements"]


class Statements(Machine):
    """Handlers of statements; problems of a class body are written down, not raised."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._statements = {
            ast.Expr: self._expr,
            ast.Assign: self._assign,
            ast.AnnAssign: self._ann_assign,
            ast.AugAssign: self._aug_assign,
            ast.For: self._for,
            ast.While: self._while,
            ast.If: self._if,
            ast.With: self._with,
            ast.Try: self._try,
            ast.FunctionDef: self._function_def,
            ast.ClassDef: self._class_def,
            ast.Return: self._return,
            ast.Raise: self._raise,
            ast.Assert: self._assert,
            ast.Delete: self._delete,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Pass: lambda node, scope: None,
            ast.Global: lambda node, scope: None,
            ast.Break: self._break,
            ast.Continue: self._continue,
            ast.AsyncFunctionDef: self._async_def,
        }

    def _body(self, body: list[ast.stmt], scope: Scope, problems: list[tuple[int, str]]) -> None:
        for node in body:
            depth, when, defaults = self.depth, len(self.when), len(self.defaults)
            calls = self.calls
            try:
                self.execute(node, scope)
            except (StopError, PackageError) as error:
                reason = str(error)
            except (BreakJump, ContinueJump, ReturnJump):
                reason = "a statement outside of its loop or function"
            except (RecursionError, MemoryError, *CATCHABLE) as error:
                reason = f"{type(error).__name__}: {error}"
            else:
                continue
            self.depth = depth
            del self.when[when:], self.defaults[defaults:]
            # a plain assignment matters only if its value is used, which will be noticed then
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or self.calls != calls:
                problems.append((node.lineno, reason))
            for name in _touched(node, scope.names):
                scope.names[name] = Unknown(f"`{name}`, which can't be evaluated ({reason})")

    def _expr(self, node: ast.Expr, scope: Scope) -> None:
        value = node.value
        if type(value) is ast.Constant:
            source = scope.module.source
            if value.value == 0 and source is not None and node.lineno in source.methods:
                name = source.methods[node.lineno].name
                scope.names[name] = Function(name, None, scope.module, line=node.lineno)
            elif value.value == 0 and source is not None and node.lineno in source.runs:
                run = source.runs[node.lineno]
                shadowed = [n for n in DIRECTIVES if n in scope.names or n in scope.module.names]
                if any(f"{name}(" in run for name in shadowed) or (self.when and "version(" in run):
                    for name, args, keywords, line in literal_calls(run, node.lineno):
                        function = self._lookup(name, scope)
                        if isinstance(function, Native) and function.name in DIRECTIVES:
                            self.directive(name, args, keywords, line)
                        else:
                            self.call(function, args, keywords, line)
                else:
                    self.pending.append(self._item("", node.lineno, [], {}, run))
            return
        self.value(value, scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.store(target, value, scope)

    def _ann_assign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.store(node.target, self.value(node.value, scope), scope)

    def _aug_assign(self, node: ast.AugAssign, scope: Scope) -> None:
        target = node.target
        if isinstance(target, ast.Name):
            current = self._lookup(target.id, scope)
        else:
            load: ast.expr = ast.copy_location(
                ast.Attribute(target.value, target.attr, ast.Load())
                if isinstance(target, ast.Attribute)
                else ast.Subscript(target.value, target.slice, ast.Load()),
                target,
            )
            current = self.value(load, scope)
        right = self.value(node.value, scope)
        if isinstance(current, list) and isinstance(node.op, ast.Add):
            current.extend(operations.bounded(right))
            result: Any = current
        else:
            result = self._apply(node.op, current, right)
        self.store(target, result, scope)

    def store(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Assign to a name, a tuple of targets, a member or an attribute of a class."""
        if isinstance(target, ast.Name):
            scope.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            if isinstance(value, Unknown):
                for each in target.elts:
                    inner = each.value if isinstance(each, ast.Starred) else each
                    self.store(inner, value, scope)
                return
            self._unpack(target.elts, operations.bounded(value), scope)
        elif isinstance(target, ast.Subscript):
            holder = self.value(target.value, scope)
            if not isinstance(holder, (dict, list)):
                raise StopError(
                    "an assignment to a member of something that is not a list or mapping"
                )
            if len(holder) > operations.LIMIT:
                raise StopError("a collection grows too big")
            index = self._index(target.slice, scope)
            hidden = mark(index)
            if hidden is not None:
                raise StopError(f"an assignment at {hidden}")
            holder[index] = value
        elif isinstance(target, ast.Attribute):
            holder = self.value(target.value, scope)
            if isinstance(holder, Class) and holder is not BASE:
                holder.names[target.attr] = value
            elif not isinstance(holder, (Unknown, Function, Native)):
                raise StopError("an assignment to an attribute")
        else:
            raise StopError(f"an assignment to `{type(target).__name__}`")

    def _unpack(self, targets: list[ast.expr], values: list[Any], scope: Scope) -> None:
        star = next((i for i, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
        if star is None:
            if len(targets) != len(values):
                raise PackageError("ValueError", f"{len(values)} values for {len(targets)} names")
        else:
            after = len(targets) - star - 1
            if len(values) < star + after:
                raise PackageError("ValueError", "too few values to unpack")
            end = len(values) - after
            values = [*values[:star], values[star:end], *values[end:]]
        for target, value in zip(targets, values, strict=True):
            self.store(target.value if isinstance(target, ast.Starred) else target, value, scope)

    def _for(self, node: ast.For, scope: Scope) -> None:
        for member in self.iterate(self.value(node.iter, scope)):
            self.store(node.target, member, scope)
            try:
                self.block(node.body, scope)
            except BreakJump:
                return
            except ContinueJump:
                continue
        self.block(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        while self.truth(self.value(node.test, scope)):
            self.step()
            try:
                self.block(node.body, scope)
            except BreakJump:
                return
            except ContinueJump:
                continue
        self.block(node.orelse, scope)

    def _if(self, node: ast.If, scope: Scope) -> None:
        chosen = self.truth(self.value(node.test, scope))
        self.block(node.body if chosen else node.orelse, scope)

    def _with(self, node: ast.With, scope: Scope) -> None:
        when, defaults = len(self.when), len(self.defaults)
        try:
            for item in node.items:
                context = self.value(item.context_expr, scope)
                if not isinstance(context, Context):
                    raise StopError("a `with` block of an unknown kind")
                if context.kind == "when":
                    if isinstance(context.when, Unknown):
                        raise StopError(f"a condition depends on {context.when.reason}")
                    if isinstance(context.when, str):
                        self.when.append(context.when)
                else:
                    self.defaults.append(context.keywords)
            self.block(node.body, scope)
        finally:
            del self.when[when:], self.defaults[defaults:]

    def _try(self, node: ast.Try, scope: Scope) -> None:
        try:
            try:
                self.block(node.body, scope)
            except PackageError as error:
                kind = error.kind
                self._handle(node, kind, scope, error)
            except CATCHABLE as error:
                self._handle(node, type(error).__name__, scope, error)
            else:
                self.block(node.orelse, scope)
        finally:
            self.block(node.finalbody, scope)

    def _handle(self, node: ast.Try, kind: str, scope: Scope, error: Exception) -> None:
        for handler in node.handlers:
            names: list[ast.expr] = []
            if handler.type is not None:
                names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            wanted = {n.id for n in names if isinstance(n, ast.Name)}
            if handler.type is None or kind in wanted or wanted & {"Exception", "BaseException"}:
                if handler.name:
                    scope.names[handler.name] = Unknown("an exception")
                self.block(handler.body, scope)
                return
        raise error

    def _function_def(self, node: ast.FunctionDef, scope: Scope) -> None:
        function: Any = Function(
            name=node.name, node=node, module=scope.module, cells=scope.inner_cells()
        )
        self._defaults(function, node.args, scope)
        for decorator in reversed(node.decorator_list):
            function = self._decorate(decorator, function, scope)
        scope.names[node.name] = function

    def _async_def(self, node: ast.AsyncFunctionDef, scope: Scope) -> None:
        scope.names[node.name] = Unknown("an asynchronous function")

    def _decorate(self, node: ast.expr, value: Any, scope: Scope) -> Any:
        if isinstance(node, ast.Name) and isinstance(value, Function):
            if node.id in ("staticmethod", "classmethod", "property"):
                value.kind = node.id
                return value
            if node.id == "classproperty":
                return ClassProperty(value)
            if node.id in ("memoized", "lru_cache", "cache"):
                return value
        if isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter"):
            return value
        if isinstance(node, ast.Attribute) and node.attr == "classproperty":
            return ClassProperty(value)  # `lang.classproperty`, as before v1.0
        decorator = self._lenient(node, scope)
        if isinstance(decorator, (Function, Bound)):
            return self.call(decorator, [value], {}, node.lineno)
        if isinstance(decorator, Native):
            return self.call(decorator, [value], {}, node.lineno)
        if isinstance(decorator, (Context, Unknown)) and isinstance(value, Function):
            value.kind = "method"
        return value

    def _class_def(self, node: ast.ClassDef, scope: Scope) -> None:
        bases: list[Class] = []
        unknown: list[str] = []
        for base in node.bases:
            value = self._lenient(base, scope)
            if isinstance(value, Class):
                bases.append(value)
            else:
                reason = value.reason if isinstance(value, Unknown) else type(value).__name__
                unknown.append(reason)
        names: dict[str, Any] = {}
        cls = Class(
            name=node.name,
            module=scope.module,
            names=names,
            bases=tuple(bases),
            unknown=tuple(unknown) + tuple(u for base in bases for u in base.unknown),
            line=node.lineno,
        )
        cls.order = (cls, *linearize(tuple(bases)))
        names["__doc__"] = ast.get_docstring(node, clean=False)
        names["__qualname__"] = node.name
        names["__module__"] = scope.module.name
        self._body(node.body, Scope(scope.module, names, scope.cells, cls=True), cls.problems)
        if cls.is_package:
            cls.items = self.pending
            self.pending = []
        value = cls
        for decorator in reversed(node.decorator_list):
            result = self._decorate(decorator, value, scope)
            value = result if isinstance(result, Class) else value
        scope.names[node.name] = value

    def _return(self, node: ast.Return, scope: Scope) -> None:
        raise ReturnJump(None if node.value is None else self.value(node.value, scope))

    def _raise(self, node: ast.Raise, scope: Scope) -> None:
        kind, message = "Exception", ""
        target = node.exc
        if isinstance(target, ast.Call):
            if target.args:
                text = self._lenient(target.args[0], scope)
                message = text if isinstance(text, str) else ""
            target = target.func
        if isinstance(target, ast.Name):
            kind = target.id
        raise PackageError(kind, message)

    def _assert(self, node: ast.Assert, scope: Scope) -> None:
        if not self.truth(self.value(node.test, scope)):
            raise PackageError("AssertionError", "")

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.names.pop(target.id, None)
            elif isinstance(target, ast.Subscript):
                holder = self.value(target.value, scope)
                if not isinstance(holder, (dict, list)):
                    raise StopError("a deletion")
                del holder[self._index(target.slice, scope)]
            else:
                raise StopError("a deletion")

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            value = self.host.import_module(alias.name, scope.module)
            if alias.asname:
                scope.names[alias.asname] = value
            else:
                root = alias.name.partition(".")[0]
                scope.names[root] = self.host.import_module(root, scope.module)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            value = self.host.import_from(node.module or "", node.level, alias.name, scope.module)
            if alias.name == "*":
                if isinstance(value, dict):
                    scope.names.update(value)
                else:
                    scope.module.star = True
            else:
                scope.names[alias.asname or alias.name] = value

    def _break(self, node: ast.Break, scope: Scope) -> None:
        raise BreakJump

    def _continue(self, node: ast.Continue, scope: Scope) -> None:
        raise ContinueJump


def _touched(node: ast.AST, names: dict[str, Any]) -> Iterator[str]:
    """Names which a statement would have bound, or whose collections it may have changed."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        yield node.name
        return
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            held = names.get(each.id)
            if isinstance(each.ctx, ast.Store) or isinstance(held, (list, dict, set)):
                yield each.id
        elif isinstance(each, ast.alias):
            yield (each.asname or each.name).partition(".")[0]
        elif isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            yield each.name
