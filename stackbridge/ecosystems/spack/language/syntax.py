r"""Tokens of Spack's spec language (specfile version 5, Spack 1.x).

The grammar (EBNF; facts from `lib/spack/spack/spec_parser.py` of Spack 1.3)::

    spec        = node { edge node }
    node        = [ name ] { version | variant | key_value | hash }
    name        = "*" | identifier | identifier { "." identifier }   (namespace.name)
    edge        = sigil [ virtuals "=" ]                  the name follows without a blank
                | sigil "[" { property } "]" [ virtuals "=" ]
    sigil       = "^" | "%" | "%%"
    virtuals    = identifier { "," identifier }
    property    = ("deptypes" | "virtuals" | "when") "=" value
    version     = "@" ( git "=" plain | git | list )
    git         = "git." ref | 40 hexadecimal digits
    list        = item { "," item }
    item        = ["="] plain | [plain] ":" [plain]
    variant     = ("+" | "~" | "-" | "++" | "~~" | "--") key
    key_value   = key ("=" | ":=" | "==" | ":==") (value | quoted)
    hash        = "/" { letter | digit | "_" }

    identifier  = [A-Za-z0-9_] { [A-Za-z0-9_-] }
    key, plain  = [A-Za-z0-9_] { [A-Za-z0-9_.-] }
    value       = { [A-Za-z0-9_+*.,:=%^~/\-] }
    quoted      = "'" ... "'" | '"' ... '"'               the quote itself as \' or \"

Some keys are no variants: `arch`, `architecture`, `platform`, `os`, `operating_system`,
`target`, `namespace` and the six compiler flags. What follows a name after a sigil binds to
that name, until the next sigil; a `%` edge belongs to the last name after `^`, or to the
root. Alternatives are tried in the order below: an assignment after a sigil names virtuals,
elsewhere it is a variant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from stackbridge.errors import InputError

__all__ = ["FLAG_NAMES", "Kind", "Token", "split_flags", "split_key_value", "tokenize", "unquote"]

FLAG_NAMES = ("cflags", "cxxflags", "fflags", "ldflags", "ldlibs", "cppflags")

_IDENTIFIER = r"[a-zA-Z_0-9][a-zA-Z_0-9\-]*"
_DOTTED = rf"{_IDENTIFIER}(?:\.{_IDENTIFIER})+"
_KEY = r"[a-zA-Z_0-9][a-zA-Z_0-9\-.]*"
_GIT = r"(?:git\.[a-zA-Z_0-9][a-zA-Z_0-9./\-]*|[A-Fa-f0-9]{40})"
_ASSIGN = rf"{_IDENTIFIER}(?:,{_IDENTIFIER})*=(?:{_DOTTED}|{_IDENTIFIER})"
_VALUE = r"[a-zA-Z_0-9\-+\*.,:=%^\~\/\\]+"
_QUOTED = r"""(?:'(?:[^']|(?<=\\)')*'|"(?:[^"]|(?<=\\)")*")"""
_PLAIN = r"=?[a-zA-Z0-9_][a-zA-Z_0-9\-\.]*\b"
_RANGE = rf"(?:{_PLAIN})?:(?:{_PLAIN}(?!\s*=))?"
_LIST = rf"(?:{_RANGE}|{_PLAIN})(?:\s*,\s*(?:{_RANGE}|{_PLAIN}))*"


class Kind(str, Enum):
    """The kinds of tokens, in the order in which they are tried."""

    EDGE_START = "edge_start"
    EDGE_END = "edge_end"
    DEPENDENCY = "dependency"
    GIT_PAIR = "git_pair"
    GIT = "git"
    VERSION = "version"
    PROPAGATED_BOOL = "propagated_bool"
    BOOL = "bool"
    PROPAGATED_PAIR = "propagated_pair"
    PAIR = "pair"
    FILE = "file"
    DOTTED_NAME = "dotted_name"
    NAME = "name"
    HASH = "hash"
    BLANK = "blank"
    UNEXPECTED = "unexpected"


_PATTERNS: dict[Kind, str] = {
    Kind.EDGE_START: r"(?:\^|%%|%)\[",
    Kind.EDGE_END: rf"\](?:\s*{_ASSIGN})?",
    Kind.DEPENDENCY: rf"(?:\^|%%|%)(?:\s*{_ASSIGN})?",
    Kind.GIT_PAIR: rf"@{_GIT}={_PLAIN}",
    Kind.GIT: rf"@{_GIT}",
    Kind.VERSION: rf"@\s*{_LIST}",
    Kind.PROPAGATED_BOOL: rf"(?:\+\+|~~|--)\s*{_KEY}",
    Kind.BOOL: rf"[~+-]\s*{_KEY}",
    Kind.PROPAGATED_PAIR: rf"{_KEY}:?==(?:{_VALUE}|{_QUOTED})",
    Kind.PAIR: rf"{_KEY}:?=(?:{_VALUE}|{_QUOTED})",
    Kind.FILE: r"(?:\.|/|[a-zA-Z0-9-_]*/)[a-zA-Z0-9-_./]*(?:\.json|\.yaml)",
    Kind.DOTTED_NAME: _DOTTED,
    Kind.NAME: rf"{_IDENTIFIER}|\*",
    Kind.HASH: r"/[a-zA-Z_0-9]+",
    Kind.BLANK: r"\s+",
    Kind.UNEXPECTED: r"(?s:.)",
}
_TOKENS = re.compile("|".join(f"(?P<{kind.value}>{p})" for kind, p in _PATTERNS.items()))
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of text. `start` counts characters from 0."""

    kind: Kind
    text: str
    start: int


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of `text` without blanks.

    Raises `InputError` (its column counts within `text`, from 1) at a character which
    can't stand there.
    """
    for match in _TOKENS.finditer(text):
        kind = _KINDS[match.lastgroup or ""]
        if kind is Kind.BLANK:
            continue
        if kind is Kind.UNEXPECTED:
            raise InputError(
                f"unexpected `{_shown(match.group())}` in the spec `{_shown(text)}`",
                column=match.start() + 1,
                hint=_hint(text[match.start() : match.start() + 2]),
            )
        yield Token(kind=kind, text=match.group(), start=match.start())


def _shown(text: str) -> str:
    """`text` for a message: one line, not too long, no control characters."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return plain if len(plain) <= 120 else plain[:117] + "..."


