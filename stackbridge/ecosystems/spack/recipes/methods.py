"""Methods of a package.py, read without running them: which texts they return.

For `cmake_args`, `configure_args`, `url_for_version` and their like: straight code over texts,
lists, versions and questions to the spec. What is not of that kind is `UNKNOWN`; a list keeps
what is known of it, and what was left out is reported with its line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackbridge.hub.versions import Version

__all__ = ["UNKNOWN", "Answers", "Found", "class_values", "method_of", "returned"]

_STEPS = 5000
_LONGEST = 4000
_MOST = 1000
_WIDTHS = re.compile(r"%(?![sd%])")


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = _Unknown()
"""A value that can't be known without running the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a method may ask.

    `satisfies` decides a spec text (None: undecided), `variant` gives a variant's value or
    None, `cmake`: `define` writes `-DNAME:TYPE=VALUE`.
    """

    version: str
    satisfies: Callable[[str], bool | None]
    variant: Callable[[str], bool | tuple[str, ...] | None]
    name: str = ""


@dataclass(slots=True)
class Found:
    """`value` is what the method returns; `skipped` are lines that could not be followed."""

    value: Any = UNKNOWN
    skipped: list[int] = field(default_factory=list)


class _Return(Exception):  # noqa: N818 - control flow
    def __init__(self, value: Any) -> None:
        self.value = value


class _TooMuchError(Exception):
    pass


def method_of(tree: ast.Module, class_names: Sequence[str], name: str) -> ast.FunctionDef | None:
    """The method of that name in the first class that defines it."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for wanted in class_names:
        for node in classes[wanted].body if wanted in classes else ():
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node
    return None


def class_values(tree: ast.Module, class_name: str, names: Sequence[str]) -> dict[str, Any]:
    """Plain lists of texts which a class assigns to these names."""
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for item in node.body:
                if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
                    name = item.targets[0].id
                    if name in names:
                        run = _Run(None, Found(), None)
                        found[name] = run.known(item.value)
    return found


def returned(method: ast.FunctionDef, answers: Answers, tree: ast.Module | None = None) -> Found:
    """What the method returns for these answers."""
    found = Found()
    run = _Run(answers, found, tree)
    arguments = [argument.arg for argument in method.args.args]
    if len(arguments) > 1:  # url_for_version(self, version)
        for argument in arguments[1:]:
            run.names[argument] = Version(answers.version) if argument == "version" else UNKNOWN
        if "spec" in arguments:
            run.names["spec"] = _SPEC
    try:
        run.block(method.body)
    except _Return as result:
        found.value = result.value
    except (_TooMuchError, RecursionError):
        found.skipped.append(method.lineno)
    return found


class _Marker:
    def __init__(self, name: str) -> None:
        self.name = name


_SELF = _Marker("self")
_BUILDERS = frozenset({"CMakePackage", "CMakeBuilder", "MesonPackage", "AutotoolsPackage"})
_HELPERS = frozenset({"define", "define_from_variant", "enable_or_disable", "with_or_without"})
_SPEC = _Marker("spec")


