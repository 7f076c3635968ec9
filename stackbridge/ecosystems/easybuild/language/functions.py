"""Functions and methods an easyconfig may use: with `modules`, the one list of what is allowed.

Nothing here reaches the file system, the network or the process. What is not listed is
`UnsupportedError`: the evaluation goes on and says what it left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import total_ordering
from string import Formatter
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems.easybuild.language.budget import text_size

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.language.state import Run

__all__ = [
    "BUILTINS",
    "METHODS",
    "Environ",
    "Function",
    "LooseVersion",
    "Module",
    "SourceSet",
    "UnsupportedError",
    "format_percent",
    "format_spec",
    "iterate",
    "plain",
]


class UnsupportedError(Exception):
    """A construct that is outside of what is evaluated; not an error of the file.

    `root` is the first reason, where this is the consequence of another one.
    """

    def __init__(self, why: str, root: str | None = None) -> None:
        super().__init__(why)
        self.root = root if root is not None else why


class SourceSet(set[Any]):
    """A set that is iterated in the order of its source text, not by hash."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._order = tuple(dict.fromkeys(items))
        super().__init__(self._order)

    def __iter__(self) -> Any:
        return iter(self._order)


class Function:
    """Something callable by name: `call(run, args, kwargs)`."""

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Callable[[Run, list[Any], dict[str, Any]], Any]) -> None:
        self.name = name
        self.call = call


class Module:
    """An imported module: the names it has here."""

    __slots__ = ("members", "name")

    def __init__(self, name: str, members: Mapping[str, Any]) -> None:
        self.name = name
        self.members = members


class Environ:
    """`os.environ`, answered from the declared mapping."""

    __slots__ = ()


@total_ordering
class LooseVersion:
    """Versions as `distutils` compares them: runs of digits as numbers, letters as text."""

    __slots__ = ("version", "vstring")

    def __init__(self, vstring: str = "") -> None:
        self.vstring = str(vstring)
        parts = [
            part for part in re.split(r"(\d+|[a-z]+|\.)", self.vstring) if part and part != "."
        ]
        self.version: list[Any] = [int(part) if part.isdecimal() else part for part in parts]

    def _key(self) -> list[tuple[int, Any]]:
        return [(0, part) if isinstance(part, str) else (1, part) for part in self.version]

    def __eq__(self, other: object) -> bool:
        return self._key() == _loose(other)._key()

    def __lt__(self, other: object) -> bool:
        return self._key() < _loose(other)._key()

    def __hash__(self) -> int:
        return hash(tuple(self._key()))

    def __str__(self) -> str:
        return self.vstring


def _loose(other: object) -> LooseVersion:
    if isinstance(other, LooseVersion):
        return other
    if isinstance(other, str):
        return LooseVersion(other)
    raise TypeError(f"can't compare a LooseVersion with {type(other).__name__}")


# ---- text made by format strings

_WIDTH = re.compile(r"\d{5,}|\*")
# What may stand after the `%` or the key of a conversion. No part of a pattern is looked at
# twice, so that no text takes longer than its length suggests.
_PERCENT = re.compile(r"[%)][#0\- +]*(\*|\d+)?(?:\.(\*|\d+))?")
_LOOK_BACK = 500  # characters; a longer key counts as one


def _is_conversion(pattern: str, at: int) -> bool:
    """Does a conversion begin here, or its key end here?"""
    if pattern[at] == "%":
        return True
    before = pattern[max(0, at - _LOOK_BACK) : at]
    opened, closed = before.rfind("%("), before.rfind(")")
    return opened > closed or (opened < 0 and closed < 0 and at > _LOOK_BACK)


def format_percent(run: Run, pattern: str, values: Any) -> str:
    """`pattern % values`, guarded against widths and values that make huge texts."""
    for match in _PERCENT.finditer(pattern):
        for figure in match.groups():
            if figure and _is_conversion(pattern, match.start()):
                if _WIDTH.fullmatch(figure):
                    raise UnsupportedError(f"the width in the format `{match.group()[:40]}`")
                run.budget.charge_text(int(figure))
    estimate = len(pattern)
    if isinstance(values, str):
        estimate += len(values)
    else:
        estimate += text_size(values) * max(1, pattern.count("%") if type(values) is dict else 1)
    run.budget.charge_text(estimate)
    text: str = pattern % values
    return text


def format_spec(run: Run, value: Any, spec: str) -> str:
    """`format(value, spec)`, guarded."""
    if _WIDTH.search(spec):
        raise UnsupportedError(f"the width in the format `{spec[:40]}`")
    if spec and not isinstance(value, (str, int, float, bool)):
        raise UnsupportedError(f"a format specification for {type(value).__name__}")
    run.budget.charge_text(text_size(value))
    if spec:
        run.budget.charge_text(sum(int(figure) for figure in re.findall(r"\d+", spec)))
    return format(value, spec)


