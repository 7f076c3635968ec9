"""Terms: the values of an easyconfig as plain data which a person reads and edits.

A term is text, number, boolean, null, list or mapping, as YAML and JSON have them. What
Python knows besides stands in a mapping with one of the keys in `SPECIAL`:

    {"constant": "SYSTEM"}                              a constant of the language
    {"format": "lib/libz.%s", "with": [TERM, ...]}      '...' % (...)
    {"sum": [TERM, ...]}                                A + B
    {"tuple": [...]}  {"list": [...]}  {"set": [...]}   where the other one is usual
    {"pairs": [[KEY, VALUE], ...]}                      a dict whose keys are not plain texts
    {"architecture": {"aarch64": TERM, "otherwise": TERM}}   depends on ARCH

In the parameters named by `ROWS` (dependencies, extensions, ...) the entries of the list
are tuples without saying so. Templates such as %(version)s stay as they are in texts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

__all__ = ["ROWS", "SPECIAL", "NotPlainError", "Term", "literal", "structural", "value_of"]

Term: TypeAlias = Any

SPECIAL = frozenset({"constant", "format", "sum", "tuple", "list", "set", "pairs", "architecture"})

ROWS = frozenset(
    {
        "builddependencies",
        "components",
        "crates",
        "dependencies",
        "exts_list",
        "hiddendependencies",
        "multi_deps",
        "patches",
        "source_urls",
    }
)
"""Parameters whose value is a list of tuples; other entries say what they are."""


class NotPlainError(Exception):
    """An expression that has no term; its value must stand in for it."""


# --- a value -> its term -----------------------------------------------------------------


def literal(value: Any, *, rows: bool = False) -> Term:
    """The term of a value. `rows`: the entries of this list are tuples by default."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return [_row(item) if rows else literal(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [literal(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        # The evaluator's sets remember the order of the text; others have none to keep.
        ordered = value if type(value) not in (set, frozenset) else sorted(value, key=repr)
        return {"set": [literal(item) for item in ordered]}
    if isinstance(value, dict):
        return _mapping([(literal(k), literal(v)) for k, v in value.items()])
    raise NotPlainError(type(value).__name__)


def _row(item: Any) -> Term:
    if isinstance(item, tuple):
        return [literal(part) for part in item]
    if isinstance(item, list):
        return {"list": [literal(part) for part in item]}
    return literal(item)


def _mapping(pairs: list[tuple[Term, Term]]) -> Term:
    plain = all(isinstance(key, str) for key, _ in pairs) and len({k for k, _ in pairs}) == len(
        pairs
    )
    if plain and not (len(pairs) <= 2 and {str(key) for key, _ in pairs} & SPECIAL):
        return dict(pairs)
    return {"pairs": [[key, value] for key, value in pairs]}


# --- an expression -> its term -----------------------------------------------------------


def structural(
    node: ast.expr,
    constants: Mapping[str, Any],
    names: Mapping[str, Term],
    evaluate: Callable[[ast.expr], Any],
    *,
    rows: bool = False,
) -> Term:
    """The term of an expression, with constants and formats kept as they are written.

    `names` are the terms of the file's own variables, `evaluate` answers what is neither.
    Raises NotPlainError where an expression has no term.
    """

    def term(part: ast.expr) -> Term:
        return structural(part, constants, names, evaluate)

    if isinstance(node, ast.Constant):
        if isinstance(node.value, (str, int, float, bool, type(None))):
            return node.value
        raise NotPlainError("constant")
    if isinstance(node, ast.Name):
        if node.id in names:
            return names[node.id]
        if node.id in constants:
            return {"constant": node.id}
        raise NotPlainError(node.id)
    if isinstance(node, ast.List) and not _starred(node):
        return [_row_term(item, term) if rows else term(item) for item in node.elts]
    if isinstance(node, ast.Tuple) and not _starred(node):
        return {"tuple": [term(item) for item in node.elts]}
    if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
        pairs = [(term(k), term(v)) for k, v in zip(node.keys, node.values, strict=True) if k]
        return _mapping(pairs)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        found = _format(term(node.left), _arguments(node.right, term))
        if found is not None:
            return found
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return add(term(node.left), term(node.right))
    if isinstance(node, ast.JoinedStr):
        return _joined(node, term)
    return literal(evaluate(node), rows=rows)


