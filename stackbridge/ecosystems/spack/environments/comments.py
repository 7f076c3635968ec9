"""Comments of a YAML text, each with the path of the value beside which it stands.

A comment on a line of its own belongs to what begins next below it; a comment behind a
value to what begins on that line. Paths are those of the document, without entries that
are null (they are dropped), and without the `:` of keys that replace lower scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from stackbridge.ecosystems.spack.environments.emitter import Path
from stackbridge.yamltext import Node

__all__ = ["collect", "from_values", "to_values"]


def collect(text: str, root: Node) -> dict[Path, dict[str, Any]]:
    """Path -> {"before": [...], "inline": "...", "after": [...]}.

    Comments after everything are under the empty path's `after`.
    """
    if "#" not in text:
        return {}
    starts = _starts(root)
    lines = sorted(starts)
    found: dict[Path, dict[str, Any]] = {}
    for line, comment, alone in _comments(text):
        if alone:
            following = next((n for n in lines if n > line), None)
            if following is None:
                found.setdefault((), {}).setdefault("after", []).append(comment)
            else:
                found.setdefault(starts[following], {}).setdefault("before", []).append(comment)
            continue
        here = max((n for n in lines if n <= line), default=None)
        path = starts[here] if here is not None else ()
        entry = found.setdefault(path, {})
        entry["inline"] = f"{entry['inline']} {comment}" if "inline" in entry else comment
    return found


def _starts(root: Node) -> dict[int, Path]:
    """Line -> the path of the outermost value that begins there."""
    starts: dict[int, Path] = {}
    queue: list[tuple[Path, Node]] = [((), root)]
    while queue:
        path, node = queue.pop(0)
        if node.kind == "mapping":
            for key, value in node.entries.items():
                inner = (*path, key.removesuffix(":"))
                starts.setdefault(node.keys[key].line if key in node.keys else value.line, inner)
                queue.append((inner, value))
        elif node.kind == "sequence":
            kept = [i for i in node.items if i.kind != "scalar" or i.value is not None]
            for index, item in enumerate(kept):
                starts.setdefault(item.line, (*path, index))
                queue.append(((*path, index), item))
    return starts


def _comments(text: str) -> Iterator[tuple[int, str, bool]]:
    """Line (from 1), text from `#`, and whether nothing stands before it on its line."""
    lines = text.split("\n")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    at = (0, 0)
    for token in yaml.scan(text, Loader=loader):
        start = (token.start_mark.line, token.start_mark.column)
        if start > at:
            yield from _between(lines, at, start)
        at = max(at, (token.end_mark.line, token.end_mark.column))
    yield from _between(lines, at, (len(lines), 0))


def _between(
    lines: list[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[tuple[int, str, bool]]:
    for number in range(start[0], min(end[0] + 1, len(lines))):
        first = start[1] if number == start[0] else 0
        last = end[1] if number == end[0] else len(lines[number])
        gap = lines[number][first:last]
        if "#" in gap:
            where = first + gap.index("#")
            comment = lines[number][where:last].rstrip()
            yield number + 1, comment, not lines[number][:where].strip()


def to_values(comments: Mapping[Path, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Comments as plain values for `extensions`."""
    return [{"at": list(path), **entry} for path, entry in comments.items()]


def from_values(values: Iterable[Any]) -> dict[Path, dict[str, Any]]:
    """The reverse; what is not shaped so is left out. Texts become single comment lines."""
    found: dict[Path, dict[str, Any]] = {}
    for value in values:
        if not isinstance(value, Mapping) or not isinstance(value.get("at"), list | tuple):
            continue
        entry: dict[str, Any] = {}
        for key in ("before", "after"):
            texts = value.get(key)
            if isinstance(texts, list | tuple):
                entry[key] = [_line(text) for text in texts if isinstance(text, str)]
        if isinstance(value.get("inline"), str):
            entry["inline"] = _line(value["inline"])
        path = tuple(p for p in value["at"] if isinstance(p, str | int))
        found[path] = entry
    return found


def _line(text: str) -> str:
    """One line that is surely a comment."""
    plain = "".join(c if c.isprintable() else " " for c in text).strip()
    return plain if plain.startswith("#") else f"# {plain}"
