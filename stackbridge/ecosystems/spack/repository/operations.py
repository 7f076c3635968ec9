"""Python's operators, methods and text formatting on plain data, within limits of size.

Every operation that can make something big out of something small is checked before it
runs. Attributes can be had of plain data only if they are listed here; none of the listed
ones leads to Python's own objects.
"""

from __future__ import annotations

import ast
import operator
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stackbridge.ecosystems.spack.repository.values import (
    Conditional,
    Conditionals,
    Disjoint,
    PackageError,
    Spec,
    StopError,
    Unknown,
    mark,
    spend,
)
from stackbridge.hub.versions import Version

__all__ = [
    "BINARY",
    "COMPARE",
    "LIMIT",
    "UNARY",
    "VersionValue",
    "bind",
    "bounded",
    "format_percent",
    "format_text",
    "format_value",
    "method",
]

LIMIT = 200_000
"""Characters of a text, members of a collection, bits of a number."""


class VersionValue:
    """What `Version("1.2")` is to a package: text forms, beginnings, order."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def _version(self) -> Version:
        try:
            return Version(self.text)
        except ValueError as error:
            raise PackageError("VersionError", str(error)) from None

    def attribute(self, name: str) -> Any:
        """`dotted`, `up_to`... as Spack's StandardVersion has them."""
        if name in ("dotted", "dashed", "underscored"):
            mark = {"dotted": ".", "dashed": "-", "underscored": "_"}[name]
            return VersionValue(re.sub(r"[._-]", mark, self.text))
        if name == "joined":
            return VersionValue(re.sub(r"[._-]", "", self.text))
        if name == "string":
            return self.text
        if name == "up_to":
            return self.up_to
        if name == "isdevelop":
            return lambda: self._version().is_branch
        raise PackageError("AttributeError", name)

    def up_to(self, n: int) -> VersionValue:
        """The first n parts (all but the last -n for a negative n)."""
        made: VersionValue = self[:n]
        return made

    def _parts(self) -> list[re.Match[str]]:
        return list(re.finditer(r"[0-9]+|[A-Za-z]+", self.text))

    def __len__(self) -> int:
        return len(self._parts())

    def __iter__(self) -> Iterator[Any]:
        return (int(m[0]) if m[0].isdigit() else m[0] for m in self._parts())

    def __getitem__(self, index: Any) -> Any:
        parts = self._parts()
        if isinstance(index, slice):
            chosen = parts[index]
            if not chosen:
                raise PackageError("ValueError", "an empty version")
            return VersionValue(self.text[chosen[0].start() : chosen[-1].end()])
        text = parts[index][0]
        return int(text) if text.isdigit() else text

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self._version())

    def _other(self, other: object) -> Version:
        if isinstance(other, VersionValue):
            return other._version()  # noqa: SLF001
        raise PackageError("TypeError", "a version can only be compared with a version")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VersionValue) and self._version() == other._version()

    def __lt__(self, other: object) -> bool:
        return self._version() < self._other(other)

    def __le__(self, other: object) -> bool:
        return self._version() <= self._other(other)

    def __gt__(self, other: object) -> bool:
        return self._version() > self._other(other)

    def __ge__(self, other: object) -> bool:
        return self._version() >= self._other(other)


def bounded(values: Iterable[Any]) -> list[Any]:
    """All members, of which there may be LIMIT."""
    if isinstance(values, Unknown):
        raise StopError(f"a loop over {values.reason}")
    if isinstance(values, range) and len(values) > LIMIT:
        raise StopError("a collection grows too big")
    found: list[Any] = []
    try:
        for value in values:
            found.append(value)
            if len(found) > LIMIT:
                raise StopError("a collection grows too big")
        spend(len(found))
    except (TypeError, NotImplementedError):
        raise PackageError("TypeError", f"{type(values).__name__} can't be looped over") from None
    return found


def _size(value: Any) -> int:
    if isinstance(value, (str, list, tuple, dict, set, frozenset, bytes)):
        return len(value)
    return value.bit_length() if isinstance(value, int) else 1


_NUMBER = (int, float)
_COLLECTION = (str, list, tuple)


def _check(fits: bool) -> None:
    if not fits:
        raise StopError("a value grows too big")


def _add(a: Any, b: Any) -> Any:
    size = _size(a) + _size(b)
    _check(size <= LIMIT)
    spend(size)
    if isinstance(a, Conditionals) and isinstance(b, Conditionals):
        return Conditionals([*a, *b])
    return a + b


