"""Literals and operators in a package's methods, valued without running them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from stackbridge.ecosystems.spack.recipes.method_helpers import (
    UNKNOWN,
    Answers,
    Found,
    Function,
    Items,
    Libraries,
    Marker,
    TooMuchError,
    is_open,
    plain,
    text_with,
)
from stackbridge.hub.versions import Version

__all__ = ["SPEC", "Operators"]

_LONGEST = 4000
_MOST = 1000
_STEPS = 5000

SPEC = Marker("spec")


class Operators:
    """The values of expressions, under `names`; names and calls are told by who derives."""

    def __init__(
        self, answers: Answers | None, found: Found, names: dict[str, Any], steps: list[int]
    ) -> None:
        self.answers = answers
        self.found = found
        self.names = names
        self.steps = steps  # taken, and how deep: shared by functions that call each other

    def run(self, body: Sequence[ast.stmt], names: dict[str, Any]) -> Any:
        """What a function's body returns."""
        raise NotImplementedError

    def step(self) -> None:
        """One more, of those that are allowed."""
        self.steps[0] += 1
        if self.steps[0] > _STEPS:
            raise TooMuchError

    def skip(self, line: int) -> None:
        """Something on this line could not be followed."""
        self.found.skipped.append(line)

    def value(self, node: ast.expr) -> Any:
        """The value, or UNKNOWN."""
        self.step()
        handler: Callable[[Any], Any] | None = getattr(self, f"_{type(node).__name__}", None)
        if handler is None:
            return UNKNOWN
        found = handler(node)
        if isinstance(found, str) and len(found) > _LONGEST:
            raise TooMuchError
        if isinstance(found, list) and len(found) > _MOST:
            raise TooMuchError
        return found

    # --- literals and operators ------------------------------------------------------------

    def _Constant(self, node: ast.Constant) -> Any:  # noqa: N802
        return node.value

    def _List(self, node: ast.List) -> Any:  # noqa: N802
        kept = Items()
        for part in node.elts:
            if isinstance(part, ast.Starred):
                inner = self.value(part.value)
                if isinstance(inner, (list, tuple)):
                    kept.take(inner)
                    continue
                item = UNKNOWN
            else:
                item = self.value(part)
            if item is UNKNOWN:
                kept.partial = True
                self.skip(part.lineno)
            else:
                kept.append(item)
        return kept

    _Tuple = _List
    _Set = _List

    def _ListComp(self, node: ast.ListComp) -> Any:  # noqa: N802
        if len(node.generators) != 1 or not isinstance(node.generators[0].target, ast.Name):
            return UNKNOWN
        generator = node.generators[0]
        items = self.value(generator.iter)
        if not isinstance(items, list) or (isinstance(items, Items) and items.partial):
            return UNKNOWN
        name = node.generators[0].target.id
        before = self.names.get(name, UNKNOWN)
        kept = Items()
        for item in items:
            self.names[name] = item
            tests = [self.value(test) for test in generator.ifs]
            if any(test is UNKNOWN for test in tests):
                return UNKNOWN
            if all(tests):
                found = self.value(node.elt)
                if found is UNKNOWN:
                    return UNKNOWN
                kept.append(found)
        self.names[name] = before
        return kept

    _GeneratorExp = _ListComp

    def _Dict(self, node: ast.Dict) -> Any:  # noqa: N802
        found = {}
        for key, item in zip(node.keys, node.values, strict=True):
            name = self.value(key) if key is not None else UNKNOWN
            if not plain(name):
                return UNKNOWN
            found[name] = self.value(item)
        return found

    def _Lambda(self, node: ast.Lambda) -> Any:  # noqa: N802
        return Function(node=node, names=self.names)

    def _JoinedStr(self, node: ast.JoinedStr) -> Any:  # noqa: N802
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                if part.format_spec is not None:
                    return UNKNOWN
                item = self.value(part.value)
                if not plain(item):
                    return UNKNOWN
                text += str(item)
            elif isinstance(part, ast.Constant):
                text += str(part.value)
        return text

    def _BinOp(self, node: ast.BinOp) -> Any:  # noqa: N802
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add):
            if isinstance(left, Libraries) and isinstance(right, Libraries):
                return Libraries(f"{left} {right}")
            if isinstance(left, str) and isinstance(right, str):
                return left + right
            if isinstance(left, list) and isinstance(right, list):
                return Items().take(left).take(right)
            if isinstance(left, list) or isinstance(right, list):
                self.skip(node.lineno)
                known = Items().take(left if isinstance(left, list) else right)
                known.partial = True
                return known
        if isinstance(node.op, ast.Mult) and isinstance(left, str) and isinstance(right, int):
            return left * right if len(left) * right <= _LONGEST else UNKNOWN
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            return text_with(left, right if isinstance(right, list) else [right])
        return UNKNOWN

    def _BoolOp(self, node: ast.BoolOp) -> Any:  # noqa: N802
        stop = isinstance(node.op, ast.Or)
        unknown = False
        value: Any = UNKNOWN
        for part in node.values:
            value = self.value(part)
            if value is UNKNOWN:
                unknown = True
            elif bool(value) is stop:
                return UNKNOWN if unknown and not isinstance(value, bool) else value
        return UNKNOWN if unknown else value

    def _UnaryOp(self, node: ast.UnaryOp) -> Any:  # noqa: N802
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not) and value is not UNKNOWN:
            return not value
        return UNKNOWN

    def _IfExp(self, node: ast.IfExp) -> Any:  # noqa: N802
        test = self.value(node.test)
        if test is UNKNOWN:
            return UNKNOWN
        return self.value(node.body if test else node.orelse)

    def _Compare(self, node: ast.Compare) -> Any:  # noqa: N802
        if len(node.ops) != 1:
            return UNKNOWN
        left, right = self.value(node.left), self.value(node.comparators[0])
        op = node.ops[0]
        if isinstance(op, (ast.In, ast.NotIn)):
            answer = self._inside(left, right)
            return (
                (not answer if isinstance(op, ast.NotIn) else answer)
                if (answer is not None)
                else UNKNOWN
            )
        if None in (left, right) and UNKNOWN not in (left, right):
            if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
                return (left is right) is isinstance(op, (ast.Is, ast.Eq))
            return UNKNOWN
        if not (plain(left) and plain(right)) or is_open(left) or is_open(right):
            return UNKNOWN
        if isinstance(left, Version) or isinstance(right, Version):
            left, right = Version(str(left)), Version(str(right))
        try:
            if isinstance(op, (ast.Eq, ast.Is)):
                return bool(left == right)
            if isinstance(op, (ast.NotEq, ast.IsNot)):
                return bool(left != right)
            if isinstance(op, ast.Lt):
                return bool(left < right)
            if isinstance(op, ast.LtE):
                return bool(left <= right)
            if isinstance(op, ast.Gt):
                return bool(left > right)
            if isinstance(op, ast.GtE):
                return bool(left >= right)
        except TypeError:
            pass
        return UNKNOWN

    def _inside(self, left: Any, right: Any) -> bool | None:
        if right is SPEC and isinstance(left, str) and self.answers is not None:
            # `"+x" in spec` and `"mpi" in spec` ask different things
            if left[:1] in "+~@%^ " or "=" in left:
                return self.answers.satisfies(left)
            return None
        if is_open(right) or (isinstance(right, Items) and right.partial):
            return None
        if isinstance(right, (str, list)) and plain(left):
            return str(left) in right
        return None
