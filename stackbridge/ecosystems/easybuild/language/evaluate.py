"""An easyconfig's text -> the values EasyBuild would see, without running it.

`evaluate` walks the syntax tree (`statements`, `expressions`); it never calls `exec`,
`eval` or `import` on the input. Values equal those of EasyBuild's own parse, its type
conversions included (`conversion`), with parameters under their usual names. Constants
that depend on the machine come from the architecture asked for and a declared mapping;
environment variables from a mapping as well.

Three outcomes, never confused: an `InputError` where EasyBuild fails too (syntax, an
undefined name, a wrong type), a notice where a construct is outside of what is evaluated
(the parameter is then absent, never guessed), and the values.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from stackbridge.ecosystems.easybuild.language.budget import (
    MAX_BYTES,
    MAX_STEPS,
    BudgetError,
    count,
)
from stackbridge.ecosystems.easybuild.language.constants import (
    PARAMETER_ALTERNATIVES,
    constants_for,
)
from stackbridge.ecosystems.easybuild.language.conversion import CONVERTED, convert
from stackbridge.ecosystems.easybuild.language.functions import (
    Environ,
    Function,
    LooseVersion,
    Module,
    UnsupportedError,
)
from stackbridge.ecosystems.easybuild.language.state import MissingError, Run, Unknown
from stackbridge.ecosystems.easybuild.language.statements import execute
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place

__all__ = ["MANDATORY", "Evaluated", "decode", "evaluate", "is_local"]

MANDATORY = ("version", "name", "toolchain", "homepage", "description")

_MOST = 100  # notices of one kind from one file

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What one easyconfig says.

    `values` holds every name the file leaves behind (parameters by their usual names, and
    local variables); `lines` the line (from 1) of the last assignment of each, `written`
    the spelling that was used where it is not the usual one. `constants` and `variables`
    are the constants and environment variables that were used; `unknown` the names that
    could not be evaluated. `cut` is the line from which EasyBuild ignores the file.
    """

    values: dict[str, Any]
    notices: tuple[Notice, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    constants: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    cut: int | None = None
    file: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The values without local variables."""
        return {name: value for name, value in self.values.items() if not is_local(name)}

    def line(self, name: str) -> int | None:
        """Where that parameter is set."""
        return self.lines.get(name)


def is_local(name: str) -> bool:
    """Is that the name of a local variable: `local_*`, `_*`, or one letter?"""
    return name.startswith(("local_", "_")) or len(name) == 1


def decode(data: bytes, file: str | None = None) -> str:
    """A file's bytes as text with plain line feeds; InputError for what can't be one."""
    if len(data) > MAX_BYTES:
        raise InputError(
            f"the file has {len(data):,} bytes; an easyconfig may have {MAX_BYTES:,}",
            file=file,
            hint="the longest one of EasyBuild's release has 158,412",
        )
    if b"\0" in data:
        raise InputError("this is a binary file, not an easyconfig", file=file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte {data[error.start]:#04x} is not UTF-8",
            file=file,
            line=line,
            hint="save the file as UTF-8",
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


# EasyBuild takes such a line as the beginning of a section of its never used format 2
# (framework/easyconfig/format/pyheaderconfigobj.py), and ignores what follows.
_SECTION = re.compile(
    r"""^((?:\[\s*)+)((?:"\s*\S.*?\s*")|(?:'\s*\S.*?\s*')|(?:[^'"\s].*?))((?:\s*\])+)\s*(\#.*)?$""",
    re.MULTILINE,
)
_SECTION_LENGTH, _SECTIONS = 400, 500  # longest marker, most lines that may be one


def _section(text: str) -> int | None:
    """Where the first section begins."""
    start = 0 if text.startswith("[") else text.find("\n[") + 1
    for _ in range(_SECTIONS):
        match = _SECTION.match(text, start, start + _SECTION_LENGTH)
        if match is not None and text[match.end() : match.end() + 1] in ("", "\n"):
            return start
        start = text.find("\n[", start) + 1
        if not start:
            return None
    return None


_FORMAT = re.compile(r"^#\s+EASYCONFIGFORMAT\s+(?P<major>\d+)\.(?P<minor>\d+)\s*$", re.MULTILINE)


def parse(text: str, file: str | None = None) -> ast.Module:
    """The syntax tree; InputError with line and column where there is none."""
    if len(text) > MAX_BYTES:
        raise InputError(f"the text has {len(text):,} characters", file=file)
    try:
        return ast.parse(text)
    except SyntaxError as error:
        column = error.offset if error.offset and error.offset > 0 else None
        raise InputError(
            f"syntax error: {error.msg}", file=file, line=error.lineno, column=column,
            hint=_syntax_hint(error),
        ) from None  # fmt: skip
    except (ValueError, RecursionError, MemoryError) as error:
        reason = "null bytes" if isinstance(error, ValueError) else "it is nested too deeply"
        raise InputError(f"this can't be parsed: {reason}", file=file) from None


def _parse_cut(text: str, file: str | None, cut: int | None) -> ast.Module:
    try:
        return parse(text, file)
    except InputError as error:
        if cut is not None:
            error.hint = (
                f"EasyBuild takes line {cut} as the beginning of a section and ignores the rest: "
                "indent it"
            )
        raise


def _syntax_hint(error: SyntaxError) -> str | None:
    message = error.msg or ""
    if "unterminated" in message and "string" in message:
        return "a quote is missing; texts of several lines want three quotes"
    if "never closed" in message:
        return "a closing bracket is missing"
    if "comma" in message:
        return "entries of a list are separated by commas"
    return None


def evaluate(
    text: str,
    file: str | None = None,
    *,
    architecture: str = "x86_64",
    environment: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
) -> Evaluated:
    """The values of an easyconfig.

    `architecture` decides `ARCH`; `constants` overrides single constants (`HOME`);
    `environment` answers `os.getenv` and `os.environ`. Raises InputError with file, line
    and reason where EasyBuild itself could not read the file.
    """
    known = constants_for(architecture)
    if constants:
        known = {**known, **constants}
    cut = None
    if "[" in text and ("\n[" in text or text.startswith("[")):
        start = _section(text)
        if start is not None:
            cut = text.count("\n", 0, start) + 1
            text = text[:start]
    if "EASYCONFIGFORMAT" in text:
        stated = _FORMAT.search(text)
        if stated is not None and stated["major"] != "1":
            raise InputError(
                f"the easyconfig format {stated['major']}.{stated['minor']} is not in use",
                file=file,
                line=text.count("\n", 0, stated.start()) + 1,
                hint="leave the EASYCONFIGFORMAT line out",
            )
    if "\\" in text:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in texts are for the style check
            tree = _parse_cut(text, file, cut)
    else:
        tree = _parse_cut(text, file, cut)
    run = Run(known, environment if environment is not None else _NO_VARIABLES)
    notices: list[Notice] = []

    def report(node: ast.stmt, error: UnsupportedError, names: tuple[str, ...]) -> None:
        if len(notices) >= _MOST:
            return
        why = f"{error} is not evaluated"
        if error.root != str(error):
            why = f"it needs {error} ({error.root} is not evaluated)"
        notices.append(
            Notice(
                code=Code.EVALUATION_INCOMPLETE,
                subject=", ".join(names[:5]) or type(node).__name__.lower(),
                what="not evaluated",
                why=why,
                where=Place(file=file, line=getattr(run.at, "lineno", node.lineno)),
            )
        )

    try:
        execute(run, tree.body, report)
        if run.mutated and count(run.names, MAX_STEPS) > MAX_STEPS:
            raise BudgetError("its values refer to themselves, or are too many")
    except RecursionError:
        raise InputError("expressions are nested too deeply", file=file) from None
    except BudgetError as error:
        raise InputError(
            f"the evaluation was stopped: {error}", file=file, line=_line(run)
        ) from None
    except MissingError as error:
        raise _missing(run, str(error), file) from None
    except InputError:
        raise
    except Exception as error:
        # Whatever Python itself raises (a wrong type, a missing key) is the file's error.
        raise _failed(run, error, file) from None
    return _result(run, tree, notices, file, cut)


def _line(run: Run) -> int | None:
    return getattr(run.at, "lineno", None)


def _missing(run: Run, name: str, file: str | None) -> InputError:
    import difflib

    names = [*run.names, *run.constants]
    near = difflib.get_close_matches(name[:100], names[-2000:], n=1)
    hint = f"did you mean `{near[0]}`?" if near else None
    return InputError(f"`{name}` is not defined", file=file, line=_line(run), hint=hint)


def _failed(run: Run, error: Exception, file: str | None) -> InputError:
    reason = f"no entry {error}" if isinstance(error, KeyError) else str(error)
    hint = None
    if run.unset:
        hint = f"no value is declared for the variable {', '.join(sorted(run.unset))}"
    elif "ARCH" in run.used and isinstance(error, KeyError):
        hint = f"the file does not know the architecture {run.constants['ARCH']}"
    return InputError(f"{type(error).__name__}: {reason}", file=file, line=_line(run), hint=hint)


def _result(
    run: Run, tree: ast.Module, notices: list[Notice], file: str | None, cut: int | None
) -> Evaluated:
    lines: dict[str, int] = {}
    for node in tree.body:
        if type(node) is ast.Assign:
            target = node.targets[0]
            if type(target) is ast.Name and len(node.targets) == 1:
                lines[target.id] = node.lineno
                continue
        if not isinstance(node, ast.Expr):
            _note_lines(node, lines)
    values: dict[str, Any] = {}
    written: dict[str, str] = {}
    unknown: list[str] = []
    constants = run.constants
    for name, value in run.names.items():
        if name in constants or type(value) in _NOT_VALUES:
            if type(value) is Unknown:
                unknown.append(name)
            continue
        usual = PARAMETER_ALTERNATIVES.get(name)
        if usual is not None:
            written[usual] = name
            if name in lines:
                lines[usual] = lines.pop(name)
            name = usual
        if name in CONVERTED:
            try:
                value = convert(name, value)
            except TypeError as error:
                raise InputError(
                    f"`{name}` has a wrong type: {error}", file=file, line=lines.get(name)
                ) from None
        values[name] = value
    for name, line in run.host.items():
        notices.append(
            Notice(
                code=Code.HOST_VALUE_ASSUMED,
                subject=name,
                what=f"taken as {str(constants[name])!r}",
                why="its value is that of the machine EasyBuild runs on",
                where=Place(file=file, line=line),
            )
        )
    for name, line in run.unset.items():
        notices.append(
            Notice(
                code=Code.HOST_VALUE_ASSUMED,
                subject=name,
                what="taken as not set",
                why="the file reads this environment variable and no value is declared for it",
                where=Place(file=file, line=line),
            )
        )
    if cut is not None:
        notices.append(
            Notice(
                code=Code.SETTING_IGNORED,
                subject="section",
                what=f"ignored from line {cut} on",
                why="EasyBuild takes a line `[word]` as the beginning of a section",
                where=Place(file=file, line=cut),
            )
        )
    return Evaluated(
        values=values,
        notices=tuple(notices),
        lines=lines,
        written=written,
        constants=frozenset(run.used),
        variables=frozenset(run.variables),
        unknown=tuple(unknown),
        cut=cut,
        file=file,
    )


_NOT_VALUES = frozenset({Unknown, Module, Function, Environ, LooseVersion})


def _note_lines(node: ast.stmt, lines: dict[str, int]) -> None:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            lines.setdefault(part.id, part.lineno)
