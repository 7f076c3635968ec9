"""YAML text to nodes with places and comments: what an easystack's text is made of.

Events are read one by one, without recursion and within a budget, so that neither depth nor
aliases can do harm. Values get the types that EasyBuild sees (PyYAML's `safe_load`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from stackbridge.errors import InputError

__all__ = [
    "MAX_NODES",
    "NO_COMMENTS",
    "CommentLines",
    "Comments",
    "Node",
    "load",
    "marked",
    "unmarked",
]

MAX_NODES = 400_000
_MAX_TEXT = 16 * 1024 * 1024
_MAX_DEPTH = 32
_TAGS = {"list": "seq", "map": "map"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """Comments at one place; an empty line is None.

    `before` stand on lines of their own above the thing, `inline` behind it. The usual
    beginning `# ` is left out; any other (`#!`, `##`) stands in the text.
    """

    before: tuple[str | None, ...] = ()
    inline: str | None = None

    def __bool__(self) -> bool:
        return bool(self.before) or self.inline is not None


NO_COMMENTS = Comments()


@dataclass(slots=True)
class Node:
    """A YAML node with its line and column (from 1)."""

    kind: str  # scalar, list, map
    line: int
    column: int
    value: Any = None
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


def load(text: str, file: str | None) -> tuple[Node | None, list[tuple[int, int, int, int]]]:
    """The document's root node and the spans of its scalars, without recursion."""
    import yaml

    if len(text) > _MAX_TEXT:
        raise InputError(
            f"this easystack has {len(text)} characters",
            file=file,
            hint=f"an easystack has at most {_MAX_TEXT}",
        )
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    values: Any = yaml.SafeLoader("")
    spans: list[tuple[int, int, int, int]] = []
    anchors: dict[str, Node] = {}
    stack: list[tuple[Node, list[Node]]] = []
    root: Node | None = None
    documents = 0
    count = 0

    def fail(message: str, mark: Any, hint: str | None = None) -> InputError:
        return InputError(message, file=file, line=mark.line + 1, column=mark.column + 1, hint=hint)

    def scalar(event: Any) -> Any:
        tag: Any = event.tag
        if tag is None or tag == "!":
            tag = values.resolve(
                yaml.ScalarNode, event.value, event.implicit if tag is None else (False, True)
            )
        if tag in ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"):
            return event.value  # `<<` and `=`: meaningful as keys only
        node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        if tag not in yaml.SafeLoader.yaml_constructors or tag == "tag:yaml.org,2002:binary":
            raise fail(
                f"the tag `{tag}` has no place in an easystack",
                event.start_mark,
                "write plain YAML",
            )
        try:
            return values.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise fail(
                f"`{event.value}` is not a valid value", event.start_mark, "put it in quotes"
            ) from error

    def place(node: Node) -> None:
        nonlocal root
        if stack:
            stack[-1][1].append(node)
        elif root is None:
            root = node

    try:
        events: Any = yaml.parse(text, Loader=loader)
        event: Any
        for event in events:
            count += 1
            if count > MAX_NODES or len(stack) > _MAX_DEPTH:
                raise fail("this YAML is too large or too deep for an easystack", event.start_mark)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise fail("a second YAML document begins here", event.start_mark)
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor not in anchors:
                    raise fail(f"`*{event.anchor}` refers to nothing", event.start_mark)
                if any(node is anchors[event.anchor] for node, _ in stack):
                    raise fail(f"`*{event.anchor}` stands inside itself", event.start_mark)
                place(anchors[event.anchor])
            elif isinstance(event, yaml.ScalarEvent):
                start: Any = event.start_mark
                end: Any = event.end_mark
                if (start.line, start.column) != (end.line, end.column):
                    spans.append((start.line, start.column, end.line, end.column))
                node = Node("scalar", start.line + 1, start.column + 1, scalar(event))
                if event.anchor:
                    anchors[event.anchor] = node
                place(node)
            elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                kind = "list" if isinstance(event, yaml.SequenceStartEvent) else "map"
                at: Any = event.start_mark
                if event.tag not in (None, "!", f"tag:yaml.org,2002:{_TAGS[kind]}"):
                    raise fail(f"the tag `{event.tag}` has no place in an easystack", at)
                node = Node(kind, at.line + 1, at.column + 1)
                if event.anchor:
                    anchors[event.anchor] = node
                stack.append((node, []))
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                node, children = stack.pop()
                if node.kind == "list":
                    node.items = children
                else:
                    node.pairs = list(zip(children[::2], children[1::2], strict=True))
                place(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise InputError(
            f"this is not valid YAML: {problem}",
            file=file,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error
    return root, spans


def unmarked(comment: str) -> str:
    """A comment without its usual beginning; `marked` is the way back."""
    text = comment[2:]
    return text if comment.startswith("# ") and not text.startswith("#") and text else comment


def marked(text: str) -> str:
    """A comment with its beginning."""
    return text if text.startswith("#") else f"# {text}".rstrip()


class CommentLines:
    """Hands out the comments of a text in order, each once."""

    def __init__(self, text: str, spans: list[tuple[int, int, int, int]]) -> None:
        self._own: dict[int, str | None] = {}
        self._inline: dict[int, str] = {}
        covered: dict[int, list[tuple[int, float]]] = {}
        inside: set[int] = set()
        for first, start, last, end in spans:
            for line in range(first, last + 1):
                left = start if line == first else 0
                right = end if line == last else math.inf
                if left < right:
                    covered.setdefault(line, []).append((left, right))
                if line > first:
                    inside.add(line)
        for number, content in enumerate(text.splitlines()):
            if not content.strip():
                if number not in inside:
                    self._own[number + 1] = None
                continue
            if "#" not in content:
                continue
            for at, char in enumerate(content):
                if char != "#" or (at and content[at - 1] not in " \t"):
                    continue
                if any(left <= at < right for left, right in covered.get(number, ())):
                    continue
                kept = unmarked(content[at:].rstrip())
                if content[:at].strip():
                    self._inline[number + 1] = kept
                else:
                    self._own[number + 1] = kept
                break
        self._order = sorted(self._own)
        self._next = 0

    def until(self, line: int) -> tuple[str | None, ...]:
        """Comment and empty lines not yet handed out that stand above `line`."""
        found: list[str | None] = []
        while self._next < len(self._order) and self._order[self._next] < line:
            found.append(self._own[self._order[self._next]])
            self._next += 1
        return tuple(found)

    def at(self, line: int) -> Comments:
        """The comments above `line` and at its end."""
        return Comments(before=self.until(line), inline=self._inline.pop(line, None))

    def rest(self) -> tuple[str | None, ...]:
        """Everything left, empty lines at the end left out."""
        found = list(self.until(2**62))
        found += [text for _, text in sorted(self._inline.items())]
        while found and found[-1] is None:
            found.pop()
        return tuple(found)