def _multiply(a: Any, b: Any) -> Any:
    if isinstance(a, _COLLECTION) or isinstance(b, _COLLECTION):
        many, times = (a, b) if isinstance(a, _COLLECTION) else (b, a)
        if not isinstance(times, int):
            raise PackageError("TypeError", "a collection times a non-integer")
        _check(len(many) * max(times, 0) <= LIMIT)
        spend(len(many) * max(times, 0))
    else:
        _check(_size(a) + _size(b) <= 10_000)
    return a * b


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        _check(_size(a) * abs(b) <= 10_000)
    return a**b


def _modulo(a: Any, b: Any) -> Any:
    return format_percent(a, b) if isinstance(a, str) else a % b


def _shift(a: Any, b: Any) -> Any:
    _check(isinstance(b, int) and _size(a) + b <= 10_000)
    return a << b


BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _add,
    ast.Sub: operator.sub,
    ast.Mult: _multiply,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: _modulo,
    ast.Pow: _power,
    ast.LShift: _shift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}

_FORMAT_SPEC = re.compile(
    r"(?:[^{}]?[<>=^])?[-+ ]?#?0?(\d{0,4})[,_]?(?:\.(\d{1,3}))?[sdxXobeEfFgGcn%]?"
)
_PERCENT = re.compile(
    r"%(?:\([^()]*\))?[-+ #0]*(?P<width>\*|\d*)(?:\.(?P<precision>\*|\d*))?[a-zA-Z%]"
)


def _text(value: Any) -> Any:
    """The value as it may be formatted: only plain data has a text that means the same here."""
    if isinstance(value, Unknown):
        raise StopError(f"a text depends on {value.reason}")
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (VersionValue, Conditional)):
        return str(value)
    if isinstance(value, Spec):
        return value.text
    mark(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_text(each) for each in value)
    if isinstance(value, dict):
        return {_text(key): _text(each) for key, each in value.items()}
    raise StopError(f"a text is made of a {type(value).__name__}")


def format_value(value: Any, conversion: str | None, spec: str) -> str:
    """One replacement field of a format string or f-string."""
    value = _text(value)
    if conversion in ("r", "a"):
        value = repr(value)
    elif conversion == "s":
        value = str(value)
    if not spec:
        return str(value)
    if _FORMAT_SPEC.fullmatch(spec) is None:
        raise StopError(f"the format {spec!r} is not known")
    try:
        return format(value, spec)
    except (ValueError, TypeError) as error:
        raise PackageError("ValueError", str(error)) from None


def format_text(
    text: str, arguments: list[Any], keywords: dict[str, Any], attribute: Callable[[Any, str], Any]
) -> str:
    """`text.format(...)`. Attributes are asked for through `attribute`, which allows few."""
    made: list[str] = []
    automatic = 0
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError as error:
        raise PackageError("ValueError", str(error)) from None
    for literal, name, spec, conversion in fields:
        made.append(literal)
        if name is None:
            continue
        if spec and ("{" in spec or "}" in spec):
            raise StopError("a nested format is not supported")
        match = re.match(r"[^.\[]*", name)
        first = match[0] if match else ""
        if not first:
            key: int | str = automatic
            automatic += 1
        else:
            key = int(first) if first.isdigit() and len(first) < 6 else first
        try:
            value = arguments[key] if isinstance(key, int) else keywords[key]
        except (IndexError, KeyError) as error:
            raise PackageError(type(error).__name__, name) from None
        rest = name[len(first) :]
        while rest:
            step = re.match(r"\.(\w+)|\[([^\]]*)\]", rest)
            if step is None:
                raise PackageError("ValueError", f"bad format field {name!r}")
            if step[1] is not None:
                value = attribute(value, step[1])
            else:
                index: int | str = int(step[2]) if step[2].isdigit() else step[2]
                try:
                    value = value[index]
                except (KeyError, IndexError, TypeError) as error:
                    raise PackageError(type(error).__name__, name) from None
            rest = rest[step.end() :]
        made.append(format_value(value, conversion, spec or ""))
    _check(sum(map(len, made)) <= LIMIT)
    return "".join(made)


