"""`re` as package files may use it: short patterns on short texts, none that takes long."""

from __future__ import annotations

import functools
import re
from typing import Any

from stackbridge.ecosystems.spack.repository.values import (
    Module,
    Native,
    PackageError,
    StopError,
    Unknown,
)

__all__ = ["PATTERNS", "compiled", "regex"]


def _simple_pattern(pattern: Any) -> str:
    """A regular expression that can't take long: at most two repetitions, not nested."""
    if not isinstance(pattern, str) or len(pattern) > 500:
        raise StopError("a regular expression that is not a short text")
    bare = re.sub(r"\\.", "x", pattern)
    bare = re.sub(r"\[[^\]]*\]", "x", bare)
    if len(re.findall(r"[*+{]", bare)) > 2 or re.search(r"\)[*+{]", bare):
        raise StopError("a regular expression that may take long")
    return pattern


def regex(name: str) -> Native:
    """The function of that name in `re`, with limits."""

    def call(pattern: Any, *args: Any) -> Any:
        if any(isinstance(each, Unknown) for each in (pattern, *args)):
            return Unknown(f"`re.{name}(...)`")
        if isinstance(pattern, Module) and "pattern" in pattern.names:
            pattern = pattern.names["pattern"]
        if not all(isinstance(each, (str, int)) for each in args):
            raise StopError(f"`re.{name}` with a function")
        text = args[-1] if args else ""
        if isinstance(text, str) and len(text) > 2000:
            raise StopError("a regular expression on a long text")
        if name == "escape":
            return re.escape(pattern)
        try:
            result = getattr(re, name)(_simple_pattern(pattern), *args)
        except re.error as error:
            raise PackageError("error", str(error)) from None
        if isinstance(result, re.Match):
            return _match(result)
        return result

    return Native(name, call)


PATTERNS = ("match", "search", "fullmatch", "sub", "split", "findall")


def compiled(pattern: Any, *flags: Any) -> Any:
    """What `re.compile` gives, as far as package files use it."""
    if flags or isinstance(pattern, Unknown):
        return Unknown("`re.compile(...)`")
    _simple_pattern(pattern)
    functions = {}
    for name in PATTERNS:
        functions[name] = Native(name, functools.partial(regex(name).call, pattern))
    return Module(name="pattern", names={**functions, "pattern": pattern})


def _match(found: re.Match[str]) -> Module:
    return Module(
        name="match",
        names={
            "group": Native("group", found.group),
            "groups": Native("groups", found.groups),
            "groupdict": Native("groupdict", found.groupdict),
        },
    )
