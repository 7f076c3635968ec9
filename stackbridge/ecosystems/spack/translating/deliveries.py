"""What became of each package that a stack asks for: the writer's rows.

A row follows from the notices of its own request, so that neither can say what the other
does not: without an approximation or a loss it is exact (or a bundle's members, each in its
version), with one approximated, and lost where nothing stands in the output for it.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from stackbridge.ecosystems import Delivered
from stackbridge.ecosystems.spack.vocabulary import NAMESPACE
from stackbridge.hub.expand import Expanded, expand
from stackbridge.hub.notices import Code, Notice, Severity
from stackbridge.hub.package import Package
from stackbridge.hub.shortform import format_package
from stackbridge.hub.stack import Stack

if TYPE_CHECKING:
    from stackbridge.ecosystems.spack.translating.supply import Supply

__all__ = ["Outcome", "delivered"]

_DOUBTS = (Severity.APPROXIMATED, Severity.LOST)
_NAMED = 3
# With one of these something else stands in for what was not generated.
_ELSEWHERE = {Code.VERSION_APPROXIMATED, Code.PACKAGE_LOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Spack's packages for one request, what was said of it, and which of them are generated."""

    packages: tuple[Package, ...]
    notices: tuple[Notice, ...]
    generated: tuple[str, ...] = ()


def delivered(
    stack: Stack,
    outcomes: Mapping[Package, Outcome],
    translate: Callable[[Package], list[Package]],
    supply: Supply | None = None,
) -> tuple[tuple[Delivered, ...], list[Notice]]:
    """One row for each package that the stack asks for, in the order of `expand`.

    `translate` adds to `outcomes` what is not in them: the combinations of a matrix. Their
    notices which nothing else said, and those of what `supply` made, are the second result.
    """
    more: dict[Notice, None] = {}
    known = {notice for outcome in outcomes.values() for notice in outcome.notices}
    every = expand(stack)
    for wanted in every:
        if wanted.package not in outcomes:
            translate(wanted.package)
            more |= {n: None for n in outcomes[wanted.package].notices if n not in known}
    made: dict[str, list[Notice]] = {}
    for notice in supply.files()[1] if supply is not None else ():
        more[notice] = None
        made.setdefault(notice.subject, []).append(notice)
    rows = []
    for number, wanted in enumerate(every):
        outcome = outcomes[wanted.package]
        said = tuple(n for name in dict.fromkeys(outcome.generated) for n in made.get(name, ()))
        rows.append(_row(number, wanted, replace(outcome, notices=(*outcome.notices, *said))))
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
    how: Literal["exact", "approximated", "bundle", "generated", "lost"] = "exact"
    if not outcome.packages:
        how = "lost"
    elif outcome.generated and not _ELSEWHERE & set(codes):
        how = "generated"
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
        evidence=_evidence(names[0], outcome) if known else "",
        number=number,
        group=wanted.group,
        place=wanted.place,
    )


def _version(package: Package) -> str:
    versions = package.versions
    return "" if versions.is_any else str(versions.exact or versions)


def _evidence(name: str, outcome: Outcome) -> str:
    """The recipe that the row rests on, in the repository that it stands in."""
    own = f"repo/spack_repo/{NAMESPACE}/" if name in outcome.generated else ""
    return own + _recipe(name)


def _recipe(name: str) -> str:
    """The recipe's path in its repository, as Spack names it (`spack.util.naming`)."""
    module = re.sub(r"[-.]", "_", name)
    prefix = "_" if module[:1].isdigit() or keyword.iskeyword(module) else ""
    return f"packages/{prefix}{module}/package.py"
