"""Rules about packages: installed, buildable, loadable together, refused."""

from __future__ import annotations

from collections.abc import Iterator

from stackbridge.catalog.spelling import fold
from stackbridge.hub.versions import Version
from stackbridge.resolver.model import How, Level, Reason
from stackbridge.resolver.placing import Choice, builders
from stackbridge.resolver.rules.case import Case

__all__ = [
    "eessi_gpu",
    "features",
    "foreign_recipes",
    "one_generation",
    "package_found",
    "vetoed",
]


def vetoed(case: Case) -> Iterator[Reason]:
    """The site does not refuse a package."""
    for veto in case.site.vetoes:
        if not veto.holds_for(case.partition.id):
            continue
        refused = {fold(name) for name in veto.names}
        for package in case.wanted.packages:
            names = case.offers.offered(package.name, case.wanted.names, "easybuild") or ()
            if not refused & {fold(package.name), *(fold(name.name) for name in names)}:
                continue
            yield Reason(
                rule="vetoed",
                level=Level.BLOCKED,
                subject=package.name,
                message=f"{case.site.name} refuses {package.name} on {case.partition.id}",
                evidence=f"refused: {', '.join(veto.names)}",
                source=case.site.reference(veto.source),
                change="leave it out or take another",
                place=package.place,
            )


def package_found(case: Case) -> Iterator[Reason]:
    """Each package is installed, can be built with what the site uses, or is in the image."""
    for choice in case.choices:
        candidate, package = choice.candidate, choice.package
        if candidate is None:
            yield from _missing(case, choice)
            continue
        built = candidate.how in (How.EASYBUILD, How.SPACK)
        message = f"{candidate.where} is installed"
        if candidate.how is How.CONTAINER:
            message = "comes in the image"
        elif built:
            message = (
                f"can be built with {'EasyBuild' if candidate.how is How.EASYBUILD else 'Spack'}"
            )
        yield Reason(
            rule="package-built" if built else "package-installed",
            level=Level.BUILDABLE if built else Level.NOTE,
            subject=package.text,
            message=message,
            evidence=candidate.evidence,
            source=candidate.source,
            place=package.place,
        )
        if choice.alone:
            yield Reason(
                rule="one-generation",
                level=Level.WARNING,
                subject=package.text,
                message=f"{candidate.where} is for another toolchain generation than the rest",
                evidence=candidate.evidence,
                source=candidate.source,
                change="build it with `--try-toolchain`, or use it in a job of its own",
                place=package.place,
            )


def _missing(case: Case, choice: Choice) -> Iterator[Reason]:
    package = choice.package
    if choice.apart is not None:
        yield Reason(
            rule="one-generation",
            level=Level.CHANGES_NEEDED,
            subject=package.text,
            message=f"{choice.apart.where} is installed, but can't be loaded beside the others",
            evidence=choice.apart.evidence,
            source=choice.apart.source,
            change="use it in a job of its own (`unify: separately`), or ask for other versions",
            place=package.place,
        )
        return
    if not choice.recipes:
        yield Reason(
            rule="delivery",
            level=Level.UNKNOWN,
            subject=package.text,
            message="not in the lists held for this site, and how it could be built is not known",
            evidence=_deliveries(case),
            source=case.site.reference([i for d in case.site.delivery for i in d.source]),
            place=package.place,
        )
        return
    if not choice.known:
        near = case.offers.suggest(package.name, case.wanted.names)
        yield Reason(
            rule="package-name",
            level=Level.UNKNOWN,
            subject=package.text,
            message=f"the catalog does not know `{package.name}`",
            change=f"did you mean {' or '.join(f'`{name}`' for name in near[:2])}?" if near else "",
            place=package.place,
        )
        return
    kinds = ", ".join(choice.recipes)
    if choice.other_versions:
        versions = _nearest(choice)
        yield Reason(
            rule="package-version",
            level=Level.CHANGES_NEEDED,
            subject=package.text,
            message=f"no recipe for this version ({kinds})",
            evidence=f"there are {', '.join(versions)}",
            source="catalog",
            change=f"ask for {versions[0]}",
            place=package.place,
        )
        return
    yield Reason(
        rule="package-recipe",
        level=Level.CHANGES_NEEDED,
        subject=package.text,
        message=f"no recipe that fits ({kinds})" + (f", for {package.gpu}" if package.gpu else ""),
        evidence="the catalog holds none",
        source="catalog",
        change="write a recipe, or bring it in a container"
        if case.site.runtimes
        else "write a recipe",
        place=package.place,
    )


def _nearest(choice: Choice) -> list[str]:
    """Up to three versions that exist, the newest first."""
    ordered = sorted(
        (version for version in choice.other_versions if version),
        key=lambda text: (not Version(text).is_branch, Version(text)),
        reverse=True,
    )
    return ordered[:3] or list(choice.other_versions[:3])


def _deliveries(case: Case) -> str:
    here = [d for d in case.site.delivery if d.holds_for(case.partition.id) and not d.retired]
    if not here:
        return "the profile names no way of delivery"
    names = ", ".join(f"{d.kind} ({d.scope})" if d.scope else d.kind for d in here)
    return f"delivered by {names}"


def one_generation(case: Case) -> Iterator[Reason]:
    """Installed packages can be loaded together; what is of another generation is built."""
    for choice in case.choices:
        if choice.candidate is None or choice.apart is None:
            continue
        yield Reason(
            rule="one-generation",
            level=Level.NOTE,
            subject=choice.package.text,
            message=f"{choice.apart.where} is installed too, but not beside the others' toolchain",
            evidence=choice.apart.evidence,
            source=choice.apart.source,
            place=choice.package.place,
        )


def features(case: Case) -> Iterator[Reason]:
    """Features which no list of modules and no recipe's name can confirm are named."""
    for choice in case.choices:
        candidate, package = choice.candidate, choice.package
        if candidate is None or not package.other:
            continue
        if candidate.how in (How.SPACK, How.CONTAINER):
            continue
        yield Reason(
            rule="features",
            level=Level.NOTE,
            subject=package.text,
            message=f"{candidate.where} does not say whether it has {' '.join(package.other)}",
            evidence="module and recipe names don't tell",
            place=package.place,
        )


def eessi_gpu(case: Case) -> Iterator[Reason]:
    """Where EESSI serves CPUs only, say so to who wants GPUs."""
    if not any(package.gpu for package in case.wanted.packages):
        return
    for delivery in case.site.delivery:
        if delivery.kind == "eessi" and delivery.cpu_only and delivery.holds_for(case.partition.id):
            yield Reason(
                rule="eessi-gpu",
                level=Level.NOTE,
                subject="eessi",
                message=f"EESSI on {case.site.name} serves CPUs only",
                evidence=str(delivery.details.get("how", "cpu_only")),
                source=case.site.reference(delivery.source),
            )


def foreign_recipes(case: Case) -> Iterator[Reason]:
    """Where the site builds from recipes of its own, which the catalog does not hold, say so."""
    lacking = any(choice.candidate is None for choice in case.choices)
    if not lacking or builders(case.site, case.partition):
        return
    for delivery in case.site.delivery:
        if delivery.kind == "easybuild" and not delivery.upstream_recipes and not delivery.retired:
            yield Reason(
                rule="foreign-recipes",
                level=Level.NOTE,
                subject="easybuild",
                message=f"{case.site.name} builds from easyconfigs of its own",
                evidence="upstream easyconfigs don't build there",
                source=case.site.reference(delivery.source),
            )
