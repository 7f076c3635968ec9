"""The text of an easystack: YAML <-> `Easystack`, with comments, places and order.

What EasyBuild accepts (5.x, `framework/easystack.py` and `opts_dict_to_eb_opts`):

    easyconfigs:                 a list, mandatory
      - NAME[.eb]                an easyconfig's file name or path
      - NAME[.eb]:               or a mapping with that one key, whose value is null or
          options:               has this one key, whose value is null or a mapping of
            OPTION: VALUE        `eb` options to true, false, null, a scalar or a list

Other keys at the top and list items that are neither text nor mappings are dropped by
EasyBuild without a word; here each gives a notice. Nothing here knows what an easyconfig is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from stackbridge.ecosystems.easybuild.yaml_nodes import (
    MAX_NODES,
    NO_COMMENTS,
    CommentLines,
    Comments,
    Node,
    load,
    marked,
)
from stackbridge.errors import InputError
from stackbridge.hub.notices import NOWHERE, Code, Notice, Place

__all__ = [
    "OPTION_NAME",
    "Comments",
    "Easystack",
    "Entry",
    "Option",
    "OptionValue",
    "emit",
    "parse",
]

Scalar: TypeAlias = "bool | int | float | str | None"
OptionValue: TypeAlias = "Scalar | tuple[Scalar, ...]"

OPTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_IGNORED_KEYS = {
    "easybuild_version": "EasyBuild reads `easybuild_version` and then ignores it",
    "robot": "EasyBuild ignores `robot` at the top; give `--robot` or the option on an entry",
    "software": "the `software:` tree of EasyBuild 4 is no longer read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One `eb` option of an entry: long name without dashes (or one letter), value."""

    name: str
    value: OptionValue
    comments: Comments = NO_COMMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One easyconfig to install. `easyconfig` ends in `.eb`; it may be a path.

    `above_options` are the comments at the line `options:`.
    """

    easyconfig: str
    options: tuple[Option, ...] = ()
    comments: Comments = NO_COMMENTS
    above_options: Comments = NO_COMMENTS
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Easystack:
    """A whole easystack. `settings` are the top-level keys which EasyBuild ignores."""

    entries: tuple[Entry, ...] = ()
    settings: tuple[tuple[str, OptionValue], ...] = ()
    header: Comments = NO_COMMENTS
    footer: tuple[str | None, ...] = ()


# ---------------------------------------------------------------- nodes to an easystack


def parse(text: str, file: str | None = None) -> tuple[Easystack, tuple[Notice, ...]]:
    """Read an easystack as EasyBuild does; what it would drop in silence is a notice.

    Raises InputError where EasyBuild fails.
    """
    root, spans = load(text, file)
    return _Parser(file, CommentLines(text, spans)).easystack(root)


class _Parser:
    def __init__(self, file: str | None, comments: CommentLines) -> None:
        self.file = file
        self.comments = comments
        self.notices: list[Notice] = []

    def fail(self, message: str, node: Node | None, hint: str | None = None) -> InputError:
        line, column = (node.line, node.column) if node is not None else (None, None)
        return InputError(message, file=self.file, line=line, column=column, hint=hint)

    def note(self, code: Code, node: Node, *, subject: str, what: str, why: str, now: str) -> None:
        where = Place(file=self.file, line=node.line, column=node.column)
        self.notices.append(
            Notice(code=code, subject=subject, what=what, why=why, instead=now, where=where)
        )

    def easystack(self, root: Node | None) -> tuple[Easystack, tuple[Notice, ...]]:
        if root is None or root.kind != "map":
            raise self.fail(
                "an easystack is a mapping with the key `easyconfigs`",
                root,
                "begin with `easyconfigs:` and one `- NAME.eb` per line below it",
            )
        entries: list[Entry] = []
        settings: list[tuple[str, OptionValue]] = []
        header = NO_COMMENTS
        found: Node | None = None
        for key, value in self.pairs(root, "the easystack"):
            if key.value == "easyconfigs":
                found = value
                header = self.comments.at(key.line)
                entries = list(self.entries(value))
            else:
                settings.append(self.setting(key, value))
        if found is None:
            hint = "list the file names under `easyconfigs:`"
            if any(name == "software" for name, _ in settings):
                hint = _IGNORED_KEYS["software"] + "; " + hint
            raise self.fail("the key `easyconfigs` is missing", root, hint)
        return (
            Easystack(
                entries=tuple(entries),
                settings=tuple(settings),
                header=header,
                footer=self.comments.rest(),
            ),
            tuple(self.notices),
        )

    def pairs(self, node: Node, what: str) -> list[tuple[Node, Node]]:
        """Keys (hashable scalars) with values; merge keys resolved, the last of equals wins."""
        merged: dict[Any, tuple[Node, Node]] = {}
        own: dict[Any, tuple[Node, Node]] = {}
        for key, value in node.pairs:
            if key.kind != "scalar":
                raise self.fail(f"a key of {what} is not text", key)
            if key.value == "<<":
                sources = value.items if value.kind == "list" else [value]
                for source in reversed(sources):
                    if source.kind != "map" or source is node:
                        raise self.fail("`<<` wants a mapping", value)
                    merged.update({k.value: (k, v) for k, v in source.pairs if k.kind == "scalar"})
                continue
            if key.value in own:
                self.note(
                    Code.SETTING_IGNORED,
                    key,
                    subject=str(key.value),
                    what=f"`{key.value}` occurs twice in {what}",
                    why="EasyBuild takes the last one",
                    now="the last one is kept",
                )
            own[key.value] = (key, value)
        return list({**merged, **own}.values())

    def setting(self, key: Node, value: Node) -> tuple[str, OptionValue]:
        name = str(key.value)
        why = _IGNORED_KEYS.get(name, "EasyBuild reads only the key `easyconfigs`")
        kept: OptionValue = None
        now = "left out"
        if value.kind == "scalar" or (
            value.kind == "list" and all(item.kind == "scalar" for item in value.items)
        ):
            kept = self.value(value, name)
            now = "carried as it is"
        self.note(
            Code.SETTING_IGNORED,
            key,
            subject=name,
            what=f"`{name}:` has no effect",
            why=why,
            now=now,
        )
        return name, kept

    def entries(self, node: Node) -> Iterator[Entry]:
        if node.kind != "list":
            raise self.fail(
                "the value of `easyconfigs` is not a list",
                node,
                "put `- ` before each file name",
            )
        budget = MAX_NODES
        for number, item in enumerate(node.items):
            budget -= 1 + len(item.pairs) + len(item.items)
            if budget < 0:
                raise self.fail("this easystack is too large", item)
            entry = self.entry(item, f"easyconfigs[{number}]")
            if entry is not None:
                yield entry

    def entry(self, node: Node, path: str) -> Entry | None:
        place = Place(file=self.file, line=node.line, column=node.column, path=path)
        if node.kind == "scalar" and isinstance(node.value, str):
            return Entry(
                easyconfig=self.easyconfig(node),
                comments=self.comments.at(node.line),
                place=place,
            )
        if node.kind != "map":
            shown = "a list" if node.kind == "list" else f"`{node.value}`"
            self.note(
                Code.SETTING_IGNORED,
                node,
                subject=path,
                what=f"{shown} is not a file name",
                why="EasyBuild drops list items that are neither text nor mappings, without a word",
                now="left out; put it in quotes if it is meant",
            )
            return None
        pairs = self.pairs(node, "this entry")
        if len(pairs) != 1:
            names = ", ".join(f"`{key.value}`" for key, _ in pairs) or "none"
            raise self.fail(
                f"an entry has one key, its file name; found {names}",
                node,
                "indent `options:` further than the file name",
            )
        (key, value) = pairs[0]
        if not isinstance(key.value, str):
            raise self.fail(f"`{key.value}` is not a file name", key, "put it in quotes")
        comments = self.comments.at(key.line)
        options, above = self.options(key, value)
        return Entry(
            easyconfig=self.easyconfig(key),
            options=options,
            comments=comments,
            above_options=above,
            place=place,
        )

    def easyconfig(self, node: Node) -> str:
        name: str = node.value
        if not name.strip() or any(ord(char) < 32 or ord(char) == 127 for char in name):
            raise self.fail("this is no file name", node)
        return name if name.endswith(".eb") else f"{name}.eb"

    def options(self, key: Node, value: Node) -> tuple[tuple[Option, ...], Comments]:
        if value.kind == "scalar" and not value.value:  # `or {}` in EasyBuild
            return (), NO_COMMENTS
        if value.kind != "map":
            raise self.fail(
                f"the value of `{key.value}` is not a mapping", value, "only `options:` may follow"
            )
        found: tuple[Option, ...] = ()
        above = NO_COMMENTS
        for name, content in self.pairs(value, "this entry"):
            if name.value != "options":
                raise self.fail(
                    f"`{name.value}` is not a key of an entry", name, "only `options` is"
                )
            above = self.comments.at(name.line)
            if content.kind == "scalar" and content.value is None:
                continue
            if content.kind != "map":
                raise self.fail("the value of `options` is not a mapping", content)
            found = tuple(
                self.option(name, value) for name, value in self.pairs(content, "these options")
            )
        return found, above

    def option(self, key: Node, value: Node) -> Option:
        name = key.value
        if not isinstance(name, str) or not OPTION_NAME.fullmatch(name):
            raise self.fail(
                f"`{name}` is not the name of an `eb` option",
                key,
                "options are written without leading dashes, such as `from-commit`",
            )
        comments = self.comments.at(key.line)
        kept = self.value(value, name)
        if type(kept) in (int, float) and kept == 1:
            self.note(
                Code.SETTING_UPGRADED,
                value,
                subject=name,
                what=f"`{name}: {kept}` would reach `eb` as `--{name}` without its value",
                why="EasyBuild takes the figure 1 for `true`",
                now=f"`{name}: '{kept}'`, which it passes on",
            )
            kept = str(kept)
        elif isinstance(kept, str) and kept.lower() in ("true", "false"):
            self.note(
                Code.SETTING_UPGRADED,
                value,
                subject=name,
                what=f'`{name}: "{kept}"` is text',
                why=f"EasyBuild would fail on `--{name}={kept}`",
                now=f"`{name}: {kept.lower()}`",
            )
            kept = kept.lower() == "true"
        return Option(name=name, value=kept, comments=comments)

    def value(self, node: Node, name: str) -> OptionValue:
        if node.kind == "scalar":
            return _plain(node.value)
        if node.kind == "list" and all(item.kind == "scalar" for item in node.items):
            # comments between list items are handed to whatever follows
            return tuple(_plain(item.value) for item in node.items)
        raise self.fail(
            f"the value of `{name}` is neither one value nor a list of values",
            node,
            "EasyBuild would pass its Python text to `eb`",
        )


def _plain(value: Any) -> Scalar:
    """Dates and the like become their text, as `str()` gives it on EasyBuild's side."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