def _str_format(run: Run, text: str, args: list[Any], kwargs: dict[str, Any]) -> str:
    fields = 0
    for _, field, spec, _ in Formatter().parse(text):
        if field is None:
            continue
        fields += 1
        if "." in field or "[" in field:
            raise UnsupportedError("attributes or items in a format string")
        if spec:
            if "{" in spec or _WIDTH.search(spec):
                raise UnsupportedError("the width in a format string")
            run.budget.charge_text(sum(int(figure) for figure in re.findall(r"\d+", spec)))
    run.budget.charge_text(len(text) + text_size([args, kwargs]) * (1 + fields))
    return text.format(*args, **kwargs)


# ---- iteration

_EMPTY: dict[str, str] = {}
_VIEWS = (type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items()))
_ITERABLE: frozenset[type] = frozenset({str, list, tuple, dict, range, SourceSet, *_VIEWS})


def iterate(run: Run, value: Any) -> Any:
    """The value as something safe to loop over, charged with its length."""
    if type(value) in _ITERABLE:
        run.budget.charge(len(value))
        return value
    raise TypeError(f"'{type(value).__name__}' object is not iterable")


# ---- builtins


def plain(function: Callable[..., Any]) -> Callable[[Run, list[Any], dict[str, Any]], Any]:
    """A function of small results: only its arguments are guarded."""

    def call(run: Run, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if kwargs:
            raise UnsupportedError("keyword arguments here")
        return function(*args)

    return call


def _collect(kind: Callable[[Any], Any]) -> Callable[[Run, list[Any], dict[str, Any]], Any]:
    def call(run: Run, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if kwargs:
            if kind is dict and not args:
                return dict(kwargs)
            raise UnsupportedError("keyword arguments here")
        return kind(iterate(run, args[0]) if args else ())

    return call


def _text(run: Run, args: list[Any], kwargs: dict[str, Any]) -> str:
    if kwargs or len(args) > 1:
        raise UnsupportedError("decoding with `str`")
    run.budget.charge_text(text_size(args[0]) if args else 0)
    return str(args[0]) if args else ""


def _repr(run: Run, args: list[Any], kwargs: dict[str, Any]) -> str:
    run.budget.charge_text(text_size(args) * 2)
    return repr(*args, **kwargs)


def _integer(run: Run, args: list[Any], kwargs: dict[str, Any]) -> int:
    if kwargs or not all(isinstance(arg, (str, int, float)) for arg in args):
        raise UnsupportedError("these arguments of `int`")
    return int(*args)


def _key(run: Run, kwargs: dict[str, Any]) -> dict[str, Any]:
    key = kwargs.pop("key", None)
    if key is None:
        return {}
    if not isinstance(key, Function):
        raise UnsupportedError("this sort key")
    return {"key": lambda item: key.call(run, [item], {})}


def _sorted(run: Run, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    kwargs = dict(kwargs)
    keys = _key(run, kwargs)
    items = list(iterate(run, args[0]))
    run.budget.charge(4 * len(items))
    return sorted(items, reverse=bool(kwargs.pop("reverse", False)), **keys, **kwargs)


def _extreme(function: Callable[..., Any]) -> Callable[[Run, list[Any], dict[str, Any]], Any]:
    def call(run: Run, args: list[Any], kwargs: dict[str, Any]) -> Any:
        kwargs = dict(kwargs)
        keys = _key(run, kwargs)
        if len(args) == 1:
            return function(iterate(run, args[0]), **keys, **kwargs)
        return function(*args, **keys, **kwargs)

    return call


def _sum(run: Run, args: list[Any], kwargs: dict[str, Any]) -> Any:
    items = list(iterate(run, args[0]))
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    if isinstance(start, list):
        joined = list(start)
        for item in items:
            run.budget.charge(len(item))
            joined += item
        return joined
    if not isinstance(start, (int, float)):
        raise UnsupportedError("a sum of these")
    return sum(items, start)


def _range(run: Run, args: list[Any], kwargs: dict[str, Any]) -> range:
    return range(*args, **kwargs)


def _zip(run: Run, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    strict = bool(kwargs.get("strict", False))
    return list(zip(*(iterate(run, arg) for arg in args), strict=strict))


def _enumerate(run: Run, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    return list(enumerate(iterate(run, args[0]), start))


def _map(run: Run, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    function, *sources = args
    if not isinstance(function, Function) or kwargs:
        raise UnsupportedError("`map` with this function")
    rows = zip(*(iterate(run, source) for source in sources), strict=False)
    return [function.call(run, list(row), {}) for row in rows]


_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "tuple": tuple,
          "dict": dict, "set": set}  # fmt: skip


def _isinstance(run: Run, args: list[Any], kwargs: dict[str, Any]) -> bool:
    value, kinds = args
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    names = [kind.name for kind in wanted if isinstance(kind, Function)]
    if len(names) != len(wanted) or not all(name in _TYPES for name in names):
        raise UnsupportedError("`isinstance` with these types")
    return isinstance(value, tuple(_TYPES[name] for name in names))


def _print(run: Run, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Printing has no effect on the values."""


BUILTINS: dict[str, Function] = {
    name: Function(name, call)
    for name, call in {
        "str": _text,
        "repr": _repr,
        "int": _integer,
        "float": plain(float),
        "bool": plain(bool),
        "len": plain(len),
        "abs": plain(abs),
        "chr": plain(chr),
        "ord": plain(ord),
        "round": plain(round),
        "divmod": plain(divmod),
        "list": _collect(list),
        "tuple": _collect(tuple),
        "dict": _collect(dict),
        "set": _collect(SourceSet),
        "frozenset": _collect(SourceSet),
        "any": _collect(any),
        "all": _collect(all),
        "reversed": _collect(lambda items: list(reversed(list(items)))),
        "sorted": _sorted,
        "min": _extreme(min),
        "max": _extreme(max),
        "sum": _sum,
        "range": _range,
        "zip": _zip,
        "enumerate": _enumerate,
        "map": _map,
        "isinstance": _isinstance,
        "print": _print,
    }.items()
}


# ---- methods


def _join(run: Run, text: str, args: list[Any], kwargs: dict[str, Any]) -> str:
    items = list(iterate(run, args[0]))
    run.budget.charge_text(sum(map(len, items)) + len(text) * len(items))
    return text.join(items)


def _replace(run: Run, text: str, args: list[Any], kwargs: dict[str, Any]) -> str:
    old, new = args[0], args[1]
    run.budget.charge_text(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(*args)


def _pad(name: str) -> Callable[[Run, Any, list[Any], dict[str, Any]], Any]:
    def call(run: Run, text: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        run.budget.charge_text(max(len(text), abs(int(args[0])) if args else 0))
        return getattr(text, name)(*args, **kwargs)

    return call


def _method(name: str) -> Callable[[Run, Any, list[Any], dict[str, Any]], Any]:
    def call(run: Run, value: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(value, name)(*args, **kwargs)

    return call


def _text_method(name: str) -> Callable[[Run, Any, list[Any], dict[str, Any]], Any]:
    def call(run: Run, value: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        run.budget.charge_text(len(value))
        return getattr(value, name)(*args, **kwargs)

    return call


def _sort(run: Run, value: list[Any], args: list[Any], kwargs: dict[str, Any]) -> None:
    kwargs = dict(kwargs)
    keys = _key(run, kwargs)
    run.budget.charge(4 * len(value))
    value.sort(reverse=bool(kwargs.pop("reverse", False)), **keys, **kwargs)


def _extend(run: Run, value: list[Any], args: list[Any], kwargs: dict[str, Any]) -> None:
    value.extend(list(iterate(run, args[0])))


def _update(run: Run, value: dict[Any, Any], args: list[Any], kwargs: dict[str, Any]) -> None:
    if args:
        source = args[0]
        value.update(source if isinstance(source, dict) else list(iterate(run, source)))
    value.update(kwargs)


_Method = Callable[["Run", Any, "list[Any]", "dict[str, Any]"], Any]
METHODS: dict[type, dict[str, _Method]] = {
    str: {
        "join": _join,
        "replace": _replace,
        "format": _str_format,
        **{name: _pad(name) for name in ("ljust", "rjust", "center", "zfill")},
        **{
            name: _text_method(name)
            for name in (
                "capitalize", "casefold", "lower", "lstrip", "partition", "removeprefix",
                "removesuffix", "rpartition", "rsplit", "rstrip", "split", "splitlines", "strip",
                "swapcase", "title", "upper",
            )
        },
        **{
            name: _method(name)
            for name in (
                "count", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal", "isdigit",
                "islower", "isnumeric", "isspace", "isupper", "rfind", "rindex", "startswith",
            )
        },
    },
    list: {
        "sort": _sort,
        "extend": _extend,
        **{
            name: _method(name)
            for name in (
                "append", "clear", "copy", "count", "index", "insert", "pop", "remove", "reverse",
            )
        },
    },
    tuple: {name: _method(name) for name in ("count", "index")},
    dict: {
        "update": _update,
        **{
            name: _method(name)
            for name in ("clear", "copy", "get", "items", "keys", "pop", "setdefault", "values")
        },
    },
    SourceSet: {},
}  # fmt: skip
