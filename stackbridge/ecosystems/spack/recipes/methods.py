"""Methods of a package.py, read without running them: which texts they return.

For `cmake_args`, `configure_args`, `url_for_version` and their like: straight code over texts,
lists, versions and questions to the spec, and functions of the package's own made of the same.
What is not of that kind is `UNKNOWN`; a list keeps what is known of it, and what was left out
is reported with its line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackbridge.ecosystems.spack.recipes.method_helpers import (
    UNKNOWN,
    Answers,
    Command,
    Found,
    Function,
    Items,
    Record,
    TooMuchError,
)
from stackbridge.ecosystems.spack.recipes.method_values import RECORD, SPEC, Expressions
from stackbridge.hub.recipe import placeholder
from stackbridge.hub.versions import Version

__all__ = [
    "UNKNOWN",
    "Answers",
    "Found",
    "class_values",
    "done",
    "member_of",
    "method_of",
    "returned",
]


_TOP = ("self.build_directory", "self.configure_directory", "'.'")


class _Return(Exception):  # noqa: N818 - control flow
    def __init__(self, value: Any) -> None:
        self.value = value


def member_of(
    tree: ast.Module,
    class_names: Sequence[str],
    name: str,
    decide: Callable[[str], bool | None] = lambda _text: None,
) -> ast.FunctionDef | ast.expr | None:
    """The method of that name, or the value assigned to it, in the first class that has one.

    `decide` answers for the condition of a method that is for some specs only (`@when`); one
    that can't be decided is taken where there is no other.
    """
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    undecided: ast.FunctionDef | None = None
    for wanted in class_names:
        for node in classes[wanted].body if wanted in classes else ():
            if isinstance(node, ast.FunctionDef) and node.name == name:
                answer = _holds(node, decide)
                if answer:
                    return node
                undecided = undecided or (node if answer is None else None)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                return node.value
            if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.target) == name:
                return node.value
    return undecided


def _holds(node: ast.FunctionDef, decide: Callable[[str], bool | None]) -> bool | None:
    """Whether a method is for the spec that is asked for."""
    answer: bool | None = True
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "when":
            text = decorator.args[0] if decorator.args else None
            known = isinstance(text, ast.Constant) and isinstance(text.value, str)
            one = decide(str(text.value)) if known and isinstance(text, ast.Constant) else None
            if one is False:
                return False
            answer = None if one is None else answer
    return answer


def method_of(tree: ast.Module, class_names: Sequence[str], name: str) -> ast.FunctionDef | None:
    """The method of that name in the first class that defines it."""
    found = member_of(tree, class_names, name)
    return found if isinstance(found, ast.FunctionDef) else None


def class_values(tree: ast.Module, class_name: str, names: Sequence[str]) -> dict[str, Any]:
    """Plain lists of texts which a class assigns to these names."""
    found: dict[str, Any] = {}
    for name in names:
        node = member_of(tree, [class_name], name)
        if isinstance(node, ast.expr):
            try:
                found[name] = _Run(None, Found(), {}, [0, 0]).value(node)
            except (TooMuchError, RecursionError):
                found[name] = UNKNOWN
    return found


_PROGRAMS = (
    "aclocal", "autoconf", "autoheader", "autoreconf", "automake", "bash", "cargo", "cmake",
    "configure", "copy", "copy_tree", "go", "install", "install_tree", "libtoolize", "make",
    "mkdirp", "ninja", "sh",
)  # fmt: skip


def done(method: ast.FunctionDef, answers: Answers) -> tuple[Record, Found]:
    """The programs that a method would call, and what it would set in an environment."""
    record = Record()
    known: dict[str, Any] = {name: Command(name=name, record=record) for name in _PROGRAMS}
    known |= {RECORD: record, "env": record, "std_cmake_args": Items()}
    return record, returned(method, answers, known)


def returned(
    method: ast.FunctionDef, answers: Answers, further: Mapping[str, Any] | None = None
) -> Found:
    """What the method returns for these answers; `further` are names that it knows."""
    found = Found()
    names: dict[str, Any] = {}
    for argument in [argument.arg for argument in method.args.args][1:]:
        # as `url_for_version` and `install` have them
        known = {"version": Version(answers.version), "spec": SPEC}
        if argument != "prefix":
            names[argument] = known.get(argument, UNKNOWN)
    names.update(further or {})
    run = _Run(answers, found, names, [0, 0])
    try:
        found.value = run.run(method.body, names)
    except (TooMuchError, RecursionError):
        found.skipped.append(method.lineno)
    return found


class _Run(Expressions):
    """Statements, one after the other."""

    def run(self, body: Sequence[ast.stmt], names: dict[str, Any]) -> Any:
        inner = _Run(self.answers, self.found, names, self.steps)
        try:
            inner.block(body)
        except _Return as result:
            return result.value
        return None

    def block(self, body: Sequence[ast.stmt]) -> None:
        for node in body:
            self.step()
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Return):
            raise _Return(self.value(node.value) if node.value is not None else None)
        if isinstance(node, ast.If):
            test = self.value(node.test)
            if test is UNKNOWN:
                self.skip(node.lineno)
                self.forget([*node.body, *node.orelse])
            else:
                self.block(node.body if test else node.orelse)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.assign(node.targets[0], self.value(node.value))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.assign(node.target, self.value(node.value))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.add(node.target.id, self.value(node.value), node.lineno)
        elif isinstance(node, ast.Expr):
            if not isinstance(node.value, ast.Constant):
                self.value(node.value)
        elif isinstance(node, ast.FunctionDef):
            self.names[node.name] = Function(node=node, names=self.names)
        elif isinstance(node, ast.For):
            items = self.value(node.iter)
            if isinstance(items, list) and not (isinstance(items, Items) and items.partial):
                for item in items:
                    self.assign(node.target, item)
                    self.block(node.body)
            else:
                self.skip(node.lineno)
                self.forget(node.body)
        elif isinstance(node, ast.With) and self.stays(node):
            self.block(node.body)
        elif not isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom)):
            self.skip(node.lineno)
            self.forget([node])

    def stays(self, node: ast.With) -> bool:
        """Whether a `with` only says that something is done in the directory it is done in."""
        call = node.items[0].context_expr
        if len(node.items) != 1 or not isinstance(call, ast.Call):
            return False
        if ast.unparse(call.func) != "working_dir" or len(call.args) != 1:
            return False
        if any(keyword.arg == "create" for keyword in call.keywords):
            return True  # a folder to build in
        place = ast.unparse(call.args[0])
        return place in _TOP or self.value(call.args[0]) == placeholder("source")

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            known = isinstance(value, list) and not (isinstance(value, Items) and value.partial)
            values = value if known else [UNKNOWN] * len(target.elts)
            for part, item in zip(target.elts, values, strict=False):
                self.assign(part, item)

    def add(self, name: str, new: Any, line: int) -> None:
        """What `name += new` does."""
        old = self.names.get(name, UNKNOWN)
        if isinstance(old, Items):
            if isinstance(new, list):
                old.take(new)
            else:
                self.skip(line)
                old.partial = True
        elif isinstance(old, str) and isinstance(new, str):
            self.names[name] = old + new
        else:
            self.names[name] = UNKNOWN

    def forget(self, body: Sequence[ast.stmt]) -> None:
        """What code that was not followed may have changed is not known any more."""
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name):
                    known = self.names.get(node.id)
                    if isinstance(known, Items):
                        known.partial = True
                    elif isinstance(node.ctx, ast.Store):
                        self.names[node.id] = UNKNOWN
                elif isinstance(node, ast.Return):
                    raise _Return(UNKNOWN)
