"""What an easyconfig's own options say of features: `-DHEPMC3_ENABLE_ROOTIO=ON` is `+rootio`.

Read are `configopts` and `toolchainopts`. An option speaks of a feature when its name is the
feature's, once the words that every project has (enable, use, with, build, ...) and the
software's own name are left out; a longer name (`ENABLE_HDF5_TESTS`) speaks of something else.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Stated", "stated_options", "words_of"]

Stated = Mapping[tuple[str, ...], tuple["bool | str", str]]
"""Words of a name -> what it is set to, and the option as it is written."""

_COMMON = frozenset(
    (
        "enable",
        "enabled",
        "disable",
        "use",
        "with",
        "without",
        "build",
        "have",
        "has",
        "feature",
        "support",
        "package",
        "lib",
        "libs",
    )
)
_ON = frozenset({"on", "true", "yes", "1", "enable", "enabled"})
_OFF = frozenset({"off", "false", "no", "0", "disable", "disabled"})
_RENAMED = {
    ("cmake", "cxx", "standard"): (("cxxstd",),),
    ("cxx", "standard"): (("cxxstd",),),
    ("cmake", "type"): (("type",),),
    ("opengl", "x11"): (("opengl",), ("x11",)),
}


def stated_options(values: Mapping[str, Any], software: str) -> Stated:
    """The options of an easyconfig's parameters."""
    found: dict[tuple[str, ...], tuple[bool | str, str]] = {}
    chosen = values.get("toolchainopts")
    for name, value in chosen.items() if isinstance(chosen, Mapping) else ():
        if isinstance(value, bool) and name in ("openmp", "pic"):
            found[name,] = (value, f"toolchainopts: {name}")
    for word in _words(values.get("configopts")):
        read = _option(word)
        if read is not None:
            name, value = read
            key = words_of(name, software)
            if key:
                for renamed in _RENAMED.get(key, (key,)):
                    found[renamed] = (value, word)
    return found


def _words(value: Any) -> Iterator[str]:
    """The words of a shell text, or of several builds' texts."""
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _words(one)
    elif isinstance(value, str):
        try:
            yield from shlex.split(value)
        except ValueError:
            yield from value.split()


def _option(word: str) -> tuple[str, bool | str] | None:
    """The name of an option, and whether it is on; None for what sets neither."""
    if word.startswith("-D"):
        name, equals, value = word[2:].partition("=")
        name = name.partition(":")[0]
        if not equals:
            return None
    elif word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        if name.startswith(("disable-", "without-")):
            return name, False
        if not name.startswith(("enable-", "with-")):
            return None
        # a path says with which one; that it is on is said as well
        if not equals or "/" in value or "%" in value or "$" in value:
            return name, True
    else:
        return None
    folded = value.lower()
    if folded in _ON or folded in _OFF:
        return name, folded in _ON
    return name, value


def words_of(name: str, software: str) -> tuple[str, ...]:
    """The words of a name that tell what it is about."""
    own = re.sub(r"[^a-z0-9]", "", software.lower())
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    left = [word for word in words if word not in _COMMON]
    if len(left) > 1 and left[0] == own:
        left = left[1:]
    return tuple(left)
