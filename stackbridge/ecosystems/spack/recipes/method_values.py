"""Expressions of a package's methods, valued without running them.

Texts, numbers, lists, versions and questions to the spec; where something is or will be
installed becomes a placeholder of `hub.recipe` (`${prefix:zlib}`). The rest is `UNKNOWN`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from stackbridge.ecosystems.spack.recipes.method_helpers import (
    FLAGS,
    OWN,
    UNKNOWN,
    Command,
    Function,
    Items,
    Libraries,
    Marker,
    PathText,
    Record,
    TooMuchError,
    cached,
    compiler,
    helped,
    is_open,
    joined,
    plain,
    text_method,
    wrapper,
)
from stackbridge.ecosystems.spack.recipes.method_operators import SPEC, Operators
from stackbridge.hub.recipe import placeholder
from stackbridge.hub.versions import Version

__all__ = ["RECORD", "SELF", "SPEC", "Expressions"]

RECORD = "<record>"
"""The name under which a method's record stands among its names."""

_DEEPEST = 25

SELF = Marker("self")

_SUPER = Marker("super")
_COMPILER = Marker("compiler")
_SYSTEM = Marker("sys")
_STAGE = Marker("stage")
_BUILDERS = frozenset({"CMakePackage", "CMakeBuilder", "MesonPackage", "AutotoolsPackage"})
_NAMES: Mapping[str, Any] = {
    "self": SELF, "pkg": SELF, "spec": SPEC, "sys": _SYSTEM,
    "prefix": PathText(placeholder("prefix")),
}  # fmt: skip


