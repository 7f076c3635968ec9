"""What the release lacks is generated: a plan's losses filled by easyconfigs of their own.

The composer hands over who knows recipes (`Context.options["recipes"]`, `recipe_writer.Recipes`);
the easyconfigs lie under `easyconfigs/` beside the easystack, as a robot path has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from stackbridge.ecosystems.easybuild.candidates import gpu_wanted
from stackbridge.ecosystems.easybuild.catalog_names import Naming
from stackbridge.ecosystems.easybuild.recipe_dependencies import Shelf
from stackbridge.ecosystems.easybuild.recipe_writer import Made, Maker, Recipes
from stackbridge.ecosystems.easybuild.requests import VIRTUALS, Request, requests_of
from stackbridge.ecosystems.easybuild.translation import Plan, PlannedEntry
from stackbridge.errors import InputError
from stackbridge.hub.notices import NOWHERE, Code, Notice
from stackbridge.hub.package import Feature, Package

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems.easybuild.offers import IndexRelease
    from stackbridge.hub.stack import Stack

__all__ = ["DIRECTORY", "fill"]

DIRECTORY = "easyconfigs"

_LOST = (Code.PACKAGE_LOST, Code.PACKAGE_ABSENT)


def fill(
    stack: Stack,
    plan: Plan,
    release: IndexRelease,
    catalog: Catalog | None,
    recipes: Recipes,
) -> tuple[Plan, dict[str, str]]:
    """The plan with its lost packages generated, and the files for that."""
    if plan.generation is None or all(row.how != "lost" for row in plan.delivered):
        return plan, {}
    requests = {request.number: request for request in requests_of(stack).requests}
    packages = {number: _package(request) for number, request in requests.items()}
    lost = [
        row.number
        for row in plan.delivered
        if row.how == "lost"
        and row.number in requests
        and requests[row.number].name not in VIRTUALS
    ]
    shelf = Shelf(
        release.resolver,
        release.index,
        Naming(release, catalog, stack.names),
        (plan.generation.name, plan.generation.version),
    )
    maker = Maker(
        shelf,
        recipes=recipes,
        read=release.index.text,
        roots=[packages[number] for number in lost if not packages[number].gpus],
        everywhere=_everywhere(requests.values()),
    )
    entries = list(plan.entries)
    delivered = list(plan.delivered)
    notices = list(plan.notices)
    by_file = {entry.file: entry for entry in entries}
    said: set[str] = set()
    for position, row in enumerate(delivered):
        if row.number not in lost:
            continue
        request = requests[row.number]
        before = set(maker.made)
        try:
            made = maker.for_package(packages[row.number])
        except InputError as error:
            notices.append(_failed(request, error))
            continue
        if made is None:
            continue
        own = [notice for notice in notices if _is_about(notice, request)]
        notices = [notice for notice in notices if notice not in own]
        for path in [path for path in maker.made if path not in before]:
            if maker.made[path].path != made.path:
                notices += maker.made[path].notices
        if made.path not in said:
            notices += made.notices
            said.add(made.path)
        entry = by_file.get(made.file)
        if entry is None:
            entry = by_file[made.file] = PlannedEntry(file=made.file)
            entries.append(entry)
        entry.requests.append(row.number)
        if "-CUDA-" in made.suffix:
            entry.gpus |= set(gpu_wanted(request.package.features, request.package.gpus))
            entry.gpus |= set(stack.gpus)
        delivered[position] = replace(
            row,
            how="generated",
            kinds=_kinds(made),
            name=made.name,
            version=made.version,
            evidence=made.file,
        )
    files = {f"{DIRECTORY}/{path}": made.text for path, made in maker.made.items()}
    filled = replace(
        plan,
        entries=entries,
        delivered=tuple(delivered),
        notices=tuple(notices),
        generated=bool(files),
    )
    return filled, files


def _package(request: Request) -> Package:
    """What is asked of a recipe; a rule on all packages holds where there is such a choice."""
    features = tuple(
        replace(feature, propagated=feature.propagated or feature.name in request.wished)
        for feature in request.package.features
    )
    return Package(
        name=request.package.name,
        versions=request.package.versions,
        features=features,
        gpus=request.package.gpus,
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


def _is_about(notice: Notice, request: Request) -> bool:
    return notice.code in _LOST and (
        notice.subject == request.name and request.place in (NOWHERE, notice.where)
    )


def _kinds(made: Made) -> tuple[str, ...]:
    from stackbridge.hub.notices import losses

    return tuple(dict.fromkeys(notice.code.value for notice in losses(made.notices)))


def _failed(request: Request, error: InputError) -> Notice:
    return Notice(
        code=Code.PACKAGE_LOST,
        subject=request.name,
        what="no easyconfig could be generated",
        why=str(error),
        where=request.place,
    )
