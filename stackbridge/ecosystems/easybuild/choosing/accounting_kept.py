"""What an entry that is kept as it is leaves unsaid.

Its file name says name, version, toolchain and versionsuffix; a package that carries it may
ask for more: features, dependencies, flags, a system. Held against the easyconfig where the
release has it; where it has not, nobody knows, and what is asked for is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from stackbridge.ecosystems.easybuild.choosing.accounting import Account
from stackbridge.ecosystems.easybuild.choosing.accounting_below import BelowAccount
from stackbridge.ecosystems.easybuild.choosing.parts import Part
from stackbridge.ecosystems.easybuild.choosing.release import Generation, Offer, Release
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import read as read_suffix
from stackbridge.ecosystems.easybuild.choosing.wording import short, shown
from stackbridge.hub.notices import Code, Notice

__all__ = ["generation_of", "kept_notices", "part_of"]


def generation_of(offers: Iterable[Offer], release: Release) -> Generation:
    """The newest generation that most of the easyconfigs belong to."""
    levels = [offer.toolchain for offer in offers]
    known = release.generations()
    return max(
        enumerate(known), key=lambda row: (sum(level in row[1].levels for level in levels), row[0])
    )[1]


def part_of(requests: Iterable[Request], offers: Iterable[Offer], release: Release) -> Part:
    """Kept entries as a part of the stack, for what is wanted of all of them."""
    return Part(
        generation=generation_of(offers, release),
        numbers=frozenset(request.number for request in requests),
    )


def kept_notices(
    account: Account, request: Request, offer: Offer | None, own: Mapping[str, Any]
) -> Iterator[Notice]:
    """Notices on one kept entry. `account` is of a generation that has its toolchain; `own` is
    what the package carries for EasyBuild.
    """
    suffix, options = str(own.get("versionsuffix") or ""), own.get("options") or {}
    generation = account.generation
    assert generation is not None
    said = read_suffix(suffix, frozenset(account.release.software))
    features = tuple(f for f in request.package.features if f.name not in said.features)
    named = dict(said.software)
    below = tuple(
        d for d in request.below if d.package.versions != _exactly(named.get(d.package.name or ""))
    )
    if offer is not None:
        rest = replace(request, package=replace(request.package, features=features), below=below)
        yield from account.judged(rest, offer, generation)
        yield from BelowAccount(account).notices(rest, offer, generation)
        for wish in request.wishes:
            yield from account.wish(request.name, wish, offer, generation)
        if not options.get("cuda-compute-capabilities"):  # which says them
            yield from account.gpus(request, offer)
        yield from account.rest(request)
        return
    for feature in features:
        yield account.note(
            Code.FEATURE_LOST,
            request,
            f"`{shown(feature)}` of `{request.name}` is not said",
            f"{account.release.title} has no such easyconfig to hold it against",
        )
    for dependency in below:
        yield account.note(
            Code.DEPENDENCY_LOST,
            request,
            f"`^{short(dependency.package)}` of `{request.name}` is not said",
            f"{account.release.title} has no such easyconfig to hold it against",
        )
    yield from account.rest(request)


def _exactly(version: str | None) -> object:
    from stackbridge.hub.versions import VersionSet

    return VersionSet.exactly(version) if version is not None else None
