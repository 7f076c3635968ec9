"""Expressions: values of names, operators, texts, comprehensions, attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from stackbridge.ecosystems.spack.repository import operations
from stackbridge.ecosystems.spack.repository.machine import (
    Host,
    Machine,
    Scope,
)
from stackbridge.ecosystems.spack.repository.values import (
    Bound,
    Class,
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
    spend,
)

__all__ = ["Expressions"]


class Expressions(Machine):
    """Handlers of expressions."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._expressions = {
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
