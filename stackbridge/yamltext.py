"""YAML text in and out: the one place that knows YAML's traps.

`load` is safe and strict: no tags, no duplicate keys, one document, bounded size, depth and
aliases. Scalars follow YAML 1.2's core schema (`on`, `yes` and `12:30` are text), and every
node keeps its source text, so that an unquoted version 1.10 is not read as 1.1. `dump`
quotes whatever YAML 1.1 or 1.2 would take for something else than text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import yaml

from stackbridge.errors import InputError

__all__ = ["MAX_DEPTH", "MAX_SIZE", "Flow", "FlowMap", "Node", "compact", "dump", "load", "plain"]

MAX_SIZE = 10_000_000
"""Longest text, in characters."""
MAX_DEPTH = 60
"""Deepest nesting of lists and mappings."""
MAX_COPIES = 100_000
"""Most nodes that aliases may repeat, all together."""

Scalar: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value of a YAML text and where it stands.

    `kind` is "scalar", "sequence" or "mapping". Of a scalar, `value` is the Python value and
    `text` the source text; `quoted` scalars are always text. Of a sequence, `items` are the
    nodes; of a mapping, `entries` are keys (their source text) and nodes in order, and
    `keys` the key nodes themselves, for their places. `line` and `column` count from 1.
    `size` counts this node and all below it.
    """

    kind: Literal["scalar", "sequence", "mapping"]
    line: int
    column: int
    value: Scalar = None
    text: str = ""
    quoted: bool = False
    items: tuple[Node, ...] = ()
    entries: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, Node] = field(default_factory=dict)
    size: int = 1

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes directly below."""
        return self.items or tuple(self.entries.values())

    @property
    def is_text(self) -> bool:
        """Whether it is a scalar other than null; its `text` can serve as a string."""
        return self.kind == "scalar" and self.value is not None

    def get(self, key: str) -> Node | None:
        """The node under a key of a mapping."""
        return self.entries.get(key)


def plain(node: Node) -> Any:
    """The node as dicts, lists, strings, numbers, booleans and None."""
    if node.kind == "sequence":
        return [plain(item) for item in node.items]
    if node.kind == "mapping":
        return {key: plain(value) for key, value in node.entries.items()}
    return node.value


# ---------------------------------------------------------------- reading

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {
    word: value
    for value, words in ((True, ("true", "True", "TRUE")), (False, ("false", "False", "FALSE")))
    for word in words
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,100}")
_OTHER_BASE = re.compile(r"0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]{1,100}|[0-9]{1,100}(\.[0-9]{0,100})?)([eE][-+]?[0-9]{1,3})?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def _value(text: str) -> Scalar:
    """A plain scalar's value by YAML 1.2's core schema (chapter 10.3.2)."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
    return text


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    event: yaml.Event
    key: Node | None = None
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Node] = field(default_factory=dict)
    merged: list[Node] = field(default_factory=list)