def _hint(character: str) -> str:
    """What may help; `character` is the wrong one and the one after it."""
    if "$" in character or "{" in character or character[:1] == "}":
        return "Spack does not substitute variables in specs; write the value itself"
    if character[:1] in "'\"":
        return "quotes stand around a whole value: name='a value'"
    if character[:1] in "@:":
        return "a version is written @1.2, @=1.2, @1.2: or @1.2:1.4"
    return "values with other characters must be quoted: name='a value'"


def split_key_value(text: str) -> tuple[str, str, bool, bool]:
    """A pair's key, its bare value, whether it is exact (`:=`), whether propagated (`==`).

    Spack cuts at the first `=`; a propagated pair's value follows the `==`.
    """
    key, _, value = text.partition("=")
    propagated = value.startswith("=")
    if propagated:
        value = value[1:]
    exactly = key.endswith(":")
    return key.removesuffix(":"), unquote(value), exactly, propagated


_STRIP = re.compile(r"^(['\"])(.*)\1$", re.DOTALL)


def unquote(text: str) -> str:
    """The value without the quotes around it, and escaped quotes bare."""
    match = _STRIP.match(text)
    if match is None:
        return text
    quote, inner = match.groups()
    return inner.replace("\\" + quote, quote)


def split_flags(text: str) -> list[str]:
    """The single flags; a word without `-` belongs to the flag before it."""
    flags: list[str] = []
    for word in text.split():
        if flags and not word.startswith("-"):
            flags[-1] += " " + word
        else:
            flags.append(word)
    return flags
