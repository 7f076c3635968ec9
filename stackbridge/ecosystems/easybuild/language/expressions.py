"""Values of expressions, from the syntax tree: no `eval`, no attribute that is not listed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

from stackbridge.ecosystems.easybuild.language.budget import BudgetError, text_size
from stackbridge.ecosystems.easybuild.language.functions import (
    BUILTINS,
    METHODS,
    Environ,
    Function,
    LooseVersion,
    Module,
    SourceSet,
    UnsupportedError,
    format_percent,
    format_spec,
    iterate,
)
from stackbridge.ecosystems.easybuild.language.state import MissingError, Run, Unknown

__all__ = ["HANDLERS", "assign", "binary", "value_of"]

_Constant = ast.Constant


def value_of(run: Run, node: ast.expr) -> Any:
    """The value of that expression; raises what Python would, UnsupportedError or BudgetError."""
    return HANDLERS[type(node)](run, node)


_ODD = frozenset({bytes, complex, type(...)})  # no parameter holds these


def _constant(run: Run, node: Any) -> Any:
    value = node.value
    if type(value) in _ODD:
        run.at = node
        raise UnsupportedError(f"a value of type {type(value).__name__}")
    return value


def _name(run: Run, node: Any) -> Any:
    name = node.id
    if run.local is not None and name in run.local:
        value = run.local[name]
    else:
        try:
            value = run.names[name]
        except KeyError:
            run.at = node
            try:
                value = run.constant(name)
            except MissingError:
                if name in BUILTINS:
                    return BUILTINS[name]
                raise
    kind = type(value)
    if kind is str:
        return value
    if kind is Unknown:
        raise UnsupportedError(f"`{name}`, which could not be evaluated", value.why)
    if kind in _CHARGED:
        run.budget.charge_container(value)
    return value


_CHARGED = frozenset({list, tuple, dict, SourceSet})


def _elements(run: Run, nodes: list[Any]) -> list[Any]:
    values: list[Any] = []
    for node in nodes:
        kind = type(node)
        if kind is _Constant:
            value = node.value
            values.append(value if type(value) is str else _constant(run, node))
        elif kind is ast.Starred:
            values.extend(iterate(run, value_of(run, node.value)))
        else:
            values.append(HANDLERS[kind](run, node))
    run.budget.steps -= len(values)
    return values


def _list(run: Run, node: Any) -> list[Any]:
    return _elements(run, node.elts)


def _tuple(run: Run, node: Any) -> tuple[Any, ...]:
    return tuple(_elements(run, node.elts))


def _set(run: Run, node: Any) -> SourceSet:
    return SourceSet(_elements(run, node.elts))


def _dict(run: Run, node: Any) -> dict[Any, Any]:
    values: dict[Any, Any] = {}
    run.budget.steps -= len(node.keys)
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            values.update(value_of(run, value))
        elif type(key) is _Constant:
            values[_constant(run, key)] = HANDLERS[type(value)](run, value)
        else:
            values[value_of(run, key)] = HANDLERS[type(value)](run, value)
    return values


# ---- operators


def _power(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int) and abs(right) * left.bit_length() > 4096:
        raise BudgetError("it computes a number of more than 4096 bits")
    return left**right


def _shift(left: Any, right: Any) -> Any:
    if not (isinstance(left, int) and isinstance(right, int)) or right > 4096:
        raise BudgetError("it computes a number of more than 4096 bits")
    return left << right


_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Sub: operator.sub,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.LShift: _shift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
_IADD: Callable[[Any, Any], Any] = operator.iadd
_IMUL: Callable[[Any, Any], Any] = operator.imul
_SEQUENCES = (str, list, tuple)


def binary(run: Run, kind: type, left: Any, right: Any, *, in_place: bool = False) -> Any:
    """`left <kind> right`, guarded; `in_place` changes a list as `+=` does."""
    if kind is ast.Mod and type(left) is str:
        return format_percent(run, left, right)
    if kind is ast.Add:
        if type(left) is str and type(right) is str:
            run.budget.charge_text(len(left) + len(right))
        elif isinstance(left, (list, tuple)) and hasattr(right, "__len__"):
            run.budget.charge(len(left) + len(right))
        return _IADD(left, right) if in_place else left + right
    if kind is ast.Mult:
        if isinstance(left, _SEQUENCES) or isinstance(right, _SEQUENCES):
            sequence, times = (left, right) if isinstance(left, _SEQUENCES) else (right, left)
            if isinstance(times, int):
                if isinstance(sequence, str):
                    run.budget.charge_text(len(sequence) * max(0, times))
                else:
                    before = run.budget.steps
                    run.budget.charge_container(sequence)
                    run.budget.charge((before - run.budget.steps) * max(0, times))
        elif (
            isinstance(left, int)
            and isinstance(right, int)
            and left.bit_length() + right.bit_length() > 4096
        ):
            raise BudgetError("it computes a number of more than 4096 bits")
        return _IMUL(left, right) if in_place else left * right
    try:
        function = _OPERATORS[kind]
    except KeyError:
        raise UnsupportedError(f"the operator {kind.__name__}") from None
    if in_place and isinstance(left, dict) and kind is ast.BitOr:
        left.update(right)
        return left
    return function(left, right)


def _binary(run: Run, node: Any) -> Any:
    left = HANDLERS[type(node.left)](run, node.left)
    right = HANDLERS[type(node.right)](run, node.right)
    run.at = node
    return binary(run, type(node.op), left, right)


_UNARY: dict[type, Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}


def _unary(run: Run, node: Any) -> Any:
    value = value_of(run, node.operand)
    run.at = node
    return _UNARY[type(node.op)](value)


def _boolean(run: Run, node: Any) -> Any:
    value: Any = None
    wanted = isinstance(node.op, ast.Or)
    for part in node.values:
        value = value_of(run, part)
        if bool(value) is wanted:
            return value
    return value


_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, box: item in box,
    ast.NotIn: lambda item, box: item not in box,
}


def _compare(run: Run, node: Any) -> bool:
    left = value_of(run, node.left)
    for kind, part in zip(node.ops, node.comparators, strict=True):
        right = value_of(run, part)
        run.at = node
        if isinstance(right, Environ):
            if not isinstance(kind, (ast.In, ast.NotIn)):
                raise UnsupportedError("this use of `os.environ`")
            declared = run.variable(left, None) is not None
            held = declared if isinstance(kind, ast.In) else not declared
        else:
            if isinstance(right, str) and isinstance(left, str):
                run.budget.charge(1 + len(right) // 256)
            held = bool(_COMPARISONS[type(kind)](left, right))
        if not held:
            return False
        left = right
    return True


def _conditional(run: Run, node: Any) -> Any:
    return value_of(run, node.body if value_of(run, node.test) else node.orelse)


# ---- texts


def _joined(run: Run, node: Any) -> str:
    parts: list[str] = []
    for part in node.values:
        if type(part) is _Constant:
            parts.append(str(part.value))
            continue
        value = value_of(run, part.value)
        run.at = part
        if part.conversion == 114:  # !r
            run.budget.charge_text(2 * text_size(value))
            value = repr(value)
        elif part.conversion == 115:  # !s
            run.budget.charge_text(text_size(value))
            value = str(value)
        elif part.conversion == 97:  # !a
            run.budget.charge_text(6 * text_size(value))
            value = ascii(value)
        if type(value) is not str or part.format_spec is not None:
            spec = value_of(run, part.format_spec) if part.format_spec is not None else ""
            value = format_spec(run, value, spec)
        parts.append(value)
    text = "".join(parts)
    run.budget.charge_text(len(text))
    return text


# ---- access and calls


def _subscript(run: Run, node: Any) -> Any:
    value = value_of(run, node.value)
    if type(node.slice) is ast.Slice:
        bounds = [
            None if part is None else value_of(run, part)
            for part in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        key: Any = slice(*bounds)
    else:
        key = value_of(run, node.slice)
    run.at = node
    if isinstance(value, Environ):
        found = run.variable(key, None)
        if found is None:
            raise UnsupportedError(f"the environment variable `{key}`, which has no declared value")
        return found
    if not isinstance(value, (str, list, tuple, dict, range)):
        raise TypeError(f"'{type(value).__name__}' object is not subscriptable")
    return value[key]


def _attribute(run: Run, node: Any) -> Any:
    value = value_of(run, node.value)
    run.at = node
    if isinstance(value, Module):
        if node.attr in value.members:
            return value.members[node.attr]
        raise UnsupportedError(f"`{value.name}.{node.attr}`")
    if isinstance(value, LooseVersion) and node.attr in ("version", "vstring"):
        return getattr(value, node.attr)
    raise UnsupportedError(f"the attribute `{node.attr}` of {type(value).__name__}")


def _arguments(run: Run, node: Any) -> tuple[list[Any], dict[str, Any]]:
    args: list[Any] = []
    for part in node.args:
        if type(part) is ast.GeneratorExp:
            args.append(_listed(run, part))
        elif type(part) is ast.Starred:
            args.extend(iterate(run, value_of(run, part.value)))
        else:
            args.append(value_of(run, part))
    kwargs: dict[str, Any] = {}
    for keyword in node.keywords:
        value = value_of(run, keyword.value)
        if keyword.arg is None:
            kwargs.update(value)
        else:
            kwargs[keyword.arg] = value
    return args, kwargs


def _call(run: Run, node: Any) -> Any:
    run.budget.charge()
    target = node.func
    if type(target) is ast.Attribute:
        value = value_of(run, target.value)
        if isinstance(value, Environ):
            if target.attr != "get":
                raise UnsupportedError(f"`os.environ.{target.attr}`")
            args, kwargs = _arguments(run, node)
            run.at = node
            return run.variable(args[0], args[1] if len(args) > 1 else kwargs.get("default"))
        methods = METHODS.get(type(value))
        if methods is not None:
            method = methods.get(target.attr)
            if method is None:
                if not hasattr(value, target.attr):
                    run.at = node
                    raise AttributeError(
                        f"'{type(value).__name__}' object has no attribute '{target.attr}'"
                    )
                raise UnsupportedError(f"the method `{target.attr}` of {type(value).__name__}")
            args, kwargs = _arguments(run, node)
            run.at = node
            if type(value) is not str:
                run.mutated = True
            return method(run, value, args, kwargs)
    function = value_of(run, target)
    run.at = node
    if not isinstance(function, Function):
        raise TypeError(f"'{type(function).__name__}' object is not callable")
    args, kwargs = _arguments(run, node)
    run.at = node
    return function.call(run, args, kwargs)


# ---- comprehensions


def assign(run: Run, target: Any, value: Any, scope: dict[str, Any]) -> None:
    """Bind the names of a target (a name, or names to unpack into) in that scope."""
    if type(target) is ast.Name:
        scope[target.id] = value
        return
    if type(target) not in (ast.Tuple, ast.List):
        raise UnsupportedError(f"binding to {type(target).__name__}")
    values = list(iterate(run, value))
    targets = target.elts
    starred = [number for number, part in enumerate(targets) if type(part) is ast.Starred]
    if not starred:
        if len(values) != len(targets):
            few = len(values) < len(targets)
            raise ValueError(
                f"not enough values to unpack (expected {len(targets)}, got {len(values)})"
                if few
                else f"too many values to unpack (expected {len(targets)})"
            )
        for part, item in zip(targets, values, strict=True):
            assign(run, part, item, scope)
        return
    before = starred[0]
    after = len(targets) - before - 1
    if len(values) < before + after:
        raise ValueError(f"not enough values to unpack (expected at least {before + after})")
    for part, item in zip(targets[:before], values, strict=False):
        assign(run, part, item, scope)
    assign(run, targets[before].value, values[before : len(values) - after], scope)
    for part, item in zip(targets[before + 1 :], values[len(values) - after :], strict=True):
        assign(run, part, item, scope)


def _turns(run: Run, generators: list[Any], scope: dict[str, Any]) -> Iterator[None]:
    """Run through the loops of a comprehension; names are bound in `scope`."""
    first, *others = generators
    if first.is_async:
        raise UnsupportedError("asynchronous comprehensions")
    source = (
        _listed(run, first.iter)
        if type(first.iter) is ast.GeneratorExp
        else value_of(run, first.iter)
    )
    for item in list(iterate(run, source)):
        run.budget.charge()
        assign(run, first.target, item, scope)
        if all(value_of(run, test) for test in first.ifs):
            if others:
                yield from _turns(run, others, scope)
            else:
                yield


def _comprehension(run: Run, node: Any, collect: Callable[[], None]) -> None:
    outer = run.local
    scope: dict[str, Any] = {} if outer is None else dict(outer)
    run.local = scope
    try:
        for _ in _turns(run, node.generators, scope):
            collect()
    finally:
        run.local = outer


def _listed(run: Run, node: Any) -> list[Any]:
    values: list[Any] = []
    _comprehension(run, node, lambda: values.append(value_of(run, node.elt)))
    return values


def _set_comprehension(run: Run, node: Any) -> SourceSet:
    return SourceSet(_listed(run, node))


def _dict_comprehension(run: Run, node: Any) -> dict[Any, Any]:
    values: dict[Any, Any] = {}

    def collect() -> None:
        values[value_of(run, node.key)] = value_of(run, node.value)

    _comprehension(run, node, collect)
    return values


def _walrus(run: Run, node: Any) -> Any:
    value = run.names[node.target.id] = value_of(run, node.value)
    return value


def _refuse(what: str) -> Callable[[Run, Any], Any]:
    def refuse(run: Run, node: Any) -> Any:
        run.at = node
        raise UnsupportedError(what)

    return refuse


class _Handlers(dict[type, Callable[[Run, Any], Any]]):
    def __missing__(self, kind: type) -> Callable[[Run, Any], Any]:
        return _refuse(f"the construct {kind.__name__}")


HANDLERS: dict[type, Callable[[Run, Any], Any]] = _Handlers(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.List: _list,
        ast.Tuple: _tuple,
        ast.Set: _set,
        ast.Dict: _dict,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.BoolOp: _boolean,
        ast.Compare: _compare,
        ast.IfExp: _conditional,
        ast.JoinedStr: _joined,
        ast.Subscript: _subscript,
        ast.Attribute: _attribute,
        ast.Call: _call,
        ast.ListComp: _listed,
        ast.SetComp: _set_comprehension,
        ast.DictComp: _dict_comprehension,
        ast.NamedExpr: _walrus,
        ast.GeneratorExp: _refuse("a generator kept as a value"),
        ast.Lambda: _refuse("lambda"),
    }
)
