"""The check itself: every rule, for every partition of every site asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stackbridge.errors import UsageError
from stackbridge.resolver.matching import Matcher
from stackbridge.resolver.model import Answer, How, Level, Reason, Report, Result, Verdict, worst
from stackbridge.resolver.offers import Offers
from stackbridge.resolver.placing import Choice, Kept, as_container, place_all
from stackbridge.resolver.rules import RULES, Case
from stackbridge.resolver.variants import LEFT_OUT, meant_for
from stackbridge.resolver.wanted import Wanted, WantedPackage
from stackbridge.sites.profile import Partition, Site

__all__ = ["Where", "check", "partitions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A site to check against; `partition` limits it to one."""

    site: Site
    partition: str | None = None


def partitions_of(where: Where) -> tuple[Partition, ...]:
    """The partitions to check: the one named, or all but login nodes.

    Raises UsageError with near misses when there is none of that name.
    """
    everything = where.site.partitions
    if where.partition is None:
        return tuple(p for p in everything if p.role == "compute") or everything
    found = tuple(p for p in everything if p.id == where.partition)
    if not found:
        import difflib

        names = [partition.id for partition in everything]
        near = difflib.get_close_matches(where.partition, names, n=1)
        raise UsageError(
            f"{where.site.id} has no partition `{where.partition}`",
            hint=f"did you mean `{where.site.id}/{near[0]}`?"
            if near
            else f"it has {', '.join(names)}",
        )
    return found


def check(
    wanted: Wanted,
    places: Sequence[Where],
    offers: Offers,
    *,
    installed_only: bool = False,
    source: str | None = None,
    format_name: str | None = None,
) -> Report:
    """Whether the stack fits these places. `installed_only`: what must be built doesn't count."""
    matcher = Matcher(wanted=wanted, offers=offers)
    kept: Kept = {}
    results = [
        _one(matcher, kept, where.site, partition, installed_only=installed_only)
        for where in places
        for partition in partitions_of(where)
    ]
    return Report(stack=wanted.name, source=source, format=format_name, results=tuple(results))


def _one(
    matcher: Matcher, kept: Kept, site: Site, partition: Partition, *, installed_only: bool
) -> Result:
    everything = matcher.wanted.packages
    counts = meant_for(everything, partition)
    indexes = [index for index, count in enumerate(counts) if count]
    wanted = replace(matcher.wanted, packages=tuple(everything[index] for index in indexes))
    choices = (
        as_container(wanted.packages)
        if wanted.container
        else place_all(matcher, kept, site, partition, indexes)
    )
    case = Case(
        wanted=wanted, site=site, partition=partition, choices=choices, offers=matcher.offers
    )
    reasons = tuple(reason for rule in RULES for reason in rule.judge(case))
    left_out = [everything[index] for index, count in enumerate(counts) if not count]
    reasons += tuple(
        Reason(
            rule="variant",
            level=Level.NOTE,
            subject=package.text,
            message="left out here: another build of it fits this machine",
            place=package.place,
        )
        for package in left_out
    )
    verdict = worst(reasons)
    if installed_only and verdict is Verdict.BUILDABLE:
        verdict = Verdict.CHANGES_NEEDED
    chosen = dict(zip(indexes, choices, strict=True))
    answers = tuple(_answer(package, chosen.get(index)) for index, package in enumerate(everything))
    return Result(
        site=site.id,
        site_name=site.name,
        partition=partition.id,
        verdict=verdict,
        reasons=reasons,
        answers=answers,
        unknown=tuple(
            f"{reason.subject}: {reason.message}"
            for reason in reasons
            if reason.level is Level.UNKNOWN or reason.rule == "features"
        ),
    )


def _answer(package: WantedPackage, choice: Choice | None) -> Answer:
    candidate = choice.candidate if choice else None
    return Answer(
        name=package.name,
        wanted=package.text,
        version=candidate.version if candidate else None,
        how=candidate.how if candidate else How.NONE,
        where=candidate.where if candidate else "" if choice else LEFT_OUT,
        place=package.place,
    )
