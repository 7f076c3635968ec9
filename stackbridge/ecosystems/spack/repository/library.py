"""The names that package files may use, and what they stand for.

Python's builtins and the parts of the standard library that occur in class bodies, each
with limits; `spack.package`'s names that matter for directives. All other names of
`spack.package` are unknown values: harmless until a directive would depend on them.
"""

from __future__ import annotations

import copy
import itertools
import math
import posixpath
import string
import textwrap
import urllib.parse
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from stackbridge.ecosystems.spack.repository import operations
from stackbridge.ecosystems.spack.repository.directives import NAMES as DIRECTIVES
from stackbridge.ecosystems.spack.repository.directives import condition
from stackbridge.ecosystems.spack.repository.interpreter import Interpreter
from stackbridge.ecosystems.spack.repository.machine import linearize, queued
from stackbridge.ecosystems.spack.repository.operations import VersionValue, bounded
from stackbridge.ecosystems.spack.repository.patterns import PATTERNS, compiled, regex
from stackbridge.ecosystems.spack.repository.values import (
    BASE,
    Bound,
    Class,
    ClassProperty,
    Conditional,
    Conditionals,
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
)

__all__ = ["CURRENT_DIRECTORY", "MACHINES", "PLATFORMS", "Library", "base_package"]

CURRENT_DIRECTORY = "$PWD"
"""Stands for the working directory, which Spack itself would put into such a URL."""

PLATFORMS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "linux": ("linux", "Linux", "posix"),
        "darwin": ("darwin", "Darwin", "posix"),
        "windows": ("win32", "Windows", "nt"),
        "freebsd": ("freebsd14", "FreeBSD", "posix"),
    }
)
"""Spack's platform name -> `sys.platform`, `platform.system()`, `os.name`."""

MACHINES = ("x86_64", "aarch64", "ppc64le", "arm64", "riscv64", "AMD64")
"""Usual answers of `platform.machine()`."""


def base_package() -> Class:
    """Spack's own `Package`, the one build system class outside of the repository."""
    module = Module(name="spack.package", names={})
    cls = Class(name="Package", module=module, names={}, bases=(BASE,))
    cls.order = (cls, *linearize((BASE,)))
    cls.names["build_system_class"] = "Package"
    cls.items = [Item("build_system", 0, ["generic"])]
    return cls


def _type(value: Any) -> Any:
    for kind in (bool, str, int, float, list, tuple, dict, set):
        if type(value) is kind:
            return _KINDS[kind]
    return Unknown("`type(...)`")


def _instance(value: Any, kinds: Any) -> Any:
    if isinstance(value, Unknown):
        return value
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    for kind in wanted:
        if isinstance(kind, Native) and kind.name in _BY_NAME:
            if isinstance(value, _BY_NAME[kind.name]):
                return True
        elif isinstance(kind, Class):
            if isinstance(value, Class):
                return False
        else:
            return Unknown("`isinstance(...)`")
    return False


def _range(*numbers: Any) -> Any:
    if not all(type(n) is int for n in numbers):
        raise PackageError("TypeError", "range() takes whole numbers")
    return range(*numbers)


_HASHING = frozenset({"set", "frozenset", "dict", "sum"})


def _unknown_to(name: str, function: Callable[..., Any]) -> Native:
    def call(*args: Any, **keywords: Any) -> Any:
        for each in args:
            if isinstance(each, Unknown):
                return Unknown(f"`{name}({each.reason})`")
            if name in _HASHING:
                mark(each)
        return function(*args, **keywords)

    return Native(name, call)


def _text(value: Any = "") -> Any:
    return operations.format_value(value, "s", "")


def _int(value: Any = 0, *base: Any) -> int:
    if isinstance(value, str) and len(value) > 100:
        raise StopError("a number grows too big")
    if not isinstance(value, (str, int, float)):
        raise PackageError("TypeError", "int() of something else")
    return int(value, *base) if base else int(value)


