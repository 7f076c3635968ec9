"""What a package's methods may ask and call: texts, lists, and helpers of Spack's build systems.

What the helpers mean: Spack's packaging guide, and `build_systems/` of its package repository.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from stackbridge.hub.recipe import PLACEHOLDER, placeholder
from stackbridge.hub.versions import Version

__all__ = [
    "FLAGS",
    "OWN",
    "UNKNOWN",
    "Answers",
    "Command",
    "Found",
    "Function",
    "Items",
    "Libraries",
    "Marker",
    "PathText",
    "Record",
    "TooMuchError",
    "cached",
    "compiler",
    "helped",
    "is_open",
    "joined",
    "plain",
    "text_method",
    "text_with",
    "wrapper",
]

Member: TypeAlias = "ast.FunctionDef | ast.expr | None"


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = _Unknown()
"""A value that can't be known without running the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a method may ask.

    `satisfies` decides a spec text (None: undecided), `variant` gives a variant's value or
    None, `several` whether it may have several, `member` a method or value of the package's
    own class, `version_of` the version that a dependency will have.
    """

    version: str
    satisfies: Callable[[str], bool | None]
    variant: Callable[[str], bool | tuple[str, ...] | None]
    name: str = ""
    several: Callable[[str], bool] = lambda _name: False
    member: Callable[[str], Member] = lambda _name: None
    version_of: Callable[[str], str | None] = lambda _name: None


@dataclass(slots=True)
class Found:
    """`value` is what the method returns; `skipped` are lines that could not be followed."""

    value: Any = UNKNOWN
    skipped: list[int] = field(default_factory=list)


class TooMuchError(Exception):
    """More steps, or longer texts, than a package's arguments have."""


class Items(list[Any]):
    """A list; `partial` where something that belongs into it is not known."""

    partial = False

    def take(self, others: Iterable[Any]) -> Items:
        """With these at its end."""
        self.extend(others)
        self.partial = self.partial or (isinstance(others, Items) and others.partial)
        return self


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the package's own, with the names that it sees."""

    node: ast.FunctionDef | ast.Lambda
    names: dict[str, Any]


class Marker:
    """Something that only its parts tell of: the spec, a dependency, a variant."""

    def __init__(self, name: str) -> None:
        self.name = name


@dataclass(slots=True)
class Record:
    """What a method does, in order: (what is called, its arguments). Nothing is done."""

    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Command:
    """A program that a method calls, under this record."""

    name: str
    record: Record


class PathText(str):
    """A directory, in which `.lib` and the like are directories again."""

    __slots__ = ()


class Libraries(str):
    """What a role's libraries are linked by."""

    __slots__ = ()


OWN = frozenset(
    {"define", "define_from_variant", "enable_or_disable", "with_or_without",
     "define_cuda_architectures", "define_hip_architectures"}
)  # fmt: skip
"""Helpers of the build systems, which a package calls as its own methods."""

FLAGS: Mapping[str, str] = {
    **dict.fromkeys(("cc_pic_flag", "cxx_pic_flag", "fc_pic_flag", "f77_pic_flag"), "-fPIC"),
    **{f"cxx{year}_flag": f"-std=c++{year}" for year in ("11", "14", "17", "20")},
    "c99_flag": "-std=c99", "c11_flag": "-std=c11", "openmp_flag": "-fopenmp",
}  # fmt: skip
"""Flags of a compiler, as GCC and those that follow it spell them."""

_FIELD = re.compile(r"\{(?:\d{1,3}|[A-Za-z_]\w*)?\}")  # no attribute, width or conversion
_WIDTHS = re.compile(r"%(?![sd%])")
_WRAPPERS = {"mpicc": "c", "mpicxx": "cxx", "mpifc": "fortran", "mpif77": "fortran"}
_COMPILERS = {"cc": "c", "cxx": "cxx", "fc": "fortran", "f77": "fortran"}
_CACHED = {"string": "", "path": ":PATH", "filepath": ":FILEPATH", "option": ":BOOL"}


def plain(value: Any) -> bool:
    """Whether it can stand in a text."""
    return isinstance(value, (str, int, bool, Version))


def is_open(value: Any) -> bool:
    """Whether a text holds what only an installation knows."""
    return isinstance(value, str) and PLACEHOLDER.search(value) is not None


def compiler(name: str) -> Any:
    """The compiler for a language: `cc`, `spack_cc`."""
    found = _COMPILERS.get(name.removeprefix("spack_"))
    return placeholder("compiler", found) if found else UNKNOWN


