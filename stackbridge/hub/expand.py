"""Matrices, definitions and groups written out: which packages does a stack ask for?

A matrix gives every combination of one entry of each row, merged by `merge.constrain` in
the order of the rows, without those which satisfy an exclude. The same package asked for
twice stays twice: in another group it may be meant to be another build.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from stackbridge.errors import InputError
from stackbridge.hub.merge import Conflict, constrain, satisfies
from stackbridge.hub.notices import Place
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.stack import Definition, Entry, Matrix, Stack, Use

__all__ = ["MAX_PACKAGES", "Expanded", "expand", "expand_entries"]

MAX_PACKAGES = 100_000
"""Most packages that one stack may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """One package of a stack, the group it belongs to, and where it was asked for."""

    package: Package
    group: str | None = None
    place: Place


def expand(stack: Stack) -> tuple[Expanded, ...]:
    """Every package that the stack asks for, in order; then group by group.

    A group that is not explicit and that another one needs is only there to be used, such as
    a compiler: nobody asks for it. A definition is used whatever its `when` says, because
    that is never evaluated.

    Raises:
        InputError: an unknown definition, a matrix whose entries contradict each other, or
            more than `MAX_PACKAGES` packages.
    """
    used = {name for group in stack.groups for name in group.needs}
    return tuple(
        Expanded(
            package=package if explicit else replace(package, explicit=False),
            group=group,
            place=package.place,
        )
        for group, explicit, entries in (
            (None, True, stack.entries),
            *(
                (group.name, group.explicit, group.entries)
                for group in stack.groups
                if group.explicit or group.name not in used
            ),
        )
        for package in expand_entries(entries, stack.definitions)
    )


def expand_entries(
    entries: Iterable[Entry], definitions: Iterable[Definition] = ()
) -> tuple[Package, ...]:
    """The packages of some entries; definitions see only those before them."""
    known: dict[str, tuple[Package, ...]] = {}
    for definition in definitions:
        found = _bounded(_entries(definition.entries, known), definition.place)
        known[definition.name] = known.get(definition.name, ()) + found
    return _bounded(_entries(entries, known), Place())


def _bounded(packages: Iterator[Package], place: Place) -> tuple[Package, ...]:
    found = tuple(itertools.islice(packages, MAX_PACKAGES + 1))
    if len(found) > MAX_PACKAGES:
        raise _error(f"this stands for more than {MAX_PACKAGES} packages", place)
    return found


def _entries(
    entries: Iterable[Entry], known: Mapping[str, tuple[Package, ...]]
) -> Iterator[Package]:
    for entry in entries:
        if isinstance(entry, Package):
            yield entry
        elif isinstance(entry, Matrix):
            yield from _matrix(entry, known)
        else:
            yield from _use(entry, known)


def _use(use: Use, known: Mapping[str, tuple[Package, ...]]) -> Iterator[Package]:
    if use.name not in known:
        names = ", ".join(f"`{name}`" for name in known)
        hint = f"a definition stands before its use; there are: {names}"
        if not known:
            hint = "nothing is defined here; copy the definitions from the file that has them"
        raise _error(f"`{use.name}` is not defined", use.place, hint)
    for package in known[use.name]:
        yield package if use.role is None else _as_dependency(package, use.role, use.place)


def _as_dependency(
    package: Package, role: Literal["dependency", "compiler"], place: Place
) -> Package:
    """The package as something wanted below whatever it is merged into."""
    if package.name is not None:
        wanted = Dependency(package=package, direct=role == "compiler")
        return Package(dependencies=(wanted,), place=package.place)
    if role == "compiler" and package.dependencies and package.dependencies[0].direct:
        # Spack puts a `%` before the text: `%gcc` becomes `%%gcc`.
        first = replace(package.dependencies[0], propagated=True)
        return replace(package, dependencies=(first, *package.dependencies[1:]))
    raise _error("a package without a name can't be a dependency", place)


def _matrix(matrix: Matrix, known: Mapping[str, tuple[Package, ...]]) -> Iterator[Package]:
    rows = [_bounded(_entries(row, known), matrix.place) for row in matrix.rows]
    if math.prod(len(row) for row in rows) > MAX_PACKAGES:
        raise _error(f"this matrix has more than {MAX_PACKAGES} combinations", matrix.place)
    for cells in itertools.product(*rows):
        if not cells:
            return
        package = cells[0]
        try:
            for cell in cells[1:]:
                package = constrain(package, cell)
        except Conflict as error:
            message = f"a combination of this matrix contradicts itself: {error}"
            raise _error(message, matrix.place) from None
        if not any(satisfies(package, unwanted) for unwanted in matrix.exclude):
            yield package


def _error(message: str, place: Place, hint: str | None = None) -> InputError:
    return InputError(message, file=place.file, line=place.line, column=place.column, hint=hint)
