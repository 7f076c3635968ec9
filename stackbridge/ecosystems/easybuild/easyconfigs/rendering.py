"""A layout -> the text of an easyconfig, as a maintainer would write it.

Conventions as in the released easyconfigs: four blanks, one entry a line where a list is
long, a trailing comma there, no line over 120 columns (`eb --check-style`), long options
added up with `+=`. `easyblock` and `name` are plain texts, because EasyBuild looks for them
with a regular expression (framework/easyconfig/parser.py); no line of a text may look like
a section or like these two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stackbridge.ecosystems.easybuild.easyconfigs.layout import Comment, Layout
from stackbridge.ecosystems.easybuild.easyconfigs.terms import ROWS, Term
from stackbridge.errors import InputError

__all__ = ["render"]

WIDTH = 120
NARROW = 100  # of a list or mapping on one line
STEP = "    "
ONE_A_LINE = frozenset({"builddependencies", "dependencies", "exts_list", "patches", "components"})
OPEN = frozenset({"sanity_check_paths", "modextravars", "modextrapaths", "exts_default_options"})
"""Mappings which are always written one entry a line."""
DANGEROUS = re.compile(r"^\s*(easyblock|name)\s*(=|: )|^\[", re.MULTILINE)
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
KEYWORDS = frozenset({"True", "False", "None"})

Comments = Mapping[tuple[str, tuple[str | int, ...]], tuple[str, ...]]


def render(layout: Layout) -> str:
    """The file's text, ending in a line feed.

    Raises InputError for a term that can't be written.
    """
    comments = {(c.side, c.path): _safe(c) for c in layout.comments}
    blocks = []
    for group in layout.groups:
        lines: list[str] = []
        for parameter in group:
            lines += comments.get(("before", (parameter.name,)), ())
            try:
                lines += _Writer(parameter.name, comments).assignment(parameter.term)
            except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
                raise InputError(
                    f"the value of `{parameter.name}` can't be written: {error}",
                    hint="docs/easybuild.md says how values are written in a manifest",
                ) from error
            lines += comments.get(("after", (parameter.name,)), ())
        blocks.append("\n".join(lines))
    end = comments.get(("after", ()), ())
    if end:
        blocks.append("\n".join(end))
    return "\n\n".join(blocks) + "\n"


def _safe(comment: Comment) -> tuple[str, ...]:
    """Lines which are comments and nothing else, whatever they hold."""
    return tuple(
        "".join(c if c.isprintable() or c == "\t" else " " for c in line)
        if line.startswith("#") or not line
        else "# " + "".join(c if c.isprintable() else " " for c in line)
        for line in comment.lines
    )


class _Writer:
    """Writes one parameter; knows the comments within it."""

    def __init__(self, name: str, comments: Comments, width: int = WIDTH) -> None:
        if not PARAMETER.fullmatch(name) or name in KEYWORDS:
            raise InputError(f"`{name[:60]}` can't be the name of a parameter")
        self.name = name
        self.width = width
        self.comments = comments
        self.commented = {path for _, path in comments if path[:1] == (name,) and len(path) > 1}
        self.opened = {path for side, path in comments if side == "opening"}

    def assignment(self, term: Term) -> list[str]:
        beside = self.comments.get(("beside", (self.name,)))
        lines = self.lines_of(term)
        if beside and len(lines[-1]) + len(" ".join(beside)) + 2 <= self.width:
            lines[-1] += "  " + " ".join(beside)
        elif beside:
            lines = [*beside, *lines]
        return lines

    def lines_of(self, term: Term) -> list[str]:
        head = f"{self.name} = "
        if isinstance(term, dict) and set(term) == {"architecture"}:
            return self.by_architecture(term["architecture"])
        if isinstance(term, str):
            return self.text_lines(head, term)
        if isinstance(term, dict) and set(term) == {"sum"}:
            return self.sum_lines(head, term["sum"])
        lines = self.block(term, (self.name,), len(head))
        return [head + lines[0], *lines[1:]]

    def by_architecture(self, cases: Mapping[str, Term]) -> list[str]:
        """What most architectures have first, then an `if` for the others."""
        lines = self.lines_of(cases["otherwise"]) if "otherwise" in cases else []
        groups: list[tuple[Term, list[str]]] = []
        for architecture, term in cases.items():
            if architecture == "otherwise":
                continue
            same = next((names for other, names in groups if other == term), None)
            if same is None:
                groups.append((term, [architecture]))
            else:
                same.append(architecture)
        for term, names in groups:
            added = _added(cases.get("otherwise"), term)
            inner = _Writer(self.name, {}, WIDTH - len(STEP)).lines_of(
                term if added is None else added
            )
            if added is not None:
                inner[0] = inner[0].replace(" = ", " += ", 1)
            words = [quoted(name) for name in names]
            test = f"== {words[0]}" if len(words) == 1 else f"in ({', '.join(words)})"
            lines.append(f"if ARCH {test}:")
            lines += [STEP + line if line else line for line in inner]
        if not lines:
            raise InputError(f"`{self.name}` has no value for any architecture")
        return lines

    # --- texts ----------------------------------------------------------------------------

    def text_lines(self, head: str, text: str) -> list[str]:
        """A parameter whose value is one text."""
        if self.name in ("easyblock", "name"):
            return [head + quoted(text)]
        if "\n" in text:
            block = triple(text, len(head))
            if block is not None:
                return (head + block).split("\n")
        one = quoted(text)
        if len(head) + len(one) <= self.width:
            return [head + one]
        pieces = list(cut(text, self.width - len(head) - 6))
        if self.name.endswith("opts") and "\n" not in text:
            lines = [head + quoted(pieces[0])]
            return lines + [f"{self.name} += {quoted(piece)}" for piece in pieces[1:]]
        return [head + "(", *(STEP + quoted(piece) for piece in pieces), ")"]

    def sum_lines(self, head: str, parts: list[Term]) -> list[str]:
        """A sum of texts, on one line or one summand a line."""
        words = [self.summand(part) for part in parts]
        one = head + " + ".join(words)
        if len(one) <= self.width and "\n" not in one:
            return [one]
        lines = []
        for index, part in enumerate(parts):
            start = head if index == 0 else f"{self.name} += "
            if isinstance(part, str):
                lines += self.text_lines(start, part)
            else:
                lines.append(start + words[index])
        return lines

    # --- everything else ------------------------------------------------------------------

    def block(self, term: Term, path: tuple[str | int, ...], column: int) -> list[str]:
        """The lines of a term; the first one stands behind `column` characters."""
        depth = len(path) - 1
        row = isinstance(term, list) and depth == 1 and path[0] in ROWS
        simple = not self.has_comments(path)
        if simple and not self.spread(term, path):
            one = self.row(term) if row else self.word(term, rows=path[0] in ROWS and depth == 0)
            limit = self.width if depth == 0 and not isinstance(term, (list, dict)) else NARROW
            if (
                column + len(one) + 1 <= (self.width if _is_short(term) else limit)
                and "\n" not in one
            ):
                return [one]
        if isinstance(term, str):
            return self.long_text(term, column, len(STEP) * len(path))
        if isinstance(term, list):
            return self.sequence(term, path, column, "()" if row else "[]")
        if isinstance(term, dict):
            keys = set(term)
            if keys == {"tuple"}:
                return self.sequence(term["tuple"], path, column, "()")
            if keys == {"list"}:
                return self.sequence(term["list"], path, column, "[]")
            if keys == {"set"}:
                return self.sequence(term["set"], path, column, "{}")
            if keys == {"pairs"}:
                return self.mapping([(k, v) for k, v in term["pairs"]], path, column)
            if keys == {"format", "with"} and isinstance(term["format"], str):
                return self.long_format(term)
            if not keys & {"constant", "sum", "architecture"}:
                return self.mapping(list(term.items()), path, column)
            if keys == {"sum"}:
                room = self.width - len(STEP) * (len(path) + 1)
                words = [
                    self.summand(piece)
                    for part in term["sum"]
                    for piece in (cut(part, room) if isinstance(part, str) else [part])
                ]
                return ["(", STEP + words[0], *(f"{STEP}+ {word}" for word in words[1:]), ")"]
        return [self.word(term)]

    def has_comments(self, path: tuple[str | int, ...]) -> bool:
        length = len(path)
        return path in self.opened or any(
            len(found) > length and found[:length] == path for found in self.commented
        )

    def spread(self, term: Term, path: tuple[str | int, ...]) -> bool:
        """Whether convention wants one entry a line even where it would fit."""
        if len(path) != 1:
            return False
        if isinstance(term, list):
            if self.name in ONE_A_LINE:
                return len(term) > 1
            if self.name in ("checksums", "sources", "source_urls"):
                return len(term) > 1
        return isinstance(term, dict) and self.name in OPEN and len(term) > 1

    def sequence(
        self, items: list[Term], path: tuple[str | int, ...], column: int, brackets: str
    ) -> list[str]:
        """A list or tuple: hugging its last mapping, or one entry a line."""
        if not items and not self.has_comments(path):
            return [brackets if brackets != "{}" else "set()"]
        last = items[-1] if items else None
        hugs = (
            brackets == "()"
            and isinstance(last, dict)
            and not set(last) & {"constant", "format", "sum", "tuple", "list", "set", "pairs"}
            and all(isinstance(item, (str, int, float)) for item in items[:-1])
            and len(items) > 1
            and path not in self.opened
            and not any(("before", (*path, n)) in self.comments for n in range(len(items)))
            and ("after", (*path, len(items) - 1)) not in self.comments
        )
        if hugs:
            assert isinstance(last, dict)
            head = brackets[0] + "".join(self.word(item) + ", " for item in items[:-1])
            inner = self.mapping(list(last.items()), (*path, len(items) - 1), column)
            if column + len(head) + 1 <= self.width and all(
                ("\n" not in line) for line in inner[:1]
            ):
                return [head + inner[0], *inner[1:-1], inner[-1] + brackets[1]]
        return self.entries([("", item, index) for index, item in enumerate(items)], path, brackets)

    def mapping(
        self, pairs: list[tuple[Term, Term]], path: tuple[str | int, ...], column: int
    ) -> list[str]:
        if not pairs and not self.has_comments(path):
            return ["{}"]
        del column
        found: list[tuple[str, Term, str | int]] = []
        for index, (key, value) in enumerate(pairs):
            step = key if isinstance(key, str) else index
            found.append((self.word(key) + ": ", value, step))
        # A checksum's file name and sum on one line where both fit, else below each other.
        lone = len(found) == 1 and isinstance(found[0][1], str) and isinstance(path[-1], int)
        if lone and not self.has_comments(path):
            prefix, value, _ = found[0]
            return ["{" + prefix.rstrip(), " " + quoted(str(value)) + "}"]
        return self.entries(found, path, "{}")

    def entries(
        self,
        items: list[tuple[str, Term, str | int]],
        path: tuple[str | int, ...],
        brackets: str,
    ) -> list[str]:
        opening = self.comments.get(("opening", path))
        lines = [brackets[0] + ("  " + " ".join(opening) if opening else "")]
        lines += [STEP + line for line in self.comments.get(("after", path), ()) if not items]
        for prefix, item, step in items:
            inner_path = (*path, step)
            lines += [
                STEP + line if line else ""
                for line in self.comments.get(("before", inner_path), ())
            ]
            inner = self.block(item, inner_path, len(STEP) * len(path) + len(prefix))
            inner = [prefix + inner[0], *inner[1:]]
            inner[-1] += ","
            beside = self.comments.get(("beside", inner_path), ())
            if len(STEP) * len(path) + len(inner[-1]) + len(" ".join(beside)) + 2 > self.width:
                lines += [STEP + line for line in beside]
            elif beside:
                inner[-1] += "  " + " ".join(beside)
            lines += [STEP + line for line in inner]
            lines += [
                STEP + line if line else "" for line in self.comments.get(("after", inner_path), ())
            ]
        return [*lines, brackets[1]]

    def long_text(self, text: str, column: int, indent: int) -> list[str]:
        """A text that does not fit behind its key: in brackets, below it."""
        if column + len(quoted(text)) + 2 <= self.width:
            return [quoted(text)]
        pieces = cut(text, self.width - indent - len(STEP))
        return ["(", *(STEP + quoted(piece) for piece in pieces), ")"]

    def long_format(self, term: Mapping[str, Any]) -> list[str]:
        words = ", ".join(self.word(part) for part in term["with"])
        words = f"({words})" if len(term["with"]) != 1 else words
        pieces = list(cut(term["format"], NARROW - 20))
        return ["(", *(STEP + quoted(piece) for piece in pieces), f") % {words}"]

    def word(self, term: Term, *, rows: bool = False) -> str:
        """A term on one line."""
        if isinstance(term, str):
            return quoted(term)
        if term is None or isinstance(term, (bool, int, float)):
            return repr(term)
        if isinstance(term, list):
            if rows:
                return "[" + ", ".join(map(self.row, term)) + "]"
            return "[" + ", ".join(map(self.word, term)) + "]"
        if not isinstance(term, dict):
            raise InputError(f"`{self.name}`: a {type(term).__name__} can't be written")
        keys = set(term)
        if keys == {"constant"}:
            if not isinstance(term["constant"], str) or not CONSTANT.fullmatch(term["constant"]):
                raise InputError(f"`{self.name}`: {term['constant']!r} is not a constant's name")
            return term["constant"]
        if keys == {"format", "with"}:
            words = ", ".join(map(self.word, term["with"]))
            return (
                quoted(term["format"]) + " % " + (f"({words})" if len(term["with"]) != 1 else words)
            )
        if keys == {"sum"}:
            return " + ".join(map(self.summand, term["sum"]))
        if keys == {"tuple"}:
            return self.row(term["tuple"])
        if keys == {"list"}:
            return "[" + ", ".join(map(self.word, term["list"])) + "]"
        if keys == {"set"}:
            return "{" + ", ".join(map(self.word, term["set"])) + "}" if term["set"] else "set()"
        if keys == {"pairs"}:
            return (
                "{" + ", ".join(f"{self.word(k)}: {self.word(v)}" for k, v in term["pairs"]) + "}"
            )
        return "{" + ", ".join(f"{quoted(str(k))}: {self.word(v)}" for k, v in term.items()) + "}"

    def summand(self, term: Term) -> str:
        """Only texts are added up."""
        if not isinstance(term, str) and not (
            isinstance(term, dict) and set(term) in ({"constant"}, {"format", "with"})
        ):
            raise InputError(f"`{self.name}`: only texts and constants can be added up")
        return self.word(term)

    def row(self, item: Term) -> str:
        """An entry of a list of tuples."""
        if not isinstance(item, list):
            return self.word(item)
        inner = ", ".join(map(self.word, item))
        return f"({inner},)" if len(item) == 1 else f"({inner})"


def _added(base: Term, term: Term) -> Term | None:
    """What was added to a list or text, where one begins with the other."""
    for kind in (list, str):
        if isinstance(base, kind) and isinstance(term, kind) and base and term[: len(base)] == base:
            return term[len(base) :]
    return None


def _is_short(term: Term) -> bool:
    return isinstance(term, (str, int, float, type(None))) or (
        isinstance(term, dict) and bool(set(term) & {"constant", "format"})
    )


def quoted(text: str) -> str:
    """A text as a Python literal on one line, in single quotes where that needs no escapes."""
    if not isinstance(text, str):
        raise InputError(f"{text!r} is not text")
    found = repr(text)
    if "'" in text and '"' in text:
        body = text.replace("\\", "\\\\").replace('"', '\\"')
        if text.isprintable():
            return f'"{body}"'
    return found


def triple(text: str, column: int) -> str | None:
    """A text in three quotes with its line feeds as they are, or None where that is unsafe."""
    lines = text.split("\n")
    if (
        any(not (c.isprintable() or c == "\n") for c in text)
        or DANGEROUS.search(text.partition("\n")[2])
        or len(lines[0]) + column + 3 > WIDTH
        or any(len(line) > WIDTH - 3 or line != line.rstrip() for line in lines[:-1])
        or len(lines[-1]) > WIDTH - 3
    ):
        return None
    body = text.replace("\\", "\\\\")
    inner = body.rstrip('"')
    body = inner.replace('"""', '\\"\\"\\"') + '\\"' * (len(body) - len(inner))
    return f'"""{body}"""'


def cut(text: str, width: int) -> Iterator[str]:
    """Pieces which together are the text: after a line feed, at a blank, or anywhere."""
    rest = text
    while rest:
        feed = rest.find("\n")
        limit = width - (len(quoted(rest[:width])) - len(rest[:width]) - 2)
        limit = max(10, limit)
        if 0 <= feed < limit:
            yield rest[: feed + 1]
            rest = rest[feed + 1 :]
            continue
        if len(rest) <= limit:
            yield rest
            return
        blank = rest.rfind(" ", 1, limit)
        end = blank + 1 if blank > limit // 3 else limit
        yield rest[:end]
        rest = rest[end:]
    if not text:
        yield ""