def format_percent(text: str, values: Any) -> str:
    """`text % values`, with widths below 10,000."""
    for match in _PERCENT.finditer(text):
        for number in (match["width"], match["precision"]):
            if number == "*" or (number and len(number) > 4):
                raise StopError("a text grows too big")
    value = _text(values)
    try:
        made: str = text % value
    except (TypeError, ValueError, KeyError) as error:
        raise PackageError(type(error).__name__, str(error)) from None
    _check(len(made) <= LIMIT)
    return made


def _join(text: str, parts: Iterable[Any]) -> str:
    known = bounded(parts)
    for part in known:
        if isinstance(part, Unknown):
            raise StopError(f"a text depends on {part.reason}")
    _check(sum(map(_size, known)) + len(text) * len(known) <= LIMIT)
    return text.join(known)


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    times = text.count(old)
    _check(len(text) + times * len(new) <= LIMIT)
    made: str = text.replace(old, new, count)
    return made


def _pad(name: str) -> Callable[..., str]:
    def pad(text: str, width: int, *fill: str) -> str:
        _check(width <= 10_000)
        made: str = getattr(text, name)(width, *fill)
        return made

    return pad


def _extend(values: list[Any], more: Iterable[Any]) -> None:
    found = bounded(more)
    _check(len(values) + len(found) <= LIMIT)
    values.extend(found)


def _update(values: Any, *more: Any, **named: Any) -> None:
    for each in more:
        values.update(each if isinstance(each, (dict, set, frozenset)) else bounded(each))
    if named:
        values.update(named)


_METHODS: dict[type, dict[str, Any]] = {
    str: {
        name: getattr(str, name)
        for name in [
            "capitalize",
            "casefold",
            "count",
            "endswith",
            "find",
            "index",
            "isalnum",
            "isalpha",
            "isdigit",
            "isidentifier",
            "islower",
            "isnumeric",
            "isspace",
            "istitle",
            "isupper",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "rfind",
            "rindex",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "swapcase",
            "title",
            "upper",
        ]
    }
    | {"join": _join, "replace": _replace}
    | {name: _pad(name) for name in ("center", "ljust", "rjust", "zfill")},
    list: {
        name: getattr(list, name)
        for name in [
            "append",
            "copy",
            "count",
            "index",
            "insert",
            "pop",
            "remove",
            "reverse",
            "clear",
        ]
    }
    | {"extend": _extend},
    tuple: {"count": tuple.count, "index": tuple.index},
    dict: {
        name: getattr(dict, name)
        for name in ["copy", "get", "items", "keys", "pop", "setdefault", "values", "clear"]
    }
    | {"update": _update},
    set: {
        name: getattr(set, name)
        for name in [
            "add",
            "copy",
            "difference",
            "discard",
            "intersection",
            "isdisjoint",
            "issubset",
            "issuperset",
            "remove",
            "symmetric_difference",
            "union",
            "pop",
            "clear",
        ]
    }
    | {"update": _update},
    frozenset: {
        name: getattr(frozenset, name)
        for name in ["difference", "intersection", "isdisjoint", "issubset", "issuperset", "union"]
    },
    Disjoint: {
        name: getattr(Disjoint, name)
        for name in [
            "with_default",
            "with_error",
            "with_non_feature_values",
            "allow_empty_set",
            "prohibit_empty_set",
        ]
    },
}


# adding something unknown to a collection is harmless, asking with it is not
_SEARCHING = frozenset({"index", "count", "remove"})
_ADDING = frozenset({"append", "insert", "add", "extend", "update", "setdefault"})


def bind(function: Callable[..., Any], value: Any, name: str) -> Callable[..., Any]:
    """A method bound to its value; what it is told must be known."""

    def call(*args: Any, **keywords: Any) -> Any:
        if isinstance(value, (str, list, dict, set)):
            spend(len(value))
        if name in _SEARCHING:
            mark(value)
        for each in (*args, *keywords.values()):
            reason = mark(each)
            if reason is not None:
                if name not in _ADDING:
                    return Unknown(reason)
                if name in ("extend", "update", "setdefault") and each is args[0]:
                    raise StopError(f"a collection depends on {reason}")
        return function(value, *args, **keywords)

    return call


def method(value: Any, name: str) -> Callable[..., Any] | None:
    """The listed method of plain data, without its first argument bound; None otherwise."""
    for kind in type(value).__mro__:
        found = _METHODS.get(kind)
        if found is not None:
            return found.get(name)
    return None
