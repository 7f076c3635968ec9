"""Plain values -> the YAML text of a Spack file, with comments at their places.

Block style, two blanks, short lists of scalars in one line. Quotes where Spack's YAML (1.2)
or YAML 1.1 would read something else than text, and where text ends in `:`. A key that ends
in `:` replaces lower scopes and is written `key::`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from stackbridge.yamltext import dump

__all__ = ["Comments", "Path", "emit"]

Path: TypeAlias = tuple[str | int, ...]
Comments: TypeAlias = Mapping[Path, Mapping[str, Any]]
"""Path -> {"before": [lines], "inline": text, "after": [lines]}; texts begin with `#`."""

_WIDTH = 100
_PLAIN = re.compile(
    r"[A-Za-z_/+~$][A-Za-z0-9_./+=~^%@$-]*"
    r"(?: [A-Za-z0-9_./+=~^%@:$-]*[A-Za-z0-9_./+=~^%@$-])*"
)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def emit(data: Mapping[str, Any], comments: Comments) -> tuple[str, frozenset[Path]]:
    """The text, and the paths of the comments that found their place."""
    emitter = _Emitter(comments)
    lines = list(emitter.mapping(data, (), ""))
    after = comments.get((), {}).get("after", ())
    if after:
        emitter.used.add(())
        lines.extend(after)
    return "\n".join(lines) + "\n", frozenset(emitter.used)


class _Emitter:
    def __init__(self, comments: Comments) -> None:
        self.comments = comments
        self.used: set[Path] = set()
        # Every path above a comment: what holds one can't stand in one line.
        self.above = {path[:n] for path in comments for n in range(len(path))}

    def mapping(self, data: Mapping[str, Any], path: Path, indent: str) -> Iterator[str]:
        for key, value in data.items():
            yield from self.entry(value, (*path, bare(key)), indent, f"{_key(key)}:")

    def sequence(self, data: Sequence[Any], path: Path, indent: str) -> Iterator[str]:
        for index, value in enumerate(data):
            yield from self.entry(value, (*path, index), indent, "-")

    def entry(self, value: Any, path: Path, indent: str, head: str) -> Iterator[str]:
        """One key or item: comments before it, its first line, what is below it."""
        found = self.comments.get(path, {})
        if found:
            self.used.add(path)
        for line in found.get("before", ()):
            yield f"{indent}{line}" if line else ""
        inline = f"  {found['inline']}" if found.get("inline") else ""
        short = self.short(value, path, indent, head)
        if short is not None:
            yield f"{indent}{head} {short}{inline}".rstrip()
            return
        item = head == "-"
        if isinstance(value, Mapping):
            below = list(self.mapping(value, path, indent + "  "))
            if item and not inline and not below[0].lstrip().startswith("#"):
                yield f"{indent}- {below[0].lstrip()}"
                yield from below[1:]
                return
        else:
            # Items of a list stand below the key's first letter, as Spack writes them.
            deeper = indent + "  " if item else indent
            below = list(self.sequence(value, path, deeper))
        yield f"{indent}{head}{inline}"
        yield from below

    def short(self, value: Any, path: Path, indent: str, head: str) -> str | None:
        """What can stand in the line itself; None for what needs lines of its own."""
        if isinstance(value, Mapping):
            return None if value else "{}"
        if not isinstance(value, list | tuple):
            return scalar(value)
        if not value:
            return "[]"
        if path in self.above or any(isinstance(v, Mapping | list | tuple) for v in value):
            return None
        if len(path) <= 2 and path[-1] == "specs":
            return None
        text = f"[{', '.join(scalar(v, flow=True) for v in value)}]"
        return text if len(indent) + len(head) + len(text) < _WIDTH else None


def bare(key: str) -> str:
    """A key without the sign that it replaces lower scopes."""
    return key.removesuffix(":")


def _key(key: str) -> str:
    if key.endswith(":") and re.fullmatch(r"[A-Za-z0-9_-]+", key[:-1]):
        return key
    return scalar(key)


def scalar(value: Any, *, flow: bool = False) -> str:
    """One scalar. `flow`: within `[...]`, where a comma separates.

    Raises ValueError for what is no scalar.
    """
    if isinstance(value, str):
        return _text(value, flow=flow)
    if value is None:
        return "null"
    return dump(value).removesuffix("\n")


def _text(value: str, *, flow: bool) -> str:
    safe = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    if safe and (not flow or not set(value) & set(",[]{}")) and not value.endswith(":"):
        return value
    if value.isprintable() and "'" in value and not set(value) & set('"\\'):
        return f'"{value}"'
    if value.isprintable():
        text = dump(value).removesuffix("\n")
        if text[:1] in "'\"":
            return text
        needs = flow or value.endswith(":") or not _harmless(value)
        return "'" + value.replace("'", "''") + "'" if needs else text
    import json

    return json.dumps(value)


def _harmless(value: str) -> bool:
    """Whether text that YAML takes as it is also looks like text to a reader."""
    return value[0] not in "%@*&!|>`{}[]#,?-:" and ": " not in value and " #" not in value
