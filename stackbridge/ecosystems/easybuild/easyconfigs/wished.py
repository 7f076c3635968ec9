"""A wish on all packages holds for those that have such a choice: whose recipe says so.

`packages: all: require: +cuda` asks nothing of a package without CUDA. Nothing is lost of it,
then; only who has the recipes can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from stackbridge.ecosystems.easybuild.choosing.candidates import gpu_wanted, wanted_features
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.choosing.translation import Plan
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Feature, Package

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Recipes

__all__ = ["Choices", "brought_by", "choices_of", "idle", "without_idle_wishes"]

Choices = Callable[[str], "Mapping[str, bool | tuple[str, ...]] | None"]
"""A package's features and their defaults, by its name; None where nobody knows."""

_GPU = {"cuda": ("cuda", "cuda_arch"), "rocm": ("rocm", "amdgpu_target")}


def choices_of(recipes: Recipes) -> Choices:
    """Asks each recipe once."""

    @cache
    def choices(name: str) -> Mapping[str, bool | tuple[str, ...]] | None:
        try:
            found = recipes(Package(name=name), lambda _name: None)
        except InputError:
            return None
        return {feature.name: feature.value for feature in found[0].features} if found else None

    return choices


def idle(request: Request, choices: Choices) -> frozenset[str]:
    """Which of cuda and rocm a rule on all packages wants of one that has no such choice.

    Nothing where another GPU is wanted of it that it could have.
    """
    on = wanted_features(request)
    wished = [kind for kind in _GPU if on.get(kind)]
    if not wished or any(
        not request.wished & set(_GPU[kind]) or request.asked.feature(kind) for kind in wished
    ):
        return frozenset()
    if gpu_wanted(request.asked.features, request.asked.gpus):
        return frozenset()
    known = choices(request.name)
    if known is None:
        return frozenset()
    found = frozenset(kind for kind in wished if not set(known) & set(_GPU[kind]))
    return found if len(found) == len(wished) else frozenset()


def brought_by(request: Request, choices: Choices) -> tuple[Feature, ...]:
    """The switches that bring what a request names below itself: `+silo` for `^silo`."""
    stated = {feature.name for feature in request.package.features}
    names = [d.package.name or "" for d in request.below if d.when is None]
    known = choices(request.name) if names else None
    return tuple(
        Feature(name=name, value=True)
        for name in dict.fromkeys(names)
        if name not in stated and known is not None and known.get(name) is False
    )


def without_idle_wishes(plan: Plan, requests: Mapping[int, Request], choices: Choices) -> Plan:
    """The plan without losses of what nobody can want."""
    losses = {Code.GPU_LOST.value, Code.FEATURE_LOST.value}
    gone: dict[tuple[str, object], frozenset[str]] = {}
    for row in plan.delivered:
        if row.number in plan.generations and losses & set(row.kinds):
            request = requests[row.number]
            found = idle(request, choices)
            if found:
                key = (request.name, request.place)
                gone[key] = gone.get(key, frozenset()) | found
    if not gone:
        return plan

    def left(notice: Notice) -> bool:
        kinds = gone.get((notice.subject, notice.where), frozenset())
        if notice.code is Code.GPU_LOST:
            return not kinds
        return notice.code is not Code.FEATURE_LOST or not any(
            notice.what.startswith(f"`+{kind}` of ") for kind in kinds
        )

    notices = tuple(notice for notice in plan.notices if left(notice))
    there = {(notice.code.value, notice.subject, notice.where) for notice in notices}
    offers = {entry.file: entry.offer for entry in plan.entries}
    rows = []
    for row in plan.delivered:
        request = requests[row.number]
        if (request.name, request.place) in gone and row.how == "approximated":
            kinds = tuple(
                kind
                for kind in row.kinds
                if kind not in losses or (kind, request.name, request.place) in there
            )
            offer = offers.get(row.evidence)
            inside = offer is not None and offer.name != row.name
            how = row.how if kinds else "bundle" if inside else "exact"
            row = replace(row, kinds=kinds, how=how)
        rows.append(row)
    return replace(plan, delivered=tuple(rows), notices=notices)
