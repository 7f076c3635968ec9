"""Statements and expressions of a package.py, evaluated without Python evaluating them.

What is not listed here can't happen. A statement of a class body that can't be evaluated is
written down as a problem, with its line, and what it would have assigned becomes unknown.
Steps, depth and sizes have limits; reaching one ends the statement, not the program.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from stackbridge.ecosystems.spack.repository import operations
from stackbridge.ecosystems.spack.repository.directives import NAMES as DIRECTIVES
from stackbridge.ecosystems.spack.repository.source import literal_calls
from stackbridge.ecosystems.spack.repository.values import (
    BASE,
    Bound,
    Class,
    ClassProperty,
    Conditional,
    Context,
    Disjoint,
    Function,
    Item,
    Module,
    Native,
    PackageError,
    Spec,
    StopError,
    Unknown,
    mark,
    refresh,
    spend,
)

__all__ = ["MAX_DEPTH", "MAX_STEPS", "Host", "Interpreter", "linearize", "queued"]

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


class _Return(Exception):  # noqa: N818 - a jump, not a failure
    def __init__(self, value: Any) -> None:
        self.value = value


class _Break(Exception):  # noqa: N818
    pass


class _Continue(Exception):  # noqa: N818
    pass


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


_CATCHABLE = (
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


class Interpreter:
    """Runs modules; one for many files, with a budget of steps for each (`begin`)."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.steps = 0
        self.depth = 0
        self.calls = 0
        self.when: list[str] = []
        self.defaults: list[dict[str, Any]] = []
        self.pending: list[Item] = []
        self._statements: dict[type, Callable[[Any, Scope], None]] = {
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
        self._expressions: dict[type, Callable[[Any, Scope], Any]] = {
            ast.Constant: lambda node, scope: node.value,
            ast.Name: self._name,
            ast.Call: self._call,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.Tuple: lambda node, scope: tuple(self._members(node.elts, scope)),
            ast.List: lambda node, scope: self._members(node.elts, scope),
            ast.Set: lambda node, scope: self._hashed(self._members(node.elts, scope)),
            ast.Dict: self._dict,
            ast.JoinedStr: self._joined,
            ast.FormattedValue: self._formatted,
            ast.BinOp: self._binary,
            ast.UnaryOp: self._unary,
            ast.BoolOp: self._bool,
            ast.Compare: self._compare,
            ast.IfExp: self._if_exp,
            ast.ListComp: lambda node, scope: list(self._comprehension(node, scope)),
            ast.SetComp: lambda node, scope: self._hashed(list(self._comprehension(node, scope))),
            ast.GeneratorExp: lambda node, scope: iter(list(self._comprehension(node, scope))),
            ast.DictComp: self._dict_comprehension,
            ast.Lambda: self._lambda,
            ast.Starred: self._starred,
            ast.NamedExpr: self._named,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield_from,
        }

    # running

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

    def run_module(self, module: Module) -> None:
        """Execute a module's statements; problems go to the module."""
        assert module.source is not None
        self._body(module.source.body, Scope(module, module.names), module.problems)

    def _body(self, body: list[ast.stmt], scope: Scope, problems: list[tuple[int, str]]) -> None:
        for node in body:
            depth, when, defaults = self.depth, len(self.when), len(self.defaults)
            calls = self.calls
            try:
                self.execute(node, scope)
            except (StopError, PackageError) as error:
                reason = str(error)
            except (_Break, _Continue, _Return):
                reason = "a statement outside of its loop or function"
            except (RecursionError, MemoryError, *_CATCHABLE) as error:
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

    # statements

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
            except _Break:
                return
            except _Continue:
                continue
        self.block(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        while self.truth(self.value(node.test, scope)):
            self.step()
            try:
                self.block(node.body, scope)
            except _Break:
                return
            except _Continue:
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
            except _CATCHABLE as error:
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
        except (StopError, PackageError, *_CATCHABLE) as error:
            return Unknown(str(error))

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
        raise _Return(None if node.value is None else self.value(node.value, scope))

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
        raise _Break

    def _continue(self, node: ast.Continue, scope: Scope) -> None:
        raise _Continue

    # expressions

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

    def _name(self, node: ast.Name, scope: Scope) -> Any:
        return self._lookup(node.id, scope)

    def _members(self, nodes: list[ast.expr], scope: Scope) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if type(node) is ast.Constant:
                found.append(node.value)
            elif type(node) is ast.Starred:
                found += operations.bounded(self.value(node.value, scope))
            else:
                found.append(self.value(node, scope))
        return found

    def _hashed(self, members: list[Any]) -> set[Any]:
        """A set, of members that are not too big to be hashed."""
        mark(members)
        return set(members)

    def _starred(self, node: ast.Starred, scope: Scope) -> Any:
        raise StopError("`*` at this place")

    def _dict(self, node: ast.Dict, scope: Scope) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                more = self.value(value, scope)
                if not isinstance(more, dict):
                    return Unknown("a mapping made of one that is not known")
                found.update(more)
            else:
                name = self.value(key, scope)
                hidden = mark(name)
                if hidden is not None:
                    return Unknown(f"a mapping with the key {hidden}")
                found[name] = self.value(value, scope)
        return found

    def _joined(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts: list[str] = []
        for part in node.values:
            kind = type(part)
            if kind is ast.Constant:
                parts.append(part.value)  # type: ignore[attr-defined]
                continue
            inner = part.value if kind is ast.FormattedValue else part  # type: ignore[attr-defined]
            value: Any = self.value(inner, scope)
            if type(value) is not str or part.format_spec or part.conversion > 0:  # type: ignore[attr-defined]
                value = self._format(part, value, scope)  # type: ignore[arg-type]
                if isinstance(value, Unknown):
                    return value
            parts.append(value)
        if sum(map(len, parts)) > operations.LIMIT:
            raise StopError("a text grows too big")
        return "".join(parts)

    def _formatted(self, node: ast.FormattedValue, scope: Scope) -> Any:
        return self._format(node, self.value(node.value, scope), scope)

    def _format(self, node: ast.FormattedValue, value: Any, scope: Scope) -> Any:
        if isinstance(value, Unknown):
            return value
        spec = "" if node.format_spec is None else self.value(node.format_spec, scope)
        conversion = chr(node.conversion) if node.conversion > 0 else None
        return operations.format_value(value, conversion, spec)

    def _apply(self, op: ast.operator, left: Any, right: Any) -> Any:
        if isinstance(left, Unknown):
            return left
        if isinstance(right, Unknown):
            return right
        return operations.BINARY[type(op)](left, right)

    def _binary(self, node: ast.BinOp, scope: Scope) -> Any:
        if type(node.op) not in operations.BINARY:
            raise StopError("an operator that is not supported")
        return self._apply(node.op, self.value(node.left, scope), self.value(node.right, scope))

    def _unary(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(value, Unknown):
            return value
        if isinstance(node.op, ast.Not):
            return not value
        return operations.UNARY[type(node.op)](value)

    def _bool(self, node: ast.BoolOp, scope: Scope) -> Any:
        wanted = isinstance(node.op, ast.Or)
        value: Any = None
        for index, each in enumerate(node.values):
            value = self.value(each, scope)
            if isinstance(value, Unknown):
                # unknown or known-true: still decided by what comes after
                for later in node.values[index + 1 :]:
                    other = self._lenient(later, scope)
                    if not isinstance(other, Unknown) and bool(other) is wanted and wanted is False:
                        return other
                return value
            if bool(value) is wanted:
                return value
        return value

    def _compare(self, node: ast.Compare, scope: Scope) -> Any:
        left = self.value(node.left, scope)
        for op, each in zip(node.ops, node.comparators, strict=True):
            right = self.value(each, scope)
            if isinstance(left, Unknown):
                return left
            if isinstance(right, Unknown):
                return right
            if isinstance(op, (ast.In, ast.NotIn)) and isinstance(right, (Class, Module, Function)):
                raise PackageError("TypeError", "not a container")
            hidden = None if isinstance(right, str) else mark(right) or mark(left)
            if hidden is not None:
                return Unknown(hidden)
            if not operations.COMPARE[type(op)](left, right):
                return False
            left = right
        return True

    def _if_exp(self, node: ast.IfExp, scope: Scope) -> Any:
        test = self.value(node.test, scope)
        if isinstance(test, Unknown):
            return test
        return self.value(node.body if test else node.orelse, scope)

    def _turns(
        self, generators: list[ast.comprehension], inner: Scope, first: Any
    ) -> Iterator[Scope]:
        head, rest = generators[0], generators[1:]
        members = first if first is not None else self.value(head.iter, inner)
        for member in self.iterate(members):
            self.store(head.target, member, inner)
            if all(self.truth(self.value(test, inner)) for test in head.ifs):
                if rest:
                    yield from self._turns(rest, inner, None)
                else:
                    yield inner

    def _inner(self, node: Any, scope: Scope) -> Iterator[Scope]:
        first = self.value(node.generators[0].iter, scope)
        inner = Scope(scope.module, {}, scope.inner_cells())
        yield from self._turns(node.generators, inner, first if first is not None else ())

    def _comprehension(self, node: Any, scope: Scope) -> Iterator[Any]:
        for count, inner in enumerate(self._inner(node, scope)):
            if count > operations.LIMIT:
                raise StopError("a collection grows too big")
            yield self.value(node.elt, inner)

    def _dict_comprehension(self, node: ast.DictComp, scope: Scope) -> Any:
        found: dict[Any, Any] = {}
        for inner in self._inner(node, scope):
            key = self.value(node.key, inner)
            if mark(key) is not None:
                return Unknown("a mapping with a key that is not known")
            found[key] = self.value(node.value, inner)
        return found

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        function = Function(
            name="<lambda>", node=node, module=scope.module, cells=scope.inner_cells()
        )
        self._defaults(function, node.args, scope)
        return function

    def _named(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self.value(node.value, scope)
        self.store(node.target, value, scope)
        return value

    def _yield(self, node: ast.Yield, scope: Scope) -> Any:
        if scope.yields is None:
            raise StopError("`yield` outside of a function")
        scope.yields.append(None if node.value is None else self.value(node.value, scope))
        if len(scope.yields) > operations.LIMIT:
            raise StopError("a collection grows too big")
        return None

    def _yield_from(self, node: ast.YieldFrom, scope: Scope) -> Any:
        if scope.yields is None:
            raise StopError("`yield` outside of a function")
        scope.yields += operations.bounded(self.value(node.value, scope))
        return None

    def _index(self, node: ast.expr, scope: Scope) -> Any:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*(None if part is None else self.value(part, scope) for part in parts))
        return self.value(node, scope)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        holder = self.value(node.value, scope)
        index = self._index(node.slice, scope)
        if isinstance(holder, Unknown):
            return holder
        hidden = mark(index)
        if hidden is not None:
            return Unknown(hidden)
        if isinstance(index, slice) and isinstance(holder, (str, list, tuple)):
            if any(isinstance(n, Unknown) for n in (index.start, index.stop, index.step)):
                return Unknown("a slice at an unknown place")
            spend(len(holder))
        if isinstance(holder, Disjoint):
            holder = list(holder)
        if not isinstance(holder, (str, list, tuple, dict, range, operations.VersionValue)):
            return Unknown(f"a member of a {type(holder).__name__}")
        return holder[index]

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self.value(node.value, scope), node.attr)

    def attribute(self, value: Any, name: str) -> Any:
        """An attribute, of the few kinds that may be asked for."""
        if isinstance(value, Unknown):
            return Unknown(f"{value.reason}.{name}")
        if isinstance(value, Module):
            if name in value.names:
                return value.names[name]
            return Unknown(f"`{value.name}.{name}`")
        if isinstance(value, Class):
            return self.host.attribute(value, name)
        found = operations.method(value, name)
        if found is not None:
            return Native(name, operations.bind(found, value, name))
        if isinstance(value, str) and name == "format":
            return Native(
                name,
                lambda *args, **keywords: operations.format_text(
                    value, list(args), keywords, self.attribute
                ),
            )
        if isinstance(value, operations.VersionValue):
            made = value.attribute(name)
            return Native(name, made) if callable(made) else made
        if isinstance(value, Conditional) and name in ("value", "when"):
            if name == "value":
                return value.value
            if value.when is None:
                return None
            return Spec(value.when[0]) if len(value.when) == 1 else Spec("")
        if isinstance(value, Disjoint) and name in ("sets", "default", "feature_values"):
            return getattr(value, name)
        if isinstance(value, Spec) and name == "name":
            return (
                value.text.split("@")[0].split("+")[0].split("~")[0].split(" ")[0].strip() or None
            )
        if isinstance(value, Function) and name in ("__name__", "__doc__"):
            return value.name if name == "__name__" else None
        if isinstance(value, (Function, Native, Bound, Spec, Context, Item)):
            return Unknown(f"the attribute `{name}`")
        raise PackageError("AttributeError", name)

    # calls

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        function = self.value(node.func, scope)
        args = self._members(node.args, scope)
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                more = self.value(keyword.value, scope)
                if not isinstance(more, dict):
                    raise StopError("keywords from a mapping that is not known")
                keywords.update(more)
            else:
                inner = keyword.value
                keywords[keyword.arg] = (
                    inner.value if type(inner) is ast.Constant else self.value(inner, scope)
                )
        return self.call(function, args, keywords, node.lineno)

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
            except _Return as result:
                return iter(scope.yields) if scope.yields is not None else result.value
            return iter(scope.yields) if scope.yields is not None else None
        finally:
            self.depth -= 1


def queued(*_args: Any, **_keywords: Any) -> None:
    """Stands for a directive; the interpreter queues it."""


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