def _starred(node: ast.List | ast.Tuple) -> bool:
    return any(isinstance(item, ast.Starred) for item in node.elts)


def _row_term(item: ast.expr, term: Callable[[ast.expr], Term]) -> Term:
    found = term(item)
    if isinstance(found, dict) and set(found) == {"tuple"}:
        return found["tuple"]
    return {"list": found} if isinstance(found, list) else found


def _arguments(node: ast.expr, term: Callable[[ast.expr], Term]) -> list[Term]:
    if isinstance(node, ast.Tuple):
        return [term(item) for item in node.elts]
    return [term(node)]


def _format(left: Term, arguments: list[Term]) -> Term | None:
    if not isinstance(left, str):
        return None
    if all(isinstance(part, (str, int)) for part in arguments):
        try:
            return left % tuple(arguments)
        except (TypeError, ValueError):
            return None
    if any(not isinstance(part, (str, int)) and not _is_constant(part) for part in arguments):
        return None
    if left.replace("%%", "").replace("%s", "").count("%"):
        return None
    return {"format": left, "with": arguments}


def _is_constant(term: Term) -> bool:
    return isinstance(term, dict) and set(term) == {"constant"}


def _joined(node: ast.JoinedStr, term: Callable[[ast.expr], Term]) -> Term:
    text, arguments = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("%", "%%")
        elif (
            isinstance(part, ast.FormattedValue) and part.conversion == -1 and not part.format_spec
        ):
            arguments.append(term(part.value))
            text += "%s"
        else:
            raise NotPlainError("f-string")
    if not arguments:
        return text.replace("%%", "%")
    found = _format(text, arguments)
    if found is None:
        raise NotPlainError("f-string")
    return found


def add(left: Term, right: Term) -> Term:
    """The term of a sum; texts and lists are joined at once."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    if isinstance(left, dict) and isinstance(right, dict) and set(left) == set(right) == {"tuple"}:
        return {"tuple": left["tuple"] + right["tuple"]}
    parts: list[Term] = []
    for part in (left, right):
        if isinstance(part, dict) and set(part) == {"sum"}:
            parts += part["sum"]
        elif isinstance(part, str) or _is_text(part):
            parts.append(part)
        else:
            raise NotPlainError("sum")
    joined: list[Term] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return {"sum": joined}


def _is_text(term: Term) -> bool:
    return isinstance(term, dict) and set(term) in ({"constant"}, {"format", "with"}, {"sum"})


# --- a term -> its value -----------------------------------------------------------------


def value_of(term: Term, constants: Mapping[str, Any], *, rows: bool = False) -> Any:
    """The value which Python would compute for a term.

    Raises KeyError for an unknown constant or architecture, TypeError and ValueError for a
    term that makes no sense.
    """
    if isinstance(term, list):
        if rows:
            return [_row_value(item, constants) for item in term]
        return [value_of(item, constants) for item in term]
    if not isinstance(term, dict):
        return term
    keys = set(term)
    if keys == {"constant"}:
        return constants[term["constant"]]
    if keys == {"format", "with"}:
        return term["format"] % tuple(value_of(part, constants) for part in term["with"])
    if keys == {"sum"}:
        return "".join(value_of(part, constants) for part in term["sum"])
    if keys == {"tuple"}:
        return tuple(value_of(item, constants) for item in term["tuple"])
    if keys == {"list"}:
        return [value_of(item, constants) for item in term["list"]]
    if keys == {"set"}:
        return {value_of(item, constants) for item in term["set"]}
    if keys == {"pairs"}:
        return {value_of(k, constants): value_of(v, constants) for k, v in term["pairs"]}
    if keys == {"architecture"}:
        cases = term["architecture"]
        chosen = constants["ARCH"]
        return value_of(cases[chosen if chosen in cases else "otherwise"], constants, rows=rows)
    return {key: value_of(item, constants) for key, item in term.items()}


def _row_value(item: Term, constants: Mapping[str, Any]) -> Any:
    if isinstance(item, list):
        return tuple(value_of(part, constants) for part in item)
    return value_of(item, constants)
