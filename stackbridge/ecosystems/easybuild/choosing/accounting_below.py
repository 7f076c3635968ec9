"""What an easystack does not say of the dependencies of one request.

Constraints on what lies below (`^hdf5@1.14 +mpi`) are held against what the chosen easyconfig
really needs; dependencies which were requested themselves must be the same build.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from stackbridge.ecosystems.easybuild.choosing.candidates import holds
from stackbridge.ecosystems.easybuild.choosing.ledger import Ledger
from stackbridge.ecosystems.easybuild.choosing.release import Generation, Offer
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.choosing.selection import Choice
from stackbridge.ecosystems.easybuild.choosing.wording import short, shown
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency

__all__ = ["BelowAccount"]


class BelowAccount:
    """Notices about dependencies, written into the ledger of their request."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def notices(self, request: Request, offer: Offer, generation: Generation) -> Iterator[Notice]:
        below: Mapping[str, tuple[Offer, ...]] | None = None
        for dependency in request.below:
            if below is None:
                below = self.ledger.release.closure(offer)
            yield from self._dependency(request, dependency, offer, below, generation)

    def _dependency(
        self,
        request: Request,
        dependency: Dependency,
        offer: Offer,
        below: Mapping[str, tuple[Offer, ...]],
        generation: Generation,
    ) -> Iterator[Notice]:
        package = dependency.package
        name = package.name or "*"
        kinds = f" ({', '.join(dependency.kinds)})" if dependency.kinds else ""
        sign = "%" if dependency.direct else "^"
        said = f"`{sign}{short(package)}`{kinds} of `{request.name}`"
        place = package.place if package.place.line else request.place
        if dependency.when is not None:
            yield self.ledger.note(
                Code.CONDITION_LOST,
                request,
                f"{said} is wanted under a condition",
                "conditions are not evaluated",
                place=place,
            )
            return
        named = self.ledger.naming(name)
        found: Offer | None = None
        version = ""
        for candidate in named.software:
            if candidate == offer.name:
                found, version = offer, offer.version
            elif candidate in below:
                found = below[candidate][0]
                version = found.version
            if found is not None:
                break
        if found is None:
            for candidate in named.members:
                for member in self.ledger.release.members(candidate):
                    if member.host in below.get(member.host.name, ()):
                        found, version = member.host, member.version
        if found is None:
            what = {
                "absent": "EasyBuild does not have it",
                "unknown": "EasyBuild has nothing of that name",
            }.get(named.how, f"`{offer.file}` does not need it")
            yield self.ledger.note(
                Code.DEPENDENCY_LOST, request, f"{said} can't be said", what, place=place
            )
            return
        fits = holds(version, package.versions)
        if not fits:
            yield self.ledger.note(
                Code.DEPENDENCY_APPROXIMATED,
                request,
                f"{said} has another version",
                f"`{offer.file}` needs that one",
                f"`{found.file}`",
                place=place,
            )
        judge = self.ledger.judge(generation)
        verdicts = [judge(feature, found) for feature in package.features]
        bad = [verdict for verdict in verdicts if verdict.outcome in ("lost", "approximated")]
        assumed = [verdict for verdict in verdicts if verdict.outcome == "assumed"]
        if bad:
            features = " ".join(shown(verdict.feature) for verdict in bad)
            yield self.ledger.note(
                Code.DEPENDENCY_APPROXIMATED,
                request,
                f"`{features}` of {said} can't be had",
                bad[0].why,
                f"`{found.file}`",
                place=place,
            )
        if assumed:
            features = " ".join(shown(verdict.feature) for verdict in assumed)
            yield self.ledger.note(
                Code.FEATURE_ASSUMED,
                request,
                f"`{features}` of {said} is taken to hold",
                assumed[0].why,
                f"`{found.file}`",
                place=place,
            )
        if fits and not bad:
            yield self.ledger.note(
                Code.DEPENDENCY_IMPLIED,
                request,
                f"{said} holds there, and no entry says it",
                f"`{offer.file}` needs that one" if found != offer else "it is that itself",
                f"`{found.file}`",
                place=place,
            )
        for inner in package.dependencies:
            inner_below = self.ledger.release.closure(found)
            yield from self._dependency(request, inner, found, inner_below, generation)
        if package.flags:
            yield self.ledger.flags(request, package)
        for key in ("target", "os"):
            value = getattr(package, key)
            if value is not None:
                yield self.ledger.note(
                    Code.TARGET_LOST,
                    request,
                    f"`{key}={value}` of {said} can't be said",
                    "EasyBuild builds everything for the machine it runs on",
                    place=place,
                )

    def disagreements(
        self, request: Request, choice: Choice, beside: Mapping[str, Collection[str]]
    ) -> list[Notice]:
        """Dependencies that were requested themselves and chosen in another build."""
        if choice.where not in ("generation", "system"):
            return []  # being of another generation is said already
        return [
            self.ledger.note(
                Code.DEPENDENCY_APPROXIMATED,
                request,
                f"`{choice.file}` needs `{below.file}`",
                f"{below.name} itself is wanted in another build; the two can't be loaded together",
                " and ".join(f"`{file}`" for file in sorted(beside[below.name])),
            )
            for below in self.ledger.release.requires(choice.candidate.offer)
            if below.name in beside and below.file not in beside[below.name]
        ]
