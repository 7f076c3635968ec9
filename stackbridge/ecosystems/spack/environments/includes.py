"""Files that an environment includes, as far as they stand beside it.

Relative paths are followed through `Input.sibling`: files, and directories by the names of
Spack's sections. Of what they hold, definitions, toolchains and `concretizer:unify` take
part in the expansion; the rest is kept under `extensions["spack"]["included"]`. What is
not there (absolute paths, URLs, git), or depends on a condition that only Spack can
evaluate, is named in a notice.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from stackbridge.errors import InputError
from stackbridge.hub.notices import Code
from stackbridge.yamltext import Node, load

__all__ = ["Included", "follow"]

_FILES = ("packages", "concretizer", "definitions", "toolchains", "config", "include")
_DEEPEST = 10
_MOST = 200
Note = Callable[[Code, str, str, str, Node], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """One section of an included file."""

    path: str
    section: str
    node: Node


def follow(body: Node, sibling: Callable[[str], str | None], note: Note) -> list[Included]:
    """The sections of all files that can be reached, nearest first.

    Raises `InputError` for a cycle and for a file that is no YAML.
    """
    follower = _Follower(sibling, note)
    follower.list(body.get("include") or body.get("include:"), "", ())
    return follower.found


class _Follower:
    def __init__(self, sibling: Callable[[str], str | None], note: Note) -> None:
        self.sibling = sibling
        self.note = note
        self.found: list[Included] = []
        self.read = 0

    def list(self, node: Node | None, base: str, chain: tuple[str, ...]) -> None:
        """An `include:` list of a file in the directory `base`."""
        for item in node.items if node is not None and node.kind == "sequence" else ():
            if item.kind == "scalar" and item.value is not None:
                self.path(item.text, item, base, chain)
            elif item.kind == "mapping":
                self.entry(item, base, chain)

    def entry(self, node: Node, base: str, chain: tuple[str, ...]) -> None:
        path = node.get("path")
        when = node.get("when")
        if when is not None:
            self.unread(path or node, "its `when:` is Python that only Spack runs")
        elif path is None:
            self.unread(node, "it comes from a repository")
        else:
            self.path(path.text, path, base, chain)

    def unread(self, node: Node, why: str) -> None:
        text = node.text or (node.entries["git"].text if "git" in node.entries else "include")
        self.note(Code.INCLUDE_UNREAD, text, "the included file was not read", why, node)

    def path(self, text: str, node: Node, base: str, chain: tuple[str, ...]) -> None:
        if re.match(r"[a-zA-Z]+://", text):
            self.unread(node, "it lies on a server")
            return
        if text.startswith(("/", "~")) or "$" in text:
            self.unread(node, "it lies outside of this directory")
            return
        full = posixpath.normpath(posixpath.join(base, text))
        if full in chain:
            raise InputError(
                f"`{text}` includes itself: {' -> '.join((*chain, full))}",
                line=node.line if not chain else None,
                hint="take one of the includes out",
            )
        if len(chain) >= _DEEPEST or self.read >= _MOST:
            self.unread(node, f"more than {_DEEPEST} levels or {_MOST} files of includes")
            return
        if posixpath.splitext(full)[1] in (".yaml", ".yml"):
            names = [full]
        else:
            names = [posixpath.join(full, f"{name}.yaml") for name in _FILES]
        texts = [(name, content) for name in names if (content := self.sibling(name)) is not None]
        if not texts:
            self.unread(node, "there is no such file beside the environment")
        for name, content in texts:
            self.read += 1
            self.file(name, content, (*chain, full))

    def file(self, name: str, text: str, chain: tuple[str, ...]) -> None:
        root = load(text, name)
        below = root.get("spack") or root
        for key, node in below.entries.items():
            section = key.removesuffix(":")
            if section == "include":
                self.list(node, posixpath.dirname(name), chain)
            else:
                self.found.append(Included(path=name, section=section, node=node))
