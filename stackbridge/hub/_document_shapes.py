"""Shapes of the manifest: what kind of node stands where; each mistake is noted with its place."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from stackbridge.errors import InputError
from stackbridge.hub.notices import Place
from stackbridge.hub.package import EMPTY, Extensions
from stackbridge.yamltext import Node, plain

__all__ = ["Shapes"]

_T = TypeVar("_T")


class Shapes:
    """Asks nodes for mappings, lists and texts; whatever is wrong goes to `errors`.

    A path such as `packages[3].version` says which part of the manifest a node is.
    """

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.errors: list[InputError] = []

    def fail(self, node: Node, path: str, message: str, hint: str | None = None) -> None:
        self.errors.append(
            InputError(
                f"{path}: {message}" if path else message,
                file=self.file,
                line=node.line,
                column=node.column,
                hint=hint,
            )
        )

    def place(self, node: Node, path: str) -> Place:
        return Place(file=self.file, line=node.line, column=node.column, path=path or None)

    def mapping(
        self, node: Node, path: str, keys: Iterable[str], required: Iterable[str] = ()
    ) -> Mapping[str, Node] | None:
        """The entries of a mapping which has those keys and no others."""
        keys = tuple(keys)
        found = self.free_mapping(node, path)
        if found is None:
            return None
        for key in found:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(keys)}"
                self.fail(node.keys[key], path, f"unknown key `{key}`", hint)
        for key in required:
            if key not in found:
                self.fail(node, path, f"the key `{key}` is missing")
        return {key: value for key, value in found.items() if key in keys}

    def free_mapping(self, node: Node, path: str) -> Mapping[str, Node] | None:
        """The entries of any mapping; nothing at all is an empty one."""
        if node.kind == "mapping":
            return node.entries
        if node.kind != "scalar" or node.value is not None or not path:
            self.fail(node, path, f"expected a mapping, found {_kind(node)}")
        return None

    def list(self, node: Node, path: str, one: Callable[[Node, str], _T | None]) -> tuple[_T, ...]:
        """Each item of a list, read by `one`; nothing at all is an empty list."""
        if node.kind == "sequence":
            found = (one(item, f"{path}[{index}]") for index, item in enumerate(node.items))
            return tuple(item for item in found if item is not None)
        if node.kind != "scalar" or node.value is not None:
            self.fail(node, path, f"expected a list, found {_kind(node)}", "begin items with `- `")
        return ()

    def items(
        self,
        found: Mapping[str, Node],
        key: str,
        one: Callable[[Node, str], _T | None],
        path: str = "",
    ) -> tuple[_T, ...]:
        """The list under a key, or none."""
        return self.list(found[key], _join(path, key), one) if key in found else ()

    def maybe(
        self,
        found: Mapping[str, Node],
        key: str,
        read: Callable[[Node, str], _T | None],
        path: str = "",
    ) -> _T | None:
        """What stands under a key, if it is there."""
        return read(found[key], _join(path, key)) if key in found else None

    def text(self, node: Node, path: str) -> str | None:
        """A scalar's source text, so that 1.10 stays 1.10."""
        if node.is_text:
            return node.text
        found = "nothing" if node.kind == "scalar" else _kind(node)
        self.fail(node, path, f"expected text, found {found}")
        return None

    def texts(self, node: Node, path: str) -> tuple[str, ...]:
        """One text or a list of them."""
        if node.kind == "scalar":
            text = self.text(node, path)
            return () if text is None else (text,)
        return self.list(node, path, self.text)

    def switch(
        self, found: Mapping[str, Node], key: str, path: str, *, default: bool = False
    ) -> bool:
        if key not in found:
            return default
        value = found[key].value
        if isinstance(value, bool):
            return value
        self.fail(found[key], _join(path, key), "expected `true` or `false`")
        return default

    def choice(
        self, found: Mapping[str, Node], key: str, options: tuple[str, ...], path: str = ""
    ) -> str | None:
        if key not in found:
            return None
        path = _join(path, key)
        text = self.text(found[key], path)
        if text is None or text in options:
            return text
        near = difflib.get_close_matches(text, options, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(options)}"
        self.fail(found[key], path, f"`{text}` is not known here", hint)
        return None

    def extensions(self, found: Mapping[str, Node], path: str = "") -> Extensions:
        node = found.get("extensions")
        if node is None:
            return EMPTY
        entries = self.free_mapping(node, _join(path, "extensions"))
        data: dict[str, Any] = {key: plain(value) for key, value in (entries or {}).items()}
        return MappingProxyType(data) if data else EMPTY


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _kind(node: Node) -> str:
    if node.kind == "scalar":
        return "nothing" if node.value is None else f"`{node.text[:40]}`"
    return {"sequence": "a list", "mapping": "a mapping"}[node.kind]
