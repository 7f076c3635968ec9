"""Rules about MPI: is one offered, of the binary family that is asked for?"""

from __future__ import annotations

from collections.abc import Iterator

from stackbridge.catalog.spelling import fold
from stackbridge.resolver.model import Level, Reason
from stackbridge.resolver.mpi import family_of
from stackbridge.resolver.rules.case import Case
from stackbridge.sites.profile import Mpi

__all__ = ["mpi_abi", "mpi_name"]


def mpi_abi(case: Case) -> Iterator[Reason]:
    """An MPI is offered, of the binary family that is asked for."""
    demands = case.wanted.mpi_families()
    here = [mpi for mpi in case.site.mpi if mpi.holds_for(case.partition.id)]
    through_eessi = any(
        d.kind == "eessi" and d.holds_for(case.partition.id) for d in case.site.delivery
    )
    for family, asking in demands.items():
        if through_eessi and not case.wanted.container and family in ("openmpi", "any"):
            if not any(family in ("any", mpi.abi) for mpi in here):
                yield Reason(
                    rule="mpi-abi",
                    level=Level.NOTE,
                    subject=asking,
                    message="EESSI brings its own Open MPI",
                    evidence="the profile names no other MPI of this family",
                )
            continue
        yield from _mpi(case, family, asking, here)


def _mpi(case: Case, family: str, asking: str, here: list[Mpi]) -> Iterator[Reason]:
    if not here:
        yield Reason(
            rule="mpi-abi",
            level=Level.UNKNOWN,
            subject=asking,
            message="an MPI is wanted, and which one the site offers is not known",
        )
        return
    names = ", ".join(f"{mpi.name} ({mpi.abi or 'family not known'})" for mpi in here)
    source = case.site.reference([item for mpi in here for item in mpi.source])
    if family == "any" or any(mpi.abi == family for mpi in here):
        return
    same_name = [mpi for mpi in here if fold(mpi.name) == fold(asking)]
    if same_name:
        return
    if family == "other" or any(mpi.abi is None for mpi in here):
        yield Reason(
            rule="mpi-abi",
            level=Level.UNKNOWN,
            subject=asking,
            message=f"whether {asking} fits the MPI of the site is not known",
            evidence=names,
            source=source,
        )
        return
    other = next((mpi for mpi in here if mpi.details.get("default")), here[0])
    yield Reason(
        rule="mpi-abi",
        level=Level.CHANGES_NEEDED,
        subject=asking,
        message=f"{asking} wanted ({family} ABI), and the site offers {names}",
        evidence=names,
        source=source,
        change=f"use {other.name}, or any MPI of the {other.abi} family",
    )


def mpi_name(case: Case) -> Iterator[Reason]:
    """Where another MPI of the same family stands in, say so."""
    here = [mpi for mpi in case.site.mpi if mpi.holds_for(case.partition.id)]
    for family, asking in case.wanted.mpi_families().items():
        if family in ("any", "other") or family_of(asking) is None:
            continue
        same = [mpi for mpi in here if mpi.abi == family]
        if same and not any(fold(mpi.name) == fold(asking) for mpi in same):
            yield Reason(
                rule="mpi-name",
                level=Level.NOTE,
                subject=asking,
                message=f"the site's own MPI is {same[0].name}, of the same ABI family",
                evidence=f"{same[0].name}: {family} ABI",
                source=case.site.reference(same[0].source),
            )
