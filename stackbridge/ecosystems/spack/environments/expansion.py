"""The roots of an environment as Spack itself expands them, group by group.

`hub/expand.py` does the same for any stack; here are Spack's own corners
(lib/spack/spack/environment/list.py):

- a matrix within a matrix (through `$name`) is joined as text and read again, so that what
  follows a dependency there belongs to the dependency
- `$^name` and `$%name` put the sigil before each text; before a matrix, only before the
  first of what is combined
- a name after `%` that `toolchains:` defines stands for conditional edges
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from stackbridge.ecosystems.spack.language.algebra import constrain, satisfies
from stackbridge.ecosystems.spack.language.formatting import canonical, format_spec
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.ecosystems.spack.language.toolchains import expand_toolchains
from stackbridge.errors import InputError
from stackbridge.hub.expand import MAX_PACKAGES
from stackbridge.hub.merge import Conflict
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Entry, Matrix, Stack, Use

__all__ = ["roots"]

_SIGILS = {"dependency": "^", "compiler": "%"}


class _Rows:
    """A matrix whose rows hold texts and matrices, no references."""

    __slots__ = ("matrix", "rows", "sigil")

    def __init__(self, matrix: Matrix, rows: list[list[_Item]], sigil: str = "") -> None:
        self.matrix = matrix
        self.rows = rows
        self.sigil = sigil


_Item: TypeAlias = Package | _Rows


def roots(stack: Stack) -> dict[str, tuple[Package, ...]]:
    """Group name (`default` for entries outside of groups) -> its roots in order.

    Raises `InputError` for an unknown definition, and for a matrix that contradicts itself.
    """
    known: dict[str, list[_Item]] = {}
    for definition in stack.definitions:
        items = list(_resolved(definition.entries, known))
        known[definition.name] = [*known.get(definition.name, ()), *items]
    own = stack.extensions.get("spack", {})
    included = (own.get("included") or {}).get("toolchains") or {}
    toolchains = {**included, **(own.get("toolchains") or {})}
    result: dict[str, tuple[Package, ...]] = {}
    if stack.entries or not stack.groups:
        result["default"] = _group(stack.entries, known, toolchains)
    for group in stack.groups:
        result[group.name] = _group(group.entries, known, toolchains)
    return result


def _group(
    entries: Iterable[Entry], known: Mapping[str, list[_Item]], toolchains: Mapping[str, Any]
) -> tuple[Package, ...]:
    found: list[Package] = []
    for item in _resolved(entries, known):
        if isinstance(item, Package):
            found.append(item)
        else:
            found.extend(_merged(cells, item) for cells in _combinations(item))
        if len(found) > MAX_PACKAGES:
            raise InputError(f"the environment has more than {MAX_PACKAGES} roots")
    if toolchains:
        return tuple(expand_toolchains(package, toolchains) for package in found)
    return tuple(found)


def _resolved(entries: Iterable[Entry], known: Mapping[str, list[_Item]]) -> Iterator[_Item]:
    """Entries without references."""
    for entry in entries:
        if isinstance(entry, Package):
            yield entry
        elif isinstance(entry, Matrix):
            yield _Rows(entry, [list(_resolved(row, known)) for row in entry.rows])
        else:
            if entry.name not in known:
                raise _undefined(entry, known)
            sigil = _SIGILS.get(entry.role or "", "")
            for item in known[entry.name]:
                yield _with_sigil(item, sigil) if sigil else item


def _undefined(use: Use, known: Mapping[str, Any]) -> InputError:
    import difflib

    near = difflib.get_close_matches(use.name, known, n=1)
    return InputError(
        f"`${use.name}` is not defined above",
        file=use.place.file,
        line=use.place.line,
        column=use.place.column,
        hint=f"did you mean `${near[0]}`?"
        if near
        else "definitions come from `definitions:`, or from an included file which was not read",
    )


def _with_sigil(item: _Item, sigil: str) -> _Item:
    if isinstance(item, _Rows):
        return _Rows(item.matrix, item.rows, sigil)
    return parse(sigil + format_spec(item), item.place)


def _combinations(item: _Rows) -> Iterator[tuple[Package, ...]]:
    """The cells of every combination that no exclude takes away."""
    rows: list[list[Package]] = []
    for row in item.rows:
        cells: list[Package] = []
        for cell in row:
            if isinstance(cell, Package):
                cells.append(cell)
            else:
                cells.extend(
                    parse(" ".join(map(canonical, inner)), cell.matrix.place)
                    for inner in _combinations(cell)
                )
        rows.append(cells)
        if len(cells) > MAX_PACKAGES:
            raise _error(item.matrix, f"a row of more than {MAX_PACKAGES} entries")
    total = 1
    for cells in rows:
        total *= len(cells)
    if total > MAX_PACKAGES:
        raise _error(item.matrix, f"a matrix of {total} combinations")
    for combination in itertools.product(*rows):
        if not combination:
            return
        merged = _merged(combination, item)
        if any(satisfies(merged, unwanted) for unwanted in item.matrix.exclude):
            continue
        if item.sigil:
            first = parse(item.sigil + format_spec(combination[0]), item.matrix.place)
            combination = (first, *combination[1:])
        yield combination


def _merged(cells: tuple[Package, ...], item: _Rows) -> Package:
    package = cells[0]
    for cell in cells[1:]:
        try:
            package = constrain(package, cell)
        except Conflict as error:
            where = cell.place if cell.place.line else item.matrix.place
            raise InputError(
                f"`{canonical(package)}` and `{canonical(cell)}` contradict each other in a "
                f"matrix: {error}",
                file=where.file,
                line=where.line,
                column=where.column,
                hint="take the combination out with `exclude`; this row's entry is the second",
            ) from None
    return replace(package, place=cells[0].place)


def _error(matrix: Matrix, message: str) -> InputError:
    return InputError(
        message, file=matrix.place.file, line=matrix.place.line, column=matrix.place.column
    )
