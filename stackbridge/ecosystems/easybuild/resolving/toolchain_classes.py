"""Toolchain classes, read from Python sources without importing them.

EasyBuild's toolchains, and those which sites add with `--include-toolchains`, are classes
with a few attributes: NAME, SUBTOOLCHAIN, OPTIONAL, COMPILER_MODULE_NAME and so on, which
are constants, lists of them, or the NAME of another class. `read_classes` finds them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stackbridge.errors import InputError

__all__ = ["ToolchainClass", "read_classes"]

Name = str | tuple[str, ...]
_PARTS = {
    "compilers": "COMPILER_MODULE_NAME",
    "mpi": "MPI_MODULE_NAME",
    "blas": "BLAS_MODULE_NAME",
    "lapack": "LAPACK_MODULE_NAME",
    "scalapack": "SCALAPACK_MODULE_NAME",
    "fft": "FFT_MODULE_NAME",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainClass:
    """What a toolchain is made of.

    `below` names the subtoolchains, alternatives as tuples. `composite` ones have several
    base classes; their subtoolchains may have their own version. The parts are names of
    modules. `optional` ones may be absent in a hierarchy.
    """

    name: str
    below: tuple[Name, ...] = ()
    composite: bool = False
    optional: bool = False
    compilers: tuple[str, ...] = ()
    mpi: tuple[str, ...] = ()
    blas: tuple[str, ...] = ()
    lapack: tuple[str, ...] = ()
    scalapack: tuple[str, ...] = ()
    fft: tuple[str, ...] = ()
    file: str | None = None


@dataclass(slots=True)
class _Class:
    name: str
    bases: tuple[str, ...]
    attributes: dict[str, ast.expr]
    file: str


class _Unknown(Exception):  # noqa: N818 - never leaves this module
    pass


class _Sources:
    """All classes and module constants of the given files, by their bare names."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.classes: dict[str, _Class] = {}
        self.constants: dict[str, ast.expr] = {}
        for file, text in files.items():
            try:
                tree = ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                line = error.lineno if isinstance(error, SyntaxError) else None
                raise InputError("this is no Python file", file=file, line=line) from None
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    bases = tuple(filter(None, (_last(base) for base in node.bases)))
                    self.classes[node.name] = _Class(
                        node.name, bases, dict(_assignments(node.body)), file
                    )
                else:
                    self.constants.update(_assignments([node]))

    def order(self, name: str, seen: frozenset[str] = frozenset()) -> list[_Class]:
        """The class and its bases in the order attributes are looked up."""
        if name not in self.classes or name in seen:
            return []
        own = self.classes[name]
        lists = [self.order(base, seen | {name}) for base in own.bases]
        heads = [self.classes[base] for base in own.bases if base in self.classes]
        return [own, *_merge([*lists, heads])]

    def attribute(self, name: str, attribute: str, depth: int = 0) -> Any:
        """The value of a class attribute, inherited ones included; None when there is none."""
        for item in self.order(name):
            if attribute in item.attributes:
                return self.value(item.attributes[attribute], depth + 1, item)
        return None

    def value(self, node: ast.expr, depth: int, owner: _Class | None = None) -> Any:
        """A constant, a list of them, or another class's attribute."""
        if depth > 30:
            raise _Unknown
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.List, ast.Tuple)):
            items = [self.value(item, depth + 1, owner) for item in node.elts]
            return items if isinstance(node, ast.List) else tuple(items)
        if isinstance(node, ast.Name):
            if owner is not None and node.id in owner.attributes:
                return self.value(owner.attributes[node.id], depth + 1)
            if node.id in self.constants:
                return self.value(self.constants[node.id], depth + 1)
            raise _Unknown
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = self.attribute(node.value.id, node.attr, depth + 1)
            if found is None and node.value.id not in self.classes:
                raise _Unknown
            return found
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
            if isinstance(left, list) and isinstance(right, list):
                return left + right
        raise _Unknown


def _last(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def _merge(lists: list[list[_Class]]) -> list[_Class]:
    """Python's C3 order; falls back to first come where the classes contradict each other."""
    result: list[_Class] = []
    lists = [list(items) for items in lists if items]
    while lists:
        for items in lists:
            head = items[0]
            if not any(head in other[1:] for other in lists):
                break
        else:
            head = lists[0][0]
        result.append(head)
        lists = [[item for item in items if item is not head] for items in lists]
        lists = [items for items in lists if items]
    return result


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)):
        return tuple(item for item in value if isinstance(item, str) and item)
    return ()


def _below(value: Any) -> tuple[Name, ...]:
    if isinstance(value, (str, tuple)):
        value = [value]
    if not isinstance(value, list):
        return ()
    return tuple(
        tuple(item) if isinstance(item, (list, tuple)) else str(item) for item in value if item
    )


def read_classes(
    files: Mapping[str, str], base: Mapping[str, str] | None = None
) -> dict[str, ToolchainClass]:
    """Toolchains by NAME, from file name -> text; `base` files are only inherited from.

    A class without a NAME of its own, or that is base to another class of the same NAME,
    is a part and no toolchain. InputError for a file that is no Python.
    """
    sources = _Sources({**(base or {}), **files})
    found: dict[str, ToolchainClass] = {}
    for item in sources.classes.values():
        if item.file not in files or "NAME" not in item.attributes:
            continue
        try:
            name = sources.attribute(item.name, "NAME")
            if not isinstance(name, str) or not name:
                continue
            below = _below(sources.attribute(item.name, "SUBTOOLCHAIN"))
            optional = sources.attribute(item.name, "OPTIONAL")
        except _Unknown:
            continue
        parts: dict[str, tuple[str, ...]] = {}
        for key, attribute in _PARTS.items():
            try:
                parts[key] = _texts(sources.attribute(item.name, attribute))
            except _Unknown:
                parts[key] = ()
        known = found.get(name)
        if known is not None and known.composite and len(item.bases) < 2:
            continue
        found[name] = ToolchainClass(
            name=name,
            below=below,
            composite=len(item.bases) > 1,
            optional=bool(optional),
            file=item.file,
            **parts,
        )
    return found