class _Run:
    def __init__(self, answers: Answers | None, found: Found, tree: ast.Module | None) -> None:
        self.answers = answers
        self.found = found
        self.names: dict[str, Any] = {"self": _SELF, "pkg": _SELF}
        self.steps = 0
        self.tree = tree

    # --- statements ----------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt]) -> None:
        for node in body:
            self.steps += 1
            if self.steps > _STEPS:
                raise _TooMuchError
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Return):
            raise _Return(self.value(node.value) if node.value is not None else None)
        if isinstance(node, ast.If):
            test = self.value(node.test)
            if test is UNKNOWN:
                self.forget([*node.body, *node.orelse])
                self.found.skipped.append(node.lineno)
            else:
                self.block(node.body if test else node.orelse)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.assign(node.targets[0], self.value(node.value))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.assign(node.target, self.value(node.value))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            old, new = self.names.get(node.target.id, UNKNOWN), self.value(node.value)
            if isinstance(old, list) and isinstance(new, (list, tuple)):
                self.names[node.target.id] = [*old, *new]
            elif isinstance(old, str) and isinstance(new, str):
                self.names[node.target.id] = old + new
            elif isinstance(old, list):
                self.found.skipped.append(node.lineno)
            else:
                self.names[node.target.id] = UNKNOWN
        elif isinstance(node, ast.Expr):
            if not isinstance(node.value, ast.Constant):
                self.value(node.value)
        elif isinstance(node, ast.For):
            items = self.value(node.iter)
            if isinstance(items, (list, tuple)) and UNKNOWN not in items:
                for item in items:
                    self.assign(node.target, item)
                    self.block(node.body)
            else:
                self.forget(node.body)
                self.found.skipped.append(node.lineno)
        elif not isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom, ast.FunctionDef)):
            self.forget([node])
            self.found.skipped.append(node.lineno)

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = value if isinstance(value, (list, tuple)) else [UNKNOWN] * len(target.elts)
            for part, item in zip(target.elts, values, strict=False):
                self.assign(part, item)

    def forget(self, body: Sequence[ast.stmt]) -> None:
        """Texts that code which was not followed may have changed are not known any more."""
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    if not isinstance(self.names.get(node.id), list):
                        self.names[node.id] = UNKNOWN
                elif isinstance(node, ast.Return):
                    raise _Return(self.partial())

    def partial(self) -> Any:
        return UNKNOWN

    # --- expressions ---------------------------------------------------------------------

    def known(self, node: ast.expr) -> Any:
        return self.value(node)

    def value(self, node: ast.expr) -> Any:
        self.steps += 1
        if self.steps > _STEPS:
            raise _TooMuchError
        handler: Callable[[Any], Any] | None = getattr(self, f"_{type(node).__name__}", None)
        if handler is None:
            return UNKNOWN
        found = handler(node)
        if isinstance(found, str) and len(found) > _LONGEST:
            raise _TooMuchError
        if isinstance(found, list) and len(found) > _MOST:
            raise _TooMuchError
        return found

    def _Constant(self, node: ast.Constant) -> Any:  # noqa: N802
        return node.value

    def _Name(self, node: ast.Name) -> Any:  # noqa: N802
        if node.id == "spec":
            return self.names.get("spec", _SPEC)
        if node.id in _BUILDERS:
            return self.names.get(node.id, _SELF)
        return self.names.get(node.id, UNKNOWN)

    def _List(self, node: ast.List) -> Any:  # noqa: N802
        items: list[Any] = []
        for part in node.elts:
            if isinstance(part, ast.Starred):
                inner = self.value(part.value)
                items += inner if isinstance(inner, (list, tuple)) else [UNKNOWN]
            else:
                items.append(self.value(part))
        kept = []
        for part, item in zip(node.elts, items, strict=False):
            if item is UNKNOWN:
                self.found.skipped.append(part.lineno)
            else:
                kept.append(item)
        return kept

    _Tuple = _List

    def _JoinedStr(self, node: ast.JoinedStr) -> Any:  # noqa: N802
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                if part.format_spec is not None:
                    return UNKNOWN
                item = self.value(part.value)
                if not _plain(item):
                    return UNKNOWN
                text += str(item)
            elif isinstance(part, ast.Constant):
                text += str(part.value)
        return text

    def _BinOp(self, node: ast.BinOp) -> Any:  # noqa: N802
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add):
            if isinstance(left, str) and isinstance(right, str):
                return left + right
            if isinstance(left, list) and isinstance(right, list):
                return left + right
            if isinstance(left, list) or isinstance(right, list):
                self.found.skipped.append(node.lineno)
                return left if isinstance(left, list) else right
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            parts = right if isinstance(right, list) else [right]
            if all(map(_plain, parts)) and not _WIDTHS.search(left):
                try:
                    return left % tuple(parts)
                except (TypeError, ValueError):
                    return UNKNOWN
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
                return value
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
            if right is _SPEC and isinstance(left, str) and self.answers is not None:
                # `"+x" in spec` and `"mpi" in spec` ask different things
                answer = (
                    self.answers.satisfies(left) if left[:1] in "+~@%^ " or "=" in left else None
                )
            elif isinstance(right, (str, list)) and _plain(left):
                answer = str(left) in right
            else:
                answer = None
            if answer is None:
                return UNKNOWN
            return answer if isinstance(op, ast.In) else not answer
        if not (_plain(left) and _plain(right)):
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

    def _Subscript(self, node: ast.Subscript) -> Any:  # noqa: N802
        base = self.value(node.value)
        index = self.value(node.slice)
        if isinstance(base, _Marker) and base.name == "variants" and isinstance(index, str):
            return _Marker("variant:" + index)
        if isinstance(base, Version) and isinstance(index, int):
            parts = base.components
            return parts[index] if -len(parts) <= index < len(parts) else UNKNOWN
        if isinstance(base, (list, str)) and isinstance(index, int):
            return base[index] if -len(base) <= index < len(base) else UNKNOWN
        if isinstance(base, Mapping):
            return base.get(index, UNKNOWN) if _plain(index) else UNKNOWN
        return UNKNOWN

    def _Dict(self, node: ast.Dict) -> Any:  # noqa: N802
        found = {}
        for key, item in zip(node.keys, node.values, strict=True):
            name = self.value(key) if key is not None else UNKNOWN
            if not _plain(name):
                return UNKNOWN
            found[name] = self.value(item)
        return found

    def _Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        base = self.value(node.value)
        name = node.attr
        if base is _SELF:
            if name == "spec":
                return _SPEC
            if name == "version" and self.answers is not None:
                return Version(self.answers.version)
            if name == "name" and self.answers is not None:
                return self.answers.name
            if name == "pkg":
                return _SELF
            return _Marker("self." + name) if name in _HELPERS else UNKNOWN
        if base is _SPEC:
            if name == "version" and self.answers is not None:
                return Version(self.answers.version)
            return _Marker("variants") if name == "variants" else UNKNOWN
        if isinstance(base, _Marker) and base.name.startswith("variant:") and name == "value":
            value = self.answers.variant(base.name[8:]) if self.answers is not None else None
            if value is None:
                return UNKNOWN
            if isinstance(value, tuple):
                return value[0] if len(value) == 1 else list(value)
            return value
        if isinstance(base, Version):
            joints = {"joined": "", "dotted": ".", "underscored": "_", "dashed": "-"}
            if name in joints:
                return _joined(base, joints[name])
        return UNKNOWN

    def _Call(self, node: ast.Call) -> Any:  # noqa: N802
        arguments = [self.value(argument) for argument in node.args]
        named = {k.arg: self.value(k.value) for k in node.keywords if k.arg is not None}
        function = node.func
        if isinstance(function, ast.Name):
            if function.id == "Version" and len(arguments) == 1 and _plain(arguments[0]):
                return Version(str(arguments[0]))
            if function.id in ("str", "ver") and len(arguments) == 1 and _plain(arguments[0]):
                return str(arguments[0])
            known = self.names.get(function.id)
            if isinstance(known, _Marker) and known.name.startswith("self."):
                return self.own(known.name[5:], arguments, named)
            if function.id == "join_path" and all(isinstance(a, str) for a in arguments):
                return "/".join(arguments)
            return UNKNOWN
        if not isinstance(function, ast.Attribute):
            return UNKNOWN
        base = self.value(function.value)
        name = function.attr
        if base is _SELF:
            return self.own(name, arguments, named)
        if base is _SPEC:
            if name == "satisfies" and arguments and isinstance(arguments[0], str):
                answer = self.answers.satisfies(arguments[0]) if self.answers is not None else None
                return UNKNOWN if answer is None else answer
            return UNKNOWN
        if isinstance(base, list):
            return self.listed(base, name, arguments, node.lineno)
        if isinstance(base, Version) and name == "up_to" and isinstance(arguments[0], int):
            return base.up_to(arguments[0])
        if isinstance(base, Version) and name == "isdevelop":
            return base.is_branch
        if isinstance(base, str):
            return _text_method(base, name, arguments, named)
        return UNKNOWN

    def listed(self, base: list[Any], name: str, arguments: list[Any], line: int) -> Any:
        if len(arguments) != 1 or name not in ("append", "extend"):
            self.found.skipped.append(line)
            return UNKNOWN
        (item,) = arguments
        if name == "append" and item is not UNKNOWN:
            base.append(item)
        elif name == "extend" and isinstance(item, list):
            base.extend(item)
        else:
            self.found.skipped.append(line)
        return None

    def own(self, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
        """Helpers of Spack's build systems; documented in its packaging guide."""
        if name == "define" and len(arguments) == 2 and isinstance(arguments[0], str):
            return _defined(arguments[0], arguments[1])
        if name == "define_from_variant" and arguments and isinstance(arguments[0], str):
            variant = arguments[1] if len(arguments) > 1 else named.get("variant")
            asked = variant if isinstance(variant, str) else arguments[0].lower()
            value = self.answers.variant(asked) if self.answers is not None else None
            if value is None:
                return ""  # as Spack does for a variant that is not there
            if isinstance(value, tuple):
                return _defined(arguments[0], ";".join(sorted(value)))
            return _defined(arguments[0], value)
        if name in ("enable_or_disable", "with_or_without") and arguments:
            words = ("enable", "disable") if name[0] == "e" else ("with", "without")
            if not isinstance(arguments[0], str) or "activation_value" in named:
                return UNKNOWN
            variant = named.get("variant", arguments[0])
            value = (
                self.answers.variant(variant)
                if self.answers is not None and isinstance(variant, str)
                else None
            )
            if value is None:
                return []
            if isinstance(value, bool):
                return [f"--{words[0] if value else words[1]}-{arguments[0]}"]
            return [f"--{words[0]}-{item}" for item in value if item != "none"]
        if name == "url_for_version":
            return UNKNOWN
        return UNKNOWN


def _plain(value: Any) -> bool:
    return isinstance(value, (str, int, bool, Version))


def _joined(version: Version, joint: str) -> str:
    text = str(version)
    return "".join(joint if character in "._-" else character for character in text)


def _defined(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return f"-D{name}=" + ("ON" if value else "OFF")
    if isinstance(value, list):
        if any(not _plain(item) for item in value):
            return UNKNOWN
        value = ";".join(map(str, value))
    return f"-D{name}={value}" if _plain(value) else UNKNOWN


def _text_method(base: str, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    values = [*arguments, *named.values()]
    if name == "join" and len(arguments) == 1 and isinstance(arguments[0], list):
        if all(isinstance(item, str) for item in arguments[0]):
            return base.join(arguments[0])
        return UNKNOWN
    if not all(map(_plain, values)):
        return UNKNOWN
    try:
        if name == "format":
            if any(mark in base for mark in (".__", "[", "!")) or ":" in base.replace("://", ""):
                return UNKNOWN
            return base.format(*map(str, arguments), **{k: str(v) for k, v in named.items()})
        if name in ("lower", "upper", "strip", "replace", "capitalize"):
            return getattr(base, name)(*arguments)
        if name in ("startswith", "endswith"):
            return bool(getattr(base, name)(*map(str, arguments)))
        if name == "split":
            return base.split(str(arguments[0]) if arguments else None)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        pass
    return UNKNOWN