class Expressions(Operators):
    """The values of all expressions that can be known."""

    def _Name(self, node: ast.Name) -> Any:  # noqa: N802
        if node.id in self.names:
            return self.names[node.id]
        if node.id in _BUILDERS:
            return SELF
        if node.id in _NAMES:
            return _NAMES[node.id]
        if node.id == "python":
            return Marker("dep:python")
        return compiler(node.id) if node.id.startswith("spack_") else UNKNOWN

    # --- what belongs to something ----------------------------------------------------------

    def _Subscript(self, node: ast.Subscript) -> Any:  # noqa: N802
        base = self.value(node.value)
        index = self.value(node.slice)
        if base in (SPEC, SELF) and isinstance(index, str):
            return Marker("dep:" + index.partition(":")[0])
        if isinstance(base, Marker) and base.name == "variants" and isinstance(index, str):
            return Marker("variant:" + index)
        if isinstance(base, Marker) and base.name.endswith(":folders") and index == 0:
            return PathText(base.name.removesuffix(":folders"))
        if isinstance(base, Version) and isinstance(index, int):
            parts = base.components
            return parts[index] if -len(parts) <= index < len(parts) else UNKNOWN
        if isinstance(base, Items) and base.partial:
            return UNKNOWN
        if isinstance(base, (list, str)) and isinstance(index, int) and not is_open(base):
            return base[index] if -len(base) <= index < len(base) else UNKNOWN
        if isinstance(base, Mapping):
            return base.get(index, UNKNOWN) if plain(index) else UNKNOWN
        return UNKNOWN

    def _Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        base = self.value(node.value)
        name = node.attr
        if base is SELF:
            return self._of_self(name)
        if base is SPEC:
            if name == "version" and self.answers is not None:
                return Version(self.answers.version)
            if name == "prefix":
                return _NAMES["prefix"]
            return Marker("variants") if name == "variants" else UNKNOWN
        if isinstance(base, PathText):
            return PathText(f"{base}/{name}")
        if base is _COMPILER:
            return FLAGS.get(name) or compiler(name)
        if base is _SYSTEM:
            return "linux" if name == "platform" else UNKNOWN
        if base is _STAGE:
            return PathText(placeholder("source")) if name == "source_path" else UNKNOWN
        if isinstance(base, Marker) and base.name.startswith("dep:"):
            return self._of_dependency(base.name[4:], name)
        if isinstance(base, Marker) and base.name.startswith("command:") and name == "path":
            return base.name[8:]
        if isinstance(base, Marker) and base.name.startswith("variant:") and name == "value":
            return self._variant(base.name[8:])
        if isinstance(base, Marker) and base.name.startswith("at:") and name == "directories":
            return Marker(base.name[3:] + ":folders")
        if isinstance(base, Version):
            joints = {"joined": "", "dotted": ".", "underscored": "_", "dashed": "-"}
            if name in joints:
                return joined(base, joints[name])
        return UNKNOWN

    def _of_self(self, name: str) -> Any:
        answers = self.answers
        if name == "spec":
            return SPEC
        if name == "pkg":
            return SELF
        if name == "compiler":
            return _COMPILER
        if name == "stage":
            return _STAGE
        if name == "prefix":
            return _NAMES["prefix"]
        if name == "run_tests":
            return False
        if answers is None:
            return UNKNOWN
        if name == "version":
            return Version(answers.version)
        if name == "name":
            return answers.name
        if name in OWN:
            return Marker("self." + name)
        member = answers.member(name)
        if isinstance(member, ast.FunctionDef):
            if any(isinstance(d, ast.Name) and d.id == "property" for d in member.decorator_list):
                return self.called(Function(node=member, names={}), [], {})
            return Marker("self." + name)
        return UNKNOWN if member is None else self.apart(member)

    def apart(self, node: ast.expr) -> Any:
        """The value of an expression of the class, which sees no names of a method."""
        mine, self.names = self.names, {}
        try:
            return self.value(node)
        finally:
            self.names = mine

    def _variant(self, name: str) -> Any:
        value = self.answers.variant(name) if self.answers is not None else None
        if value is None or self.answers is None:
            return UNKNOWN
        if isinstance(value, tuple):
            if len(value) == 1 and not self.answers.several(name):
                return value[0]
            return Items().take(value)
        return value

    def _of_dependency(self, name: str, attribute: str) -> Any:
        """What is asked of a dependency: where it lies, how it is linked, its version."""
        prefix = PathText(placeholder("prefix", name))
        if attribute == "prefix":
            return prefix
        if attribute == "version" and self.answers is not None:
            version = self.answers.version_of(name)
            return Version(version) if version is not None else UNKNOWN
        if name == "mpi" and (found := wrapper(attribute)) is not None:
            return found
        if attribute == "libs":
            if name in ("blas", "lapack", "scalapack"):
                return Libraries(placeholder("libs", name))
            return Marker(f"at:{prefix}/lib")
        if attribute == "headers" and name not in ("blas", "lapack", "scalapack"):
            return Marker(f"at:{prefix}/include")
        if name == "python" and attribute in ("command", "path"):
            command = PathText(f"{prefix}/bin/python")
            return str(command) if attribute == "path" else Marker(f"command:{command}")
        return UNKNOWN

    # --- calls -----------------------------------------------------------------------------

    def _Call(self, node: ast.Call) -> Any:  # noqa: N802
        arguments: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                inner = self.value(argument.value)
                arguments += inner if isinstance(inner, list) else [UNKNOWN]
            else:
                arguments.append(self.value(argument))
        named = {k.arg: self.value(k.value) for k in node.keywords if k.arg is not None}
        function = node.func
        if isinstance(function, ast.Name):
            return self._simple_call(function.id, arguments, named, node.lineno)
        if isinstance(function, ast.Call):
            return self.recorded(self.value(function), arguments, node.lineno)
        if not isinstance(function, ast.Attribute):
            return UNKNOWN
        if ast.unparse(function) == "os.path.join":
            return _path(arguments)
        base = self.value(function.value)
        name = function.attr
        if base is SELF:
            return self.own(name, arguments, named)
        if base is _SUPER:
            return Items()  # Spack's own build systems say nothing of the package there
        if isinstance(base, Record):
            return self.recorded(Command(name=name, record=base), arguments, node.lineno)
        if base is SPEC:
            if name == "satisfies" and arguments and isinstance(arguments[0], str):
                answer = self.answers.satisfies(arguments[0]) if self.answers is not None else None
                return UNKNOWN if answer is None else answer
            return UNKNOWN
        if isinstance(base, Marker) and base.name.startswith("dep:"):
            if name == "satisfies" and arguments and isinstance(arguments[0], str):
                text = f"^{base.name[4:]}{arguments[0]}"
                answer = self.answers.satisfies(text) if self.answers is not None else None
                return UNKNOWN if answer is None else answer
            return UNKNOWN
        if isinstance(base, PathText) and name == "join":
            return _path([base, *arguments])
        if isinstance(base, Libraries):
            return base if name in ("joined", "ld_flags", "link_flags") else UNKNOWN
        if isinstance(base, list):
            return self.listed(base, name, arguments, node.lineno)
        if isinstance(base, Version):
            if name == "up_to" and len(arguments) == 1 and isinstance(arguments[0], int):
                return base.up_to(arguments[0])
            return base.is_branch if name == "isdevelop" else UNKNOWN
        return text_method(base, name, arguments, named) if isinstance(base, str) else UNKNOWN

    def recorded(self, command: Any, arguments: list[Any], line: int) -> Any:
        """A call of a program: kept in its record."""
        if not isinstance(command, Command):
            return UNKNOWN
        words: list[Any] = []
        for argument in arguments:
            words += argument if isinstance(argument, list) else [argument]
            if isinstance(argument, Items) and argument.partial:
                self.skip(line)
        if not all(map(plain, words)):
            self.skip(line)
            return UNKNOWN
        command.record.calls.append((command.name, tuple(words)))
        return None

    def _simple_call(
        self, name: str, arguments: list[Any], named: Mapping[str, Any], line: int
    ) -> Any:
        known = self.names.get(name)
        if isinstance(known, Command):
            return self.recorded(known, arguments, line)
        if name in ("which", "Executable") and isinstance(self.names.get(RECORD), Record):
            (first,) = arguments[:1] or [None]
            record = self.names[RECORD]
            return Command(name=first, record=record) if isinstance(first, str) else UNKNOWN
        if isinstance(known, Function):
            return self.called(known, arguments, named)
        if isinstance(known, Marker) and known.name.startswith("self."):
            return self.own(known.name[5:], arguments, named)
        if name == "super":
            return _SUPER
        if name == "join_path":
            return _path(arguments)
        if name.startswith("cmake_cache_"):
            return cached(name, arguments)
        if len(arguments) != 1:
            return UNKNOWN
        (item,) = arguments
        if name == "Version" and plain(item) and not is_open(item):
            return Version(str(item))
        if name in ("str", "ver") and plain(item):
            return str(item)
        if name == "bool" and item is not UNKNOWN:
            return bool(item)
        if name in ("list", "tuple", "sorted", "set") and isinstance(item, list):
            if name == "sorted" and not all(isinstance(part, str) for part in item):
                return UNKNOWN
            kept = Items().take(item)
            if name == "sorted":
                kept.sort()
            return kept
        return UNKNOWN

    def called(self, function: Function, arguments: list[Any], named: Mapping[str, Any]) -> Any:
        """What a function of the package's own returns."""
        parameters = function.node.args
        if parameters.vararg or parameters.kwarg or parameters.posonlyargs:
            return UNKNOWN
        names = dict(function.names)
        expected = [argument.arg for argument in parameters.args]
        if expected[:1] in (["self"], ["cls"], ["pkg"]) and "self" not in function.names:
            expected = expected[1:]
        every = [*expected, *(argument.arg for argument in parameters.kwonlyargs)]
        defaults = dict(
            zip(expected[len(expected) - len(parameters.defaults) :], parameters.defaults,
                strict=False)
        )  # fmt: skip
        for argument, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
            if default is not None:
                defaults[argument.arg] = default
        given = dict(zip(expected, arguments, strict=False))
        given.update((key, item) for key, item in named.items() if key in every)
        for key in every:
            if key in given:
                names[key] = given[key]
            else:
                names[key] = self.value(defaults[key]) if key in defaults else UNKNOWN
        if self.steps[1] > _DEEPEST:
            raise TooMuchError
        self.steps[1] += 1
        try:
            if isinstance(function.node, ast.Lambda):
                mine, self.names = self.names, names
                try:
                    return self.value(function.node.body)
                finally:
                    self.names = mine
            return self.run(function.node.body, names)
        finally:
            self.steps[1] -= 1

    def listed(self, base: list[Any], name: str, arguments: list[Any], line: int) -> Any:
        """A list changed by its own method."""
        if name == "append" and len(arguments) == 1 and arguments[0] is not UNKNOWN:
            base.append(arguments[0])
        elif name == "extend" and len(arguments) == 1 and isinstance(arguments[0], list):
            base.extend(arguments[0])
        elif name == "insert" and len(arguments) == 2 and UNKNOWN not in arguments:
            base.insert(arguments[0] if isinstance(arguments[0], int) else 0, arguments[1])
        else:
            self.skip(line)
            if isinstance(base, Items):
                base.partial = True
            return UNKNOWN
        return None

    def own(self, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
        """A helper of Spack's build systems, or a method of the package's own."""
        if name in OWN:
            return helped(name, arguments, named, self.answers)
        member = self.answers.member(name) if self.answers is not None else None
        if isinstance(member, ast.FunctionDef) and name != "url_for_version":
            return self.called(Function(node=member, names={}), arguments, named)
        return UNKNOWN


def _path(parts: Sequence[Any]) -> Any:
    if not parts or not all(isinstance(part, str) for part in parts):
        return UNKNOWN
    return PathText("/".join(part.strip("/") if n else part for n, part in enumerate(parts)))