class _Builder:
    """Makes nodes of the parser's events, without recursion."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.copies = 0
        self.root: Node | None = None

    def error(self, message: str, event: Any, hint: str | None = None) -> InputError:
        mark = event.start_mark
        return InputError(
            message, file=self.file, line=mark.line + 1, column=mark.column + 1, hint=hint
        )

    def take(self, event: Any) -> None:
        """One event; those of streams and document ends say nothing."""
        if getattr(event, "tag", None) is not None and not _harmless(event):
            hint = "only plain text, numbers, lists and mappings are read"
            raise self.error(f"the tag `{event.tag}` is not allowed", event, hint)
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise self.error("a second document begins here", event, "give one document per file")
        if isinstance(event, yaml.ScalarEvent):
            self.add(self.scalar(event), event)
        elif isinstance(event, yaml.AliasEvent):
            self.add(self.alias(event), event)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            if len(self.stack) >= MAX_DEPTH:
                raise self.error(f"nested deeper than {MAX_DEPTH} levels", event)
            self.stack.append(_Open(event))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            opened = self.stack.pop()
            self.add(self.close(opened), opened.event)

    def scalar(self, event: Any) -> Node:
        quoted = bool(event.style)
        return Node(
            kind="scalar",
            line=event.start_mark.line + 1,
            column=event.start_mark.column + 1,
            value=event.value if quoted else _value(event.value),
            text=event.value,
            quoted=quoted,
        )

    def alias(self, event: Any) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            raise self.error(f"nothing above is anchored as `&{event.anchor}`", event)
        self.copies += node.size
        if self.copies > MAX_COPIES:
            raise self.error(f"aliases repeat more than {MAX_COPIES} values", event)
        return node

    def close(self, opened: _Open) -> Node:
        event: Any = opened.event
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.SequenceStartEvent):
            size = 1 + sum(item.size for item in opened.items)
            items = tuple(opened.items)
            return Node(kind="sequence", line=line, column=column, items=items, size=size)
        for source in opened.merged:
            for key, value in source.entries.items():
                opened.entries.setdefault(key, value)
                opened.keys.setdefault(key, source.keys[key])
        size = 1 + sum(1 + value.size for value in opened.entries.values())
        return Node(
            kind="mapping",
            line=line,
            column=column,
            entries=opened.entries,
            keys=opened.keys,
            size=size,
        )

    def add(self, node: Node, event: Any) -> None:
        """Put a finished node where it belongs."""
        anchor = getattr(event, "anchor", None)
        if anchor is not None and not isinstance(event, yaml.AliasEvent):
            self.anchors[anchor] = node
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent.event, yaml.SequenceStartEvent):
            parent.items.append(node)
        elif parent.key is None:
            if node.kind != "scalar":
                raise self.error("a key must be plain text", event)
            parent.key = node
        else:
            key, parent.key = parent.key, None
            if key.text == "<<" and not key.quoted:
                parent.merged += self.merge(node, event)
            elif key.text in parent.entries:
                first = parent.keys[key.text].line
                raise InputError(
                    f"the key `{key.text}` occurs twice",
                    file=self.file,
                    line=key.line,
                    column=key.column,
                    hint=f"the first one stands in line {first}",
                )
            else:
                parent.entries[key.text] = node
                parent.keys[key.text] = key

    def merge(self, node: Node, event: Any) -> list[Node]:
        sources = list(node.items) if node.kind == "sequence" else [node]
        if any(source.kind != "mapping" for source in sources):
            raise self.error("`<<` takes a mapping", event)
        return sources


def _harmless(event: Any) -> bool:
    """Whether the tag is the one that `!` alone gives to text."""
    return isinstance(event, yaml.ScalarEvent) and event.tag == "!" and bool(event.style)


def load(text: str, file: str | None = None) -> Node:
    """Read one YAML document; an empty one gives a null scalar.

    Raises:
        InputError: not YAML, or YAML which is refused (see the module); with its place.
    """
    if len(text) > MAX_SIZE:
        raise InputError(f"the text is longer than {MAX_SIZE // 1_000_000} MB", file=file)
    builder = _Builder(file)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise InputError(
            f"not valid YAML: {what}",
            file=file,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            hint=_syntax_hint(error.problem or ""),
        ) from None
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "unreadable characters"
        raise InputError(f"not valid YAML: {reason}", file=file) from None
    return builder.root or Node(kind="scalar", line=1, column=1)


def _syntax_hint(problem: str) -> str | None:
    if "cannot start any token" in problem:
        return "text which begins with %, @, ` or a tab needs quotes"
    if "mapping values are not allowed" in problem or "unexpected ':'" in problem:
        return "text which holds `: `, or ends in a colon, needs quotes"
    return None


# ---------------------------------------------------------------- writing


class Flow(list[Any]):
    """A list to be written in one line: `[a, b]`."""


class FlowMap(dict[Any, Any]):
    """A mapping to be written in one line: `{a: b}`."""


_SHORT = 72  # characters of a list or mapping which still reads well in one line


def compact(data: Any) -> Any:
    """The same data, short lists and mappings of one entry to be written in one line."""
    if isinstance(data, Mapping):
        return {
            key: FlowMap(value)
            if isinstance(value, Mapping) and len(value) == 1 and _room(value, _SHORT) >= 0
            else compact(value)
            for key, value in data.items()
        }
    if isinstance(data, (list, tuple)):
        return Flow(data) if _room(data, _SHORT) >= 0 else [compact(item) for item in data]
    return data


def _room(data: Any, room: int) -> int:
    """What is left of a line after the data; below 0 as soon as it does not fit."""
    if isinstance(data, str):
        return -1 if "\n" in data else room - len(data) - 2
    if isinstance(data, (Mapping, list, tuple)):
        parts = (p for pair in data.items() for p in pair) if isinstance(data, Mapping) else data
        room -= 2
        for part in parts:
            room = _room(part, room) - 2
            if room < 0:
                break
        return room
    return room - len(str(data))


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    style = None
    if re.search(r"[\x85\u2028\u2029\ufeff\r]", text):
        style = '"'  # line breaks to some readers
    elif "\n" in text and not re.search(r"[ \t]\n|[^\S\n]\Z|\A\s", text):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_mapping(dumper: _Dumper, data: Mapping[str, Any]) -> yaml.Node:
    flow = isinstance(data, FlowMap) or not data
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=flow)


def _represent_sequence(dumper: _Dumper, data: Any) -> yaml.Node:
    flow = isinstance(data, Flow) or not data
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_multi_representer(dict, _represent_mapping)
_Dumper.add_multi_representer(MappingProxyType, _represent_mapping)
_Dumper.add_representer(list, _represent_sequence)
_Dumper.add_representer(tuple, _represent_sequence)
_Dumper.add_representer(Flow, _represent_sequence)
# What YAML 1.2 alone reads as a number: quote it too. PyYAML knows YAML 1.1's forms.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(rf"^(?:{_FLOAT.pattern}|{_OTHER_BASE.pattern}|{_INTEGER.pattern})$"),
    list("-+.0123456789"),
)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^[yYnN]$"), list("yYnN"))


def dump(data: Any) -> str:
    """Dicts, lists, tuples and scalars as YAML text which `load` reads back alike.

    Order is kept; a `Flow` stands in one line; text of several lines becomes a block.

    Raises:
        ValueError: something in it is none of these.
    """
    try:
        text: str = yaml.dump(
            data,
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=False,
            width=10_000,
        )
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    return text.removesuffix("...\n")
