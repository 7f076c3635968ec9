"""What the release lacks is generated: a plan's losses filled by easyconfigs of their own.

The composer hands over who knows recipes (`Context.options["recipes"]`, `recipe_writer.Recipes`);
the easyconfigs lie under `easyconfigs/` beside the easystack, as a robot path has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from stackbridge.ecosystems.easybuild.choosing.accounting import Account
from stackbridge.ecosystems.easybuild.choosing.candidates import gpu_wanted, holds
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Naming
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM, Generation, Offer
from stackbridge.ecosystems.easybuild.choosing.requests import VIRTUALS, Request, requests_of
from stackbridge.ecosystems.easybuild.choosing.translation import Plan, PlannedEntry
from stackbridge.ecosystems.easybuild.easyconfigs.exchanging import exchange
from stackbridge.ecosystems.easybuild.easyconfigs.generating_account import MadeAccount
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import (
    PART_OF_TOOLCHAIN,
    Shelf,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Made, Maker, Recipes
from stackbridge.ecosystems.easybuild.easyconfigs.wished import (
    Choices,
    brought_by,
    choices_of,
    idle,
    without_idle_wishes,
)
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Feature, Package

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Delivered
    from stackbridge.ecosystems.easybuild.choosing.offers import IndexRelease
    from stackbridge.hub.stack import Stack

__all__ = ["DIRECTORY", "fill"]

DIRECTORY = "easyconfigs"

_ROCM = frozenset({"rocm", "amdgpu_target", "hip"})


def fill(
    stack: Stack,
    plan: Plan,
    release: IndexRelease,
    catalog: Catalog | None,
    recipes: Recipes,
) -> tuple[Plan, dict[str, str]]:
    """The plan with easyconfigs of its own generation for what it lacks, and their files.

    That is: what is lost, what the release has in other generations or versions only, and what
    was wanted with CUDA and is there without.
    """
    if plan.generation is None:
        return plan, {}
    requests = {request.number: request for request in requests_of(stack).requests}
    choices = choices_of(recipes)
    plan = without_idle_wishes(plan, requests, choices)
    offers = {entry.file: entry.offer for entry in plan.entries}
    wanted = [
        (row, requests[row.number])
        for row in plan.delivered
        if row.number in plan.generations
        and requests[row.number].name not in VIRTUALS
        and (
            requests[row.number].below
            or _lacks(row, offers.get(row.evidence), plan.generations[row.number])
        )
    ]
    if not wanted:
        return plan, {}
    packages = {row.number: _package(request, choices) for row, request in wanted}
    made: dict[int, Made] = {}
    notices: list[Notice] = []
    said: dict[int, list[Notice]] = {}
    everything: dict[str, Made] = {}
    makers: dict[str, Maker] = {}
    naming = Naming(release, catalog, stack.names)
    chosen = [plan.generations[row.number] for row, _ in wanted]
    for generation in {str(one): one for one in chosen}.values():
        here = [pair for pair in wanted if plan.generations[pair[0].number] == generation]
        maker = makers[str(generation)] = Maker(
            Shelf(release.resolver, release.index, naming, (generation.name, generation.version)),
            recipes=recipes,
            read=release.index.text,
            roots=[packages[row.number] for row, _ in here],
            everywhere=_everywhere(requests.values()),
            made=everything,  # levels that two generations share have one file of a name
        )
        # the plainest of several gets the name without a suffix
        for row, request in sorted(here, key=lambda pair: len(pair[1].package.features)):
            if not _lacks(row, offers.get(row.evidence), generation):
                continue  # only its dependencies may be other ones
            try:
                found = maker.for_package(packages[row.number])
            except InputError as error:
                notices.append(_failed(request, error, row))
                continue
            if found is None or _no_nearer(row, request, found):
                continue
            gpus = packages[row.number].gpus
            if "-CUDA-" in found.suffix or not gpus:
                made[row.number] = found
            elif row.how == "lost" or _elsewhere(offers.get(row.evidence), generation):
                made[row.number] = found
                if not idle(request, choices):
                    said.setdefault(row.number, []).append(_without_gpu(request, gpus, found))
    account = MadeAccount(release, everything)
    for row in plan.delivered:
        if row.number in plan.generations and requests[row.number].below:
            request, before = requests[row.number], made.get(row.number)
            known = makers.get(str(plan.generations[row.number]))
            file = before.file if before is not None else row.evidence
            text = before.text if before is not None else _text(release, row.evidence)
            if known is None or text is None or row.how == "bundle":
                continue
            other = exchange(request, file, text, known, account)
            if other is not None:
                account = MadeAccount(release, everything)
                made[row.number] = other if before is None else _after(before, other)
    for number, one in made.items():
        generation = plan.generations[number]
        said.setdefault(number, []).extend(
            account.notices(
                requests[number], one, generation, Account(stack, release, naming, generation)
            )
        )
    used = account.used(one.file for one in made.values())
    everything = {path: one for path, one in everything.items() if one.file in used}
    for each in (*everything.values(), *made.values()):
        notices += [notice for notice in each.notices if notice not in notices]
    for number in sorted(said):
        notices += [notice for notice in said[number] if notice not in notices]
    return _replaced(stack, plan, requests, made, said, further=notices, everything=everything)


def _lacks(row: Delivered, offer: Offer | None, generation: Generation) -> bool:
    if row.how == "lost" or _elsewhere(offer, generation) or Code.GPU_LOST.value in row.kinds:
        return True
    # compilers and MPI libraries are the generation's own
    return Code.VERSION_APPROXIMATED.value in row.kinds and row.name not in PART_OF_TOOLCHAIN


def _text(release: IndexRelease, file: str) -> str | None:
    entry = release.index.entry(file) if file else None
    return release.index.text(entry) if entry is not None else None


def _after(before: Made, other: Made) -> Made:
    """What was made of something that was made: all that was said of that holds still."""
    return replace(other, notices=(*before.notices, *other.notices), origin=before.origin)


def _no_nearer(row: Delivered, request: Request, found: Made) -> bool:
    """Whether what was made has not the version either for which it was made."""
    return Code.VERSION_APPROXIMATED.value in row.kinds and not holds(
        found.version, request.package.versions
    )


def _elsewhere(offer: Offer | None, generation: Generation) -> bool:
    """Whether an easyconfig is one of another generation."""
    return (
        offer is not None and offer.toolchain != SYSTEM and offer.toolchain not in generation.levels
    )


def _replaced(
    stack: Stack,
    plan: Plan,
    requests: Mapping[int, Request],
    made: Mapping[int, Made],
    said: Mapping[int, list[Notice]],
    *,
    further: list[Notice],
    everything: Mapping[str, Made],
) -> tuple[Plan, dict[str, str]]:
    """The plan with what was made in place of what it had."""
    # A request of several groups has one place: what is said of it goes when all are replaced.
    kept = {_key(requests[row.number]) for row in plan.delivered if row.number not in made}
    gone = {_key(requests[number]) for number in made} - kept
    notices = [n for n in plan.notices if (n.subject, n.where) not in gone]
    entries: list[PlannedEntry] = []
    for entry in plan.entries:
        left = [number for number in entry.requests if number not in made]
        if left:
            entries.append(replace(entry, requests=left))
    by_file = {entry.file: entry for entry in entries}
    for number, one in made.items():
        own = by_file.get(one.file)
        if own is None:
            own = by_file[one.file] = PlannedEntry(file=one.file)
            entries.append(own)
        own.requests.append(number)
        if "-CUDA-" in one.suffix:
            package = requests[number].package
            own.gpus |= set(gpu_wanted(package.features, package.gpus)) | set(stack.gpus)
    delivered = tuple(
        replace(
            row,
            how="generated",
            kinds=_kinds((*found.notices, *said.get(row.number, ()))),
            name=found.name,
            version=found.version,
            evidence=found.file,
        )
        if (found := made.get(row.number)) is not None
        else row
        for row in plan.delivered
    )
    files = {
        f"{DIRECTORY}/{path}": text for each in everything.values() for path, text in each.files()
    }
    filled = replace(
        plan,
        entries=entries,
        delivered=delivered,
        notices=(*notices, *further),
        generated=bool(files),
    )
    return filled, files


def _key(request: Request) -> tuple[str, Place]:
    return request.name, request.place


def _package(request: Request, choices: Choices) -> Package:
    """What is asked of a recipe; a rule on all packages holds where there is such a choice."""
    features = tuple(
        replace(feature, propagated=feature.propagated or feature.name in request.wished)
        for feature in request.package.features
    )
    features += brought_by(request, choices)
    gpus = gpu_wanted(request.package.features, request.package.gpus)
    if any(gpu.startswith("gfx") for gpu in gpus):
        # EasyBuild's common toolchains hold no ROCm; what is left is the package without.
        features = tuple(f for f in features if f.name not in _ROCM)
        features = (*features, Feature(name="rocm", value=False, propagated=True))
    return Package(
        name=request.package.name,
        versions=request.package.versions,
        features=features,
        gpus=gpus,
        place=request.place,
    )


def _everywhere(requests: Iterable[Request]) -> tuple[Feature, ...]:
    """The features of rules on all packages that all requests have."""
    found = [
        {
            replace(feature, propagated=True)
            for feature in request.package.features
            if feature.name in request.wished
        }
        for request in requests
    ]
    return tuple(sorted(set.intersection(*found), key=lambda f: f.name)) if found else ()


def _kinds(notices: Iterable[Notice]) -> tuple[str, ...]:
    from stackbridge.hub.notices import losses

    return tuple(dict.fromkeys(notice.code.value for notice in losses(notices)))


def _without_gpu(request: Request, gpus: tuple[str, ...], made: Made) -> Notice:
    return Notice(
        code=Code.GPU_LOST,
        subject=request.name,
        what=f"it is not built for {', '.join(gpus)}",
        why=f"nothing in {made.file} uses a GPU",
        instead=made.file,
        where=request.place,
    )


def _failed(request: Request, error: InputError, row: Delivered) -> Notice:
    return Notice(
        code=Code.PACKAGE_LOST if row.how == "lost" else Code.STEP_ASSUMED,
        subject=request.name,
        what="no easyconfig could be generated",
        why=str(error),
        instead=row.evidence,
        where=request.place,
    )
