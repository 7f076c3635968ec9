"""What became of each package that a stack asks for: the writer's rows.

A row follows from the notices of its own request, so that neither can say what the other
does not: without an approximation or a loss it is exact (or a bundle's members, each in its
version), with one approximated, and lost where nothing stands in the output for it.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from stackbridge.ecosystems import Delivered
from stackbridge.hub.expand import Expanded, expand
from stackbridge.hub.notices import Code, Notice, Severity
from stackbridge.hub.package import Package
from stackbridge.hub.shortform import format_package
from stackbridge.hub.stack import Stack

__all__ = ["Outcome", "delivered"]

_DOUBTS = (Severity.APPROXIMATED, Severity.LOST)
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Spack's packages for one request, and what was said of it."""

    packages: tuple[Package, ...]
    notices: tuple[Notice, ...]


def delivered(
    stack: Stack,
    outcomes: Mapping[Package, Outcome],
    translate: Callable[[Package], list[Package]],
) -> tuple[tuple[Delivered, ...], list[Notice]]:
    """One row for each package that the stack asks for, in the order of `expand`.

    `translate` adds to `outcomes` what is not in them: the combinations of a matrix. Their
    notices which nothing else said are the second result.
    """
    rows: list[Delivered] = []
    more: dict[Notice, None] = {}
    known = {notice for outcome in outcomes.values() for notice in outcome.notices}
    for number, wanted in enumerate(expand(stack)):
        package = wanted.package
        if package not in outcomes:
            translate(package)
            more |= {n: None for n in outcomes[package].notices if n not in known}
        rows.append(_row(number, wanted, outcomes[package]))
    return tuple(rows), list(more)


def _row(number: int, wanted: Expanded, outcome: Outcome) -> Delivered:
    package = wanted.package
    codes = [notice.code for notice in outcome.notices]
    kinds = tuple(
        dict.fromkeys(
            notice.code.value
            for notice in outcome.notices
            # A kept name of which nobody knows whether Spack has it proves nothing.
            if notice.severity in _DOUBTS or notice.code is Code.NAME_UNKNOWN
        )
    )
    how: Literal["exact", "approximated", "bundle", "lost"] = "exact"
    if not outcome.packages:
        how = "lost"
    elif kinds:
        how = "approximated"
    elif Code.PACKAGE_IN_BUNDLE in codes:
        how = "bundle"
    names = [found.name or "" for found in outcome.packages]
    alone = outcome.packages[0] if len(outcome.packages) == 1 else None
    rest = len(names) - _NAMED
    known = alone is not None and Code.NAME_UNKNOWN not in codes
    return Delivered(
        subject=format_package(package) or package.name or "(any package)",
        how=how,
        kinds=kinds,
        name=", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else ""),
        version=_version(alone) if alone is not None else "",
        evidence=_recipe(names[0]) if known else "",
        number=number,
        group=wanted.group,
        place=wanted.place,
    )


def _version(package: Package) -> str:
    versions = package.versions
    return "" if versions.is_any else str(versions.exact or versions)


def _recipe(name: str) -> str:
    """The recipe's path in its repository, as Spack names it (`spack.util.naming`)."""
    module = re.sub(r"[-.]", "_", name)
    prefix = "_" if module[:1].isdigit() or keyword.iskeyword(module) else ""
    return f"packages/{prefix}{module}/package.py"