def _dict(*args: Any, **keywords: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for each in args:
        made.update(each if isinstance(each, dict) else bounded(each))
    made.update(keywords)
    return made


_CONVERTERS: dict[type, Native] = {
    str: _unknown_to("str", _text),
    int: _unknown_to("int", _int),
    float: _unknown_to("float", float),
    bool: _unknown_to("bool", bool),
    list: _unknown_to("list", lambda v=(): bounded(v)),
    tuple: _unknown_to("tuple", lambda v=(): tuple(bounded(v))),
    set: _unknown_to("set", lambda v=(): set(bounded(v))),
    frozenset: _unknown_to("frozenset", lambda v=(): frozenset(bounded(v))),
    dict: _unknown_to("dict", _dict),
}
_KINDS = _CONVERTERS
_BY_NAME = {native.name: kind for kind, native in _CONVERTERS.items()}


def _parsed(url: Any, *_more: Any) -> Any:
    if not isinstance(url, str):
        return Unknown("`urlparse(...)`")
    found = urllib.parse.urlsplit(url)
    return Module(
        name="url",
        names={"scheme": found.scheme, "netloc": found.netloc, "path": found.path},
    )


def _limited(iterator: Any) -> Any:
    return iter(bounded(itertools.islice(iterator, operations.LIMIT + 1)))


def _module(name: str, **names: Any) -> Module:
    return Module(
        name=name,
        names={
            key: Native(key, value) if callable(value) and not isinstance(value, Module) else value
            for key, value in names.items()
        },
    )


def _conditional(*values: Any, when: Any = None) -> Conditionals:
    for each in (*values, when):
        if isinstance(each, Unknown):
            raise StopError(f"a conditional value depends on {each.reason}")
        if isinstance(each, (list, dict, set)):
            raise PackageError("TypeError", "a conditional value is a text or a truth")
    held = condition(when)
    known = None if held is False else tuple(held) if isinstance(held, list) else ()
    return Conditionals(Conditional(value, known) for value in values)


def _sets(*sets: Any) -> Disjoint:
    return Disjoint(bounded(each) if not isinstance(each, str) else each for each in sets)


def _single_or_any(single: str, values: tuple[Any, ...]) -> Disjoint:
    for each in values:
        if isinstance(each, Unknown):
            raise StopError(f"a variant's values depend on {each.reason}")
    return Disjoint([(single,), values]).with_default(single).with_non_feature_values(single)


def _version(text: Any) -> VersionValue:
    if isinstance(text, Unknown):
        raise StopError(f"a version depends on {text.reason}")
    return text if isinstance(text, VersionValue) else VersionValue(str(text))


def _spec(text: Any = "") -> Spec:
    if isinstance(text, Unknown):
        raise StopError(f"a spec depends on {text.reason}")
    return text if isinstance(text, Spec) else Spec(str(text))


def _join_url(base: Any, *parts: Any, resolve_href: Any = False) -> Any:
    pieces = [base, *parts]
    if not all(isinstance(each, str) for each in pieces):
        return Unknown("`join_url(...)`")
    return "/".join(piece.strip("/") for piece in pieces)


def _dedupe(values: Any) -> Any:
    members = bounded(values)
    mark(members)
    return iter(dict.fromkeys(members))


class Library:
    """Builtins and modules as one platform and machine would show them."""

    def __init__(self, platform: str, machine: str, interpreter: Interpreter) -> None:
        self._run = interpreter
        sys_platform, system, os_name = PLATFORMS.get(
            platform, (platform, platform.title(), "posix")
        )
        self.builtins = self._builtins()
        self.builtins.update(self._spack(platform, machine))
        # before v1.0 `from spack.package import *` brought this name along
        core = self.builtins["spack"] = self._core()
        path = _module(
            "os.path",
            **{
                name: self._pure(getattr(posixpath, name))
                for name in [
                    "join",
                    "basename",
                    "dirname",
                    "split",
                    "splitext",
                    "normpath",
                    "isabs",
                ]
            },
            sep="/",
        )
        # asking for the absolute path of a file beside package.py only ever serves patches
        os_names: dict[str, Any] = {
            "getcwd": Native("getcwd", lambda: CURRENT_DIRECTORY),
            "path": path,
            "sep": "/",
            "pathsep": ":",
            "name": os_name,
            "linesep": "\n",
        }
        parse = _module("urllib.parse", urlparse=_parsed, urlsplit=_parsed)
        order = "big" if machine in ("s390x", "ppc64", "ppc", "sparc64") else "little"
        self.modules: dict[str, Module] = {
            "spack": core,
            "urllib": _module("urllib", parse=parse),
            "urllib.parse": parse,
            "sys": _module("sys", platform=sys_platform, byteorder=order),
            "platform": _module("platform", machine=lambda: machine, system=lambda: system),
            "os": Module(name="os", names=os_names),
            "os.path": path,
            "re": Module(
                name="re",
                names={name: regex(name) for name in (*PATTERNS, "escape")}
                | {"compile": Native("compile", compiled)},
            ),
            "itertools": _module(
                "itertools",
                product=lambda *v, repeat=1: _limited(
                    itertools.product(*map(bounded, v), repeat=min(10, repeat))
                ),
                chain=lambda *v: _limited(itertools.chain(*map(bounded, v))),
                combinations=lambda v, n: _limited(itertools.combinations(bounded(v), n)),
                permutations=lambda v, *n: _limited(itertools.permutations(bounded(v), *n)),
                zip_longest=lambda *v: _limited(itertools.zip_longest(*map(bounded, v))),
            ),
            "copy": _module("copy", copy=self._copy, deepcopy=self._copy),
            "math": _module("math", floor=math.floor, ceil=math.ceil),
            "string": _module(
                "string", ascii_lowercase=string.ascii_lowercase, digits=string.digits
            ),
            "textwrap": _module("textwrap", dedent=self._pure(textwrap.dedent)),
            "collections": _module(
                "collections", OrderedDict=_dict, defaultdict=self._default_dict
            ),
            "functools": _module("functools", partial=self._partial, reduce=self._reduce),
        }

    def _core(self) -> Module:
        """`import spack.package_base`, as build systems did before v1.0."""
        parts = {
            "package_base": ["PackageBase"],
            "directives": [*DIRECTIVES, "conditional"],
            "multimethod": ["when", "default_args"],
            "variant": [
                "any_combination_of",
                "auto_or_any_combination_of",
                "disjoint_sets",
                "DisjointSetsOfValues",
            ],
            "version": ["Version", "ver"],
            "spec": ["Spec"],
        }
        host = Module(name="spack.platforms", names={"host": self.builtins["host_platform"]})
        return Module(
            name="spack",
            names={
                part: Module(name=f"spack.{part}", names={n: self.builtins[n] for n in names})
                for part, names in parts.items()
            }
            | {"platforms": host},
        )

    @staticmethod
    def _pure(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            for each in args:
                if isinstance(each, Unknown):
                    return each
                if not isinstance(each, str):
                    return Unknown(f"`{function.__name__}(...)`")
            return function(*args)

        return call

    @staticmethod
    def _copy(value: Any) -> Any:
        def clone(each: Any, depth: int = 0) -> Any:
            if depth > 50:
                raise StopError("a value is nested too deeply")
            if type(each) in (list, tuple, set):
                return type(each)(clone(inner, depth + 1) for inner in each)
            if type(each) is dict:
                return {key: clone(inner, depth + 1) for key, inner in each.items()}
            return copy.copy(each) if isinstance(each, Conditionals) else each

        mark(value)
        return clone(value)

    def _default_dict(self, *args: Any) -> Any:
        return Unknown("`defaultdict(...)`")

    def _partial(self, function: Any, *args: Any, **keywords: Any) -> Native:
        return Native(
            "partial",
            lambda *more, **named: self._run.call(
                function, [*args, *more], {**keywords, **named}, 0
            ),
        )

    def _reduce(self, function: Any, values: Any, *start: Any) -> Any:
        members = [*start, *bounded(values)]
        result = members[0]
        for each in members[1:]:
            result = self._run.call(function, [result, each], {}, 0)
        return result

    def _keyed(self, name: str, function: Callable[..., Any]) -> Native:
        """`sorted`, `min` and `max`, whose key may be the package's own function."""

        def call(*args: Any, key: Any = None, **keywords: Any) -> Any:
            if any(mark(each) is not None for each in args):
                return Unknown(f"`{name}(...)`")
            lists = [bounded(args[0])] if len(args) == 1 else [list(args)]
            if key is None:
                return function(lists[0], **keywords)
            return function(
                lists[0], key=lambda each: self._run.call(key, [each], {}, 0), **keywords
            )

        return Native(name, call)

    def _getattr(self, value: Any, name: Any, *default: Any) -> Any:
        if not isinstance(name, str):
            raise PackageError("TypeError", "an attribute's name is a text")
        try:
            return self._run.attribute(value, name)
        except PackageError:
            if default:
                return default[0]
            raise

    def _map(self, function: Any, *values: Any) -> Any:
        columns = [bounded(each) for each in values]
        return iter(
            [self._run.call(function, list(row), {}, 0) for row in zip(*columns, strict=False)]
        )

    def _filter(self, function: Any, values: Any) -> Any:
        return iter(
            [
                each
                for each in bounded(values)
                if self._run.truth(
                    each if function is None else self._run.call(function, [each], {}, 0)
                )
            ]
        )

    def _builtins(self) -> dict[str, Any]:
        names: dict[str, Any] = {native.name: native for native in _CONVERTERS.values()}
        names.update({"True": True, "False": False, "None": None, "__name__": "package"})
        functions: dict[str, Callable[..., Any]] = {
            "len": len,
            "abs": abs,
            "round": round,
            "ord": ord,
            "chr": chr,
            "range": _range,
            "enumerate": lambda v, start=0: iter(list(enumerate(bounded(v), start))),
            "zip": lambda *v, strict=False: iter(list(zip(*map(bounded, v), strict=strict))),
            "reversed": lambda v: iter(list(reversed(bounded(v)))),
            "sum": lambda v, start=0: sum(bounded(v), start),
            "any": lambda v: any(self._run.truth(each) for each in bounded(v)),
            "all": lambda v: all(self._run.truth(each) for each in bounded(v)),
            "iter": lambda v: iter(bounded(v)),
            "next": next,
            "repr": lambda v: operations.format_value(v, "r", ""),
        }
        names.update({name: _unknown_to(name, call) for name, call in functions.items()})
        names["sorted"] = self._keyed("sorted", sorted)
        names["min"] = self._keyed("min", min)
        names["max"] = self._keyed("max", max)
        names["map"] = Native("map", self._map)
        names["filter"] = Native("filter", self._filter)
        names["isinstance"] = Native("isinstance", _instance)
        names["type"] = Native("type", _type)
        names["callable"] = Native(
            "callable", lambda v: isinstance(v, (Function, Native, Bound, Class))
        )
        names["getattr"] = Native("getattr", self._getattr)
        names["print"] = Native("print", lambda *_args, **_keywords: None)
        for name in (
            "open",
            "exec",
            "eval",
            "compile",
            "__import__",
            "globals",
            "locals",
            "vars",
            "input",
            "object",
            "super",
            "hasattr",
            "setattr",
            "dir",
            "id",
            "delattr",
            "memoryview",
            "breakpoint",
            "bytes",
            "bytearray",
            "hash",
        ):
            names[name] = Unknown(f"`{name}`")
        names["property"] = Unknown("`property`")
        names["staticmethod"] = Native("staticmethod", lambda function: function)
        names["classmethod"] = Native("classmethod", lambda function: function)
        return names

    def _spack(self, platform: str, machine: str) -> dict[str, Any]:
        names: dict[str, Any] = {name: Native(name, queued) for name in DIRECTIVES}
        host = Module(name="platform", names={"name": platform})
        names.update(
            {
                "PackageBase": BASE,
                "Package": base_package(),
                "conditional": Native("conditional", _conditional),
                "any_combination_of": Native(
                    "any_combination_of", lambda *values: _single_or_any("none", values)
                ),
                "auto_or_any_combination_of": Native(
                    "auto_or_any_combination_of", lambda *values: _single_or_any("auto", values)
                ),
                "disjoint_sets": Native(
                    "disjoint_sets",
                    lambda *sets: _sets(*sets).allow_empty_set().with_default("none"),
                ),
                "DisjointSetsOfValues": Native("DisjointSetsOfValues", _sets),
                "when": Native("when", lambda condition: Context("when", when=condition)),
                "default_args": Native(
                    "default_args",
                    lambda **keywords: Context("default_args", keywords=keywords),
                ),
                "classproperty": Native("classproperty", ClassProperty),
                "Version": Native("Version", _version),
                "ver": Native("ver", _version),
                "Spec": Native("Spec", _spec),
                "join_path": Native("join_path", self._pure(posixpath.join)),
                "join_url": Native("join_url", _join_url),
                "dedupe": Native("dedupe", _dedupe),
                "host_platform": Native("host_platform", lambda: host),
                "all_deptypes": ("build", "link", "run", "test"),
                "memoized": Native("memoized", lambda function: function),
                "tty": _module(
                    "tty",
                    **{
                        name: lambda *_args, **_keywords: None
                        for name in ["debug", "error", "info", "msg", "warn"]
                    },
                ),
            }
        )
        for name in ("run_after", "run_before", "on_package_attributes", "register_builder"):
            names[name] = Unknown(f"`{name}`")
        names["cd"] = names["env"] = Unknown("the host's environment")
        return names