# ---------------------------------------------------------------- an easystack to text

_BARE = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./+,@=*-]*")


def _quoted(text: str) -> str:
    """YAML's double-quoted form, every character that is not printable ASCII-safe escaped."""
    parts = ['"']
    for char in text:
        code = ord(char)
        if char in '"\\':
            parts.append("\\" + char)
        elif char == "\n":
            parts.append("\\n")
        elif char == "\t":
            parts.append("\\t")
        elif code < 0x20 or 0x7F <= code <= 0xA0:
            parts.append(f"\\x{code:02x}")
        elif char.isprintable():
            parts.append(char)
        else:
            parts.append(f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")
    parts.append('"')
    return "".join(parts)


def _scalar(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        import yaml

        return str(yaml.safe_dump(value)).split("\n", maxsplit=1)[0]
    if isinstance(value, int):
        # a bare 1 would be taken for `true`
        return "'1'" if value == 1 else str(value)
    if _BARE.fullmatch(value) and not _means_something_else(value):
        return value
    if value.isprintable() and "'" not in value:
        return f"'{value}'"
    return _quoted(value)


def _means_something_else(text: str) -> bool:
    """Whether YAML would read this bare text as another type than text."""
    import yaml

    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    return any(
        regexp.match(text) is not None
        for _, regexp in (*resolvers.get(text[:1], ()), *resolvers.get(None, ()))
    )


def _printable(text: str) -> str:
    """Text that may stand in a comment: YAML allows no control characters."""
    return "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in text)


def _comment_lines(lines: Sequence[str | None], indent: str) -> Iterator[str]:
    for line in lines:
        if line is None:
            yield ""
        else:
            # one physical line each, whatever the text holds
            for part in line.splitlines() or [""]:
                yield f"{indent}{marked(_printable(part))}"


def _with_inline(line: str, comments: Comments) -> str:
    if comments.inline is None:
        return line
    return f"{line}  {marked(_printable(' '.join(comments.inline.splitlines())))}"


def emit(easystack: Easystack) -> str:
    """The text of an easystack, ending in a newline. `parse` gives back the same object."""
    lines: list[str] = []
    for name, value in easystack.settings:
        lines.append(f"{_scalar(name)}: {_value(value)}")
    lines += _comment_lines(easystack.header.before, "")
    empty = " []" if not easystack.entries else ""
    lines.append(_with_inline(f"easyconfigs:{empty}", easystack.header))
    for entry in easystack.entries:
        lines += _comment_lines(entry.comments.before, "  ")
        name = _scalar(entry.easyconfig)
        if not entry.options:
            # comments at an `options:` that holds nothing move up to the entry
            lines += _comment_lines(entry.above_options.before, "  ")
            lines.append(_with_inline(f"  - {name}", entry.comments))
            continue
        lines.append(_with_inline(f"  - {name}:", entry.comments))
        lines += _comment_lines(entry.above_options.before, "      ")
        lines.append(_with_inline("      options:", entry.above_options))
        for option in entry.options:
            lines += _comment_lines(option.comments.before, "        ")
            text = f"        {_scalar(option.name)}: {_value(option.value)}"
            lines.append(_with_inline(text, option.comments))
    lines += _comment_lines(easystack.footer, "")
    return "\n".join(lines) + "\n"


def _value(value: OptionValue) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _flow(value: Scalar) -> str:
    """A scalar inside `[...]`, where a comma would end it."""
    text = _scalar(value)
    return f"'{text}'" if "," in text and text[:1] not in "'\"" else text


def without_comments(easystack: Easystack) -> Easystack:
    """What EasyBuild sees of it."""
    return Easystack(
        entries=tuple(
            replace(
                entry,
                comments=NO_COMMENTS,
                above_options=NO_COMMENTS,
                options=tuple(replace(o, comments=NO_COMMENTS) for o in entry.options),
            )
            for entry in easystack.entries
        )
    )
