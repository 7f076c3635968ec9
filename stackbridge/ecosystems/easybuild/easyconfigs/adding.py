"""Features that a released easyconfig lacks, added to it: its options and dependencies.

What a feature means is told by the recipe: the arguments of its configure step and its
dependencies, with the feature and without. Only easyconfigs that run the plain configure step
of that kind take them; EasyBuild's own easyblock for a software does as it likes. All or nothing:
an easyconfig that has half of what is wanted would be no better than the released one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stackbridge.ecosystems.easybuild.choosing.release import Offer
from stackbridge.ecosystems.easybuild.choosing.requests import Request
from stackbridge.ecosystems.easybuild.choosing.wording import shown
from stackbridge.ecosystems.easybuild.easyconfigs.generating_account import (
    MadeAccount,
    software_of,
)
from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout, Parameter, read_layout
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import (
    PART_OF_TOOLCHAIN,
    TAKEN_FOR_GRANTED,
    Found,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_needs import LANGUAGES, Made
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_options import configured
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Maker
from stackbridge.ecosystems.easybuild.easyconfigs.telling_apart import Likeness, told_apart
from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Feature, Package
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.versions import VersionSet

__all__ = ["add_features"]

_BLOCKS = {
    "CMakeMake": "cmake",
    "CMakeNinja": "cmake",
    "ConfigureMake": "autotools",
    "MesonNinja": "meson",
}
_OF_CMAKE = {"build_type": "CMAKE_BUILD_TYPE", "ipo": "CMAKE_INTERPROCEDURAL_OPTIMIZATION"}


def add_features(
    request: Request,
    lost: Sequence[Feature],
    offer: Offer,
    text: str,
    *,
    maker: Maker,
    account: MadeAccount,
) -> Made | None:
    """The easyconfig of `offer` with all of `lost`; None where it can't have them."""
    try:
        layout = read_layout(text, offer.file)[0]
        system = _BLOCKS.get(str(layout.parameters().get("easyblock")))
        if system is None or not lost:
            return None
        return _Adding(request, offer, maker, account, system).made(layout, lost)
    except InputError:
        return None


class _Adding:
    def __init__(
        self, request: Request, offer: Offer, maker: Maker, account: MadeAccount, system: str
    ) -> None:
        self.request = request
        self.offer = offer
        self.maker = maker
        self.account = account
        self.system = system
        self.direct = {name: needed for name, _, needed in account.needs(offer.file)}
        self.places: dict[str, str] = {}
        self.rows: list[Found] = []

    def made(self, layout: Layout, lost: Sequence[Feature]) -> Made | None:
        options: list[str] = []
        for feature in lost:
            more = self._of(feature)
            if more is None:
                return None
            options += more
        said = configured(dict.fromkeys(options), self.system, self.places)
        if said.left or "toolchainopts" in said.parameters:
            return None
        for name, term in said.parameters.items():
            layout = _with(layout, name, term)
        if said.words:
            before = layout.parameters().get("configopts")
            if isinstance(before, list):
                return None  # a build for each
            there = before.split() if isinstance(before, str) else []
            words = " ".join(word for word in said.words if word not in there)
            both: Term = f"{before.rstrip()} {words}" if isinstance(before, str) else words
            if before is not None and not isinstance(before, str):
                both = {"sum": [before, f" {words}"]}
            layout = _with(layout, "configopts", both)
        if self.rows:
            needs = layout.parameters().get("dependencies", [])
            if not isinstance(needs, list):
                return None
            layout = _with(layout, "dependencies", [*needs, *(row.term() for row in self.rows)])
        first, second = (
            Likeness(package=self.offer.name, features=tuple(features), needs={})
            for features in ((), lost)
        )
        before = layout.parameters().get("versionsuffix", "")
        if not isinstance(before, str):
            return None
        layout = _with(layout, "versionsuffix", before + told_apart(first, second))
        listed = " ".join(shown(feature) for feature in lost)
        notice = Notice(
            code=Code.PACKAGE_GENERATED,
            subject=self.request.name,
            what=f"{self.offer.file} was made with {listed}",
            why="no released easyconfig has that; options and dependencies are its recipe's",
            instead="build it once before relying on it",
            where=self.request.place,
        )
        made = self.maker.keep(layout, (notice,))
        return replace(
            made, origin=self.offer.file, added=frozenset(feature.name for feature in lost)
        )

    def _of(self, feature: Feature) -> list[str] | None:
        """The options of one feature; its dependencies are gathered. None: it is not told."""
        if self.system == "cmake" and feature.name in _OF_CMAKE:
            # what Spack's own CMake builder adds; no package.py says it
            value = feature.value
            word = "ON" if value is True else "OFF" if value is False else ",".join(value)
            return [f"-D{_OF_CMAKE[feature.name]}={word}"]
        recipes = self._recipe(feature), self._recipe(None)
        having, lacking = recipes
        if having is None or lacking is None or having.build_system != self.system:
            return None
        own = having.feature(feature.name)
        if own is None or own.value != feature.value:
            return None
        options = [option for option in having.options if option not in lacking.options]
        known = {dependency.package.name for dependency in lacking.dependencies}
        new = [one for one in having.dependencies if one.package.name not in known]
        if not options and not new:
            return None
        for dependency in new:
            if not self._needs(dependency):
                return None
        return options

    def _recipe(self, feature: Feature | None) -> Recipe | None:
        stated = [
            one
            for one in self.request.package.features
            if one.name not in self.request.wished and one.name in ("build_system", "generator")
        ]
        package = Package(
            name=self.request.name,
            versions=VersionSet.exactly(self.offer.version),
            features=(*stated, *([feature] if feature is not None else [])),
        )
        recipes = self.maker.recipes
        found = recipes(package, self.maker.shelf.version_of) if recipes is not None else None
        return found[0] if found is not None else None

    def _needs(self, dependency: Dependency) -> bool:
        """Whether a dependency is there, or can be had; it is gathered then."""
        name = dependency.package.name or ""
        if name in TAKEN_FOR_GRANTED:
            return True
        if dependency.provides:
            return False  # a role is the toolchain's
        named = self.maker.shelf.named(name)
        here = software_of(name, named.software, self.direct)
        if here is not None:
            self.places[name] = here
            return True
        if not {"link", "run"} & set(dependency.kinds or ("link",)):
            return False
        found = self.maker.at_version(dependency.package)
        if found is None or found.name in (*PART_OF_TOOLCHAIN, *LANGUAGES.values()):
            return False
        if found.level not in self.account.reach(self.offer.toolchain):
            return False
        self.places[name] = found.name
        if all(row.name != found.name for row in self.rows):
            self.rows.append(found)
        return True


def _with(layout: Layout, name: str, term: Term) -> Layout:
    """The layout with a parameter: in its place, or where such a one usually stands."""
    if name in layout.parameters():
        return replace(
            layout,
            groups=tuple(
                tuple(replace(one, term=term) if one.name == name else one for one in group)
                for group in layout.groups
            ),
        )
    new = Parameter(name=name, term=term)
    groups = list(layout.groups)
    if name == "versionsuffix":
        for number, group in enumerate(groups):
            at = next((n for n, one in enumerate(group) if one.name == "version"), None)
            if at is not None:
                groups[number] = (*group[: at + 1], new, *group[at + 1 :])
        return replace(layout, groups=tuple(groups))
    return replace(layout, groups=(*groups[:-1], (new,), groups[-1]))