def wrapper(name: str) -> str | None:
    """The MPI compiler wrapper of that name."""
    return placeholder("mpi", _WRAPPERS[name]) if name in _WRAPPERS else None


def joined(version: Version, joint: str) -> str:
    """A version with another joint."""
    return "".join(joint if character in "._-" else character for character in str(version))


def text_with(text: str, parts: list[Any]) -> Any:
    """`text % parts`."""
    if all(map(plain, parts)) and not _WIDTHS.search(text):
        try:
            return text % tuple(parts)
        except (TypeError, ValueError):
            return UNKNOWN
    return UNKNOWN


def cached(name: str, arguments: list[Any]) -> Any:
    """An entry of a CMake cache as the option that says the same."""
    kind = _CACHED.get(name.removeprefix("cmake_cache_"))
    if kind is None or len(arguments) < 2 or not isinstance(arguments[0], str):
        return UNKNOWN
    value = arguments[1]
    if kind == ":BOOL":
        if value is UNKNOWN:
            return UNKNOWN
        return f"-D{arguments[0]}=" + ("ON" if value else "OFF")
    return f"-D{arguments[0]}{kind}={value}" if plain(value) else UNKNOWN


def helped(
    name: str, arguments: list[Any], named: Mapping[str, Any], answers: Answers | None
) -> Any:
    """What one of `OWN` returns."""
    if name == "define" and len(arguments) == 2 and isinstance(arguments[0], str):
        return _defined(arguments[0], arguments[1])
    if name == "define_from_variant" and arguments and isinstance(arguments[0], str):
        variant = arguments[1] if len(arguments) > 1 else named.get("variant")
        asked = variant if isinstance(variant, str) else arguments[0].lower()
        value = answers.variant(asked) if answers is not None else None
        if value is None:
            return ""  # as Spack does for a variant that is not there
        if isinstance(value, tuple):
            return _defined(arguments[0], ";".join(sorted(value)))
        return _defined(arguments[0], value)
    if name in ("enable_or_disable", "with_or_without") and arguments:
        return _activated(name, arguments, named, answers)
    if name in ("define_cuda_architectures", "define_hip_architectures"):
        return ""  # whoever builds says for which processors
    return UNKNOWN


def _activated(
    name: str, arguments: list[Any], named: Mapping[str, Any], answers: Answers | None
) -> Any:
    words = ("enable", "disable") if name[0] == "e" else ("with", "without")
    activation = named.get("activation_value")
    if not isinstance(arguments[0], str) or activation not in (None, "prefix"):
        return UNKNOWN
    variant = named.get("variant", arguments[0])
    value = answers.variant(variant) if answers is not None and isinstance(variant, str) else None
    if value is None or answers is None:
        return Items()

    def one(word: str, on: bool) -> str:
        if on and activation == "prefix":
            return f"--{words[0]}-{word}={placeholder('prefix', word)}"
        return f"--{words[0] if on else words[1]}-{word}"

    if isinstance(value, bool):
        return Items([one(arguments[0], value)])
    return Items([one(item, True) for item in value if item != "none"])


def _defined(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return f"-D{name}=" + ("ON" if value else "OFF")
    if isinstance(value, list):
        if any(not plain(item) for item in value) or (isinstance(value, Items) and value.partial):
            return UNKNOWN
        value = ";".join(map(str, value))
    return f"-D{name}={value}" if plain(value) else UNKNOWN


def text_method(base: str, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """A method of a text, where it is one of the harmless ones."""
    values = [*arguments, *named.values()]
    if name == "join" and len(arguments) == 1 and isinstance(arguments[0], list):
        items = arguments[0]
        if isinstance(items, Items) and items.partial:
            return UNKNOWN
        return base.join(items) if all(isinstance(item, str) for item in items) else UNKNOWN
    if not all(map(plain, values)):
        return UNKNOWN
    try:
        if name == "format":
            if set("{}") & set(_FIELD.sub("", base)):
                return UNKNOWN
            return base.format(*map(str, arguments), **{k: str(v) for k, v in named.items()})
        if is_open(base):
            return UNKNOWN
        if name in ("lower", "upper", "strip", "replace", "capitalize"):
            return getattr(base, name)(*arguments)
        if name in ("startswith", "endswith"):
            return bool(getattr(base, name)(*map(str, arguments)))
        if name == "split":
            return Items(base.split(str(arguments[0]) if arguments else None))
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        pass
    return UNKNOWN
