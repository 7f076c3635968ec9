"""Text of a package.py -> syntax tree, with what the reading does not need left out.

Most of a package.py is methods, which only a build runs, and directives whose arguments are
plain literals. Both are cut out of the text before Python's parser sees it: a method's body
becomes `...` or, where it has no decorator, the whole method `0`; so does a run of literal
directives. `Source` keeps what was cut, by line,
and gives it back on demand. Cutting goes by lines and is checked against the tree; whenever
a cut may have hit anything else (a text in quotes, an unfinished bracket), the whole text is
parsed instead. A syntax error inside a method's body can so go unseen.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["LITERAL_DIRECTIVES", "MAX_SIZE", "Method", "Source", "literal_calls", "parse"]

MAX_SIZE = 4_000_000
"""Characters of one file; Spack's largest has 120,000."""

LITERAL_DIRECTIVES = (
    "version",
    "depends_on",
    "conflicts",
    "license",
    "maintainers",
    "provides",
    "extends",
    "variant",
    "patch",
    "requires",
)

_STRING = r'"[^"\\\n]*"'
_TUPLE = rf"\({_STRING}(?:, ?{_STRING})*,?\)"
_ARGUMENT = rf"(?:[a-z]\w*=)?(?:{_STRING}|True|False|None|[0-9]{{1,9}}(?![\w.])|{_TUPLE})"
_CALL = rf"(?:{'|'.join(LITERAL_DIRECTIVES)})\(\s*{_ARGUMENT}(?:,\s*{_ARGUMENT})*,?\s*\)"
_END = r"[ \t]*(?:#[^\n]*)?\n"
_RUN = rf"(?P<indent>(?: {{4}}){{1,3}}){_CALL}{_END}(?:(?P=indent){_CALL}{_END}|{_END})*"
_HEADER = r" {4}def (?P<name>\w+)\((?:[^\n]*|\n(?: {8}[^\n]*\n)+ {4}\)[^\n]*):[ \t]*\n"
_BODY = r"(?: {5,}[^\n]*\n|[ \t]*\n|[ \t]*#[^\n]*\n)*"
_CUT = re.compile(rf"^(?:{_HEADER}(?P<body>{_BODY})|{_RUN})", re.MULTILINE)
_TOKEN = re.compile(
    r'#[^\n]*|"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\''
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|"""|\'\'\'',
    re.DOTALL,
)
_ONE_CALL = re.compile(
    rf"#[^\n]*|({'|'.join(LITERAL_DIRECTIVES)})\(((?:{_STRING}|{_TUPLE}|[^()\"])*)\)"
)
_ONE_ARGUMENT = re.compile(
    rf"(?:([a-z]\w*)=)?(?:\"([^\"\\\n]*)\"|(True|False|None)|([0-9]+)|({_TUPLE}))"
)
_WORDS = {"True": True, "False": False, "None": None}


@dataclass(frozen=True, slots=True)
class Method:
    """A method that was cut: where its whole text stands in the file's text."""

    name: str
    start: int
    end: int
    line: int


@dataclass(slots=True)
class Source:
    """One file: its statements, and what was cut, by line (from 1)."""

    text: str
    body: list[ast.stmt]
    methods: dict[int, Method] = field(default_factory=dict)
    runs: dict[int, str] = field(default_factory=dict)

    def method(self, line: int) -> ast.FunctionDef | None:
        """The whole method that begins on that line; None where its body was not cut.

        Raises SyntaxError where the body is not Python.
        """
        cut = self.methods.get(line)
        if cut is None:
            return None
        wrapped = f"class _:\n{self.text[cut.start : cut.end]}"
        tree = ast.parse(wrapped)
        holder = tree.body[0]
        assert isinstance(holder, ast.ClassDef)
        found = holder.body[0]
        ast.increment_lineno(found, cut.line - found.lineno)
        return found if isinstance(found, ast.FunctionDef) else None


def _balanced(body: str) -> bool:
    """Whether texts in triple quotes all end inside the body, and no line is continued out."""
    if body.rstrip(" \t\n").endswith("\\"):
        return False
    if '"""' in body or "'''" in body:
        return not any(token in ('"""', "'''") for token in _TOKEN.findall(body))
    return True


def _cut(text: str) -> tuple[str, dict[int, Method], dict[int, str]]:
    """The shortened text with the same lines, the methods and the runs that were cut."""
    methods: dict[int, Method] = {}
    runs: dict[int, str] = {}
    pieces: list[str] = []
    done = 0
    line = 1
    for match in _CUT.finditer(text):
        start, end = match.span()
        name = match["name"]
        if name is not None and not _balanced(match["body"]):
            continue
        line += text.count("\n", done, start)
        pieces.append(text[done:start])
        lines = text.count("\n", start, end)
        if name is not None:
            methods[line] = Method(name, start, end, line)
            # after an empty line no decorator stands above
            plain = text.startswith("\n\n", start - 2)
            pieces.append(("    0" if plain else f"    def {name}(): ...") + "\n" * lines)
        else:
            runs[line] = match[0]
            pieces.append(match["indent"] + "0" + "\n" * lines)
        line += lines
        done = end
    pieces.append(text[done:])
    return "".join(pieces), methods, runs


def _found(body: list[ast.stmt], methods: set[int], runs: set[int], inside: bool) -> None:
    """Strike out the cuts which stand in the tree as what they were taken for."""
    for node in body:
        kind = type(node)
        if kind is ast.Expr:
            value = node.value  # type: ignore[attr-defined]
            if inside and type(value) is ast.Constant and value.value == 0:
                runs.discard(node.lineno)
                methods.discard(node.lineno)
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            if inside:
                methods.discard(node.lineno)
        elif kind is ast.ClassDef:
            _found(node.body, methods, runs, True)  # type: ignore[attr-defined]
        elif kind is ast.With or kind is ast.For or kind is ast.If:
            _found(node.body, methods, runs, inside)  # type: ignore[attr-defined]
            if kind is not ast.With:
                _found(node.orelse, methods, runs, inside)  # type: ignore[attr-defined]


def parse(text: str) -> Source:
    """Read a file's text. Raises SyntaxError, RecursionError or MemoryError as Python does."""
    if len(text) > MAX_SIZE:
        raise SyntaxError(f"the file has more than {MAX_SIZE} characters")
    if "\x00" in text:
        raise SyntaxError("the file holds a null character")
    if "class " in text and "\t" not in text and "\r" not in text and "\f" not in text:
        short, methods, runs = _cut(text)
        if methods or runs:
            try:
                tree = ast.parse(short)
            except SyntaxError:
                pass
            else:
                lines, starts = set(methods), set(runs)
                _found(tree.body, lines, starts, False)
                if not lines and not starts:
                    return Source(text, tree.body, methods, runs)
    return Source(text, ast.parse(text).body)


def literal_calls(run: str, line: int) -> list[tuple[str, list[Any], dict[str, Any], int]]:
    """The directives of a run that begins on that line: name, arguments, keywords, line."""
    calls = []
    done = 0
    for match in _ONE_CALL.finditer(run):
        if match[1] is None:
            continue
        line += run.count("\n", done, match.start())
        done = match.start()
        arguments: list[Any] = []
        keywords: dict[str, Any] = {}
        for key, text, word, number, values in _ONE_ARGUMENT.findall(match[2]):
            value: Any
            if values:
                parts = re.findall(r'"([^"]*)"', values)
                value = parts[0] if len(parts) == 1 and not values.endswith(",)") else tuple(parts)
            elif word:
                value = _WORDS[word]
            elif number:
                value = int(number)
            else:
                value = text
            if key:
                keywords[key] = value
            else:
                arguments.append(value)
        calls.append((match[1], arguments, keywords, line))
    return calls
