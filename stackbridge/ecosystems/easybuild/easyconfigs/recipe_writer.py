"""A hub Recipe -> an easyconfig, as a maintainer of one generation would write it.

`Maker` writes one recipe, and with it what the generation lacks: packages of the same language
become members of one bundle, easyconfigs of other generations are moved, anything else is made
of its own recipe, where the caller has one. All that is not certain is a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout, read_layout
from stackbridge.ecosystems.easybuild.easyconfigs.moving import (
    Move,
    Moved,
    abilities,
    move,
    move_along,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import (
    Found,
    Shelf,
    Wish,
    language_of,
    misfit,
    untold,
    wants_cuda,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_gathering import (
    Gatherer,
    Recipes,
    as_found,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_kinds import APPLICATIONS, moduleclass
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_needs import (
    Made,
    Needs,
    prefixes,
    suffix_of,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_page import Page
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_sources import (
    proper_name,
)
from stackbridge.ecosystems.easybuild.easyconfigs.rendering import render
from stackbridge.ecosystems.easybuild.easyconfigs.telling_apart import Likeness, told_apart
from stackbridge.ecosystems.easybuild.easyconfigs.updating import nearest, update
from stackbridge.ecosystems.easybuild.index import version_key
from stackbridge.ecosystems.easybuild.language.parameters import easyblock_of, parameters
from stackbridge.ecosystems.easybuild.resolving.entries import SYSTEM, Entry
from stackbridge.ecosystems.easybuild.resolving.filenames import build
from stackbridge.ecosystems.easybuild.resolving.paths import letter
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Feature, Package
from stackbridge.hub.recipe import Recipe

__all__ = ["Made", "Maker", "Recipes"]

_DEEPEST = 25  # recipes for recipes


class Maker(Gatherer):
    """Makes easyconfigs for one generation; `made` are all of them, dependencies first."""

    # `roots`: what is asked for itself; others that depend on it get the same. `everywhere`:
    # features that all packages are to have, where they have such a choice.
    def __init__(
        self,
        shelf: Shelf,
        *,
        recipes: Recipes | None = None,
        read: Callable[[Entry], str | None] = lambda _entry: None,
        roots: Iterable[Package] = (),
        everywhere: tuple[Feature, ...] = (),
        made: dict[str, Made] | None = None,
    ) -> None:
        super().__init__(shelf, recipes, roots)
        self.everywhere = everywhere
        self.read = read
        self.made: dict[str, Made] = {} if made is None else made
        self._below: dict[tuple[str, bool], Made | None] = {}
        self._known: dict[Package, Made | None] = {}
        self._likenesses: dict[str, Likeness] = {}

    # --- one package ---------------------------------------------------------------------

    def for_package(self, package: Package) -> Made | None:
        """What is made for a package that the generation lacks; None where nobody knows how.

        The easyconfig of another generation is moved, where it can be read and has a version
        that is wanted; else one is made of the package's recipe.
        """
        name = package.name or ""
        if package in self._known:
            return self._known[package]
        if name in self._doing or len(self._doing) > _DEEPEST:
            return None
        self._doing.append(name)
        try:
            found = self._moved(package) or self._of_recipe(package)
        finally:
            self._doing.pop()
        self._known[package] = found
        return found

    def at_version(self, package: Package) -> Found | None:
        """A package in a version that is wanted, released in the generation or made."""
        named = self.shelf.named(package.name or "")
        top = self.shelf.levels[-1]
        found = self.shelf.software(
            named.software, package.versions, top, dict(named.only), cuda=wants_cuda(package)
        )
        if found is not None and misfit("", package, found.name, found.version) is None:
            return found
        try:
            made = self.for_package(replace(package, dependencies=()))
        except InputError:
            return None
        if made is None or misfit("", package, made.name, made.version) is not None:
            return None
        return as_found(made)

    def keep(self, layout: Layout, notices: tuple[Notice, ...]) -> Made:
        """A layout that was changed, as one of the files."""
        return self._keep(layout, "moved", notices)

    def _moved(self, package: Package) -> Made | None:
        named = self.shelf.named(package.name or "")
        if named.how not in ("own", "catalog"):
            return None
        entry = self.shelf.elsewhere(
            named.software, package.versions, dict(named.only), cuda=wants_cuda(package)
        )
        text = self.read(entry) if entry is not None else None
        if entry is None or text is None or misfit("", package, "", entry.version) is not None:
            return None
        to = Move(toolchain=self.shelf.generation)
        layout, _, more = read_layout(text, entry.basename)
        done = move(layout, to, self.shelf.resolver, self.shelf.index)
        return self._with_its_own(package, entry, done, more)

    def _with_its_own(
        self, package: Package, entry: Entry, done: Moved, more: Iterable[Notice]
    ) -> Made | None:
        """What was moved, with what it lacks; None where its own recipe may do better."""
        to = Move(toolchain=self.shelf.generation)
        along, further = move_along(done, to, self.shelf.resolver, self.shelf.index, self.read)
        notices = [*more, *done.notices, *further]
        if any(notice.code is Code.DEPENDENCY_LOST for notice in notices):
            return None
        for one in along:
            self._keep(one, "moved", ())
        said = Notice(
            code=Code.PACKAGE_GENERATED,
            subject=package.name or "",
            what=f"{entry.basename} was moved to {'-'.join(self.shelf.generation)}",
            why="the generation has no easyconfig of it",
            where=package.place,
        )
        told = untold(package.name or "", package, self.shelf.found(entry))
        made = self._keep(done.layout, "moved", (*notices, said, *([told] if told else [])))
        return replace(made, origin=entry.basename)

    def _of_recipe(self, package: Package) -> Made | None:
        if self.recipes is None:
            return None
        found = self.recipes(package, self.shelf.version_of)
        if found is None:
            return None
        recipe, notices = found
        moved = self._updated(package, recipe)
        released = self.shelf.index.find(self.name_of(recipe))
        if moved is None and _sourceless(recipe, notices, released=bool(released)):
            there = f"{len(released) or 'none'} of its easyconfigs are released"
            raise InputError(
                f"where the source of {self.name_of(recipe)} {recipe.version} lies is not known; "
                f"{there}"
            )
        if moved is None and (
            self._only_by_itself(released)
            or (released and recipe.sources and recipe.build_system == "generic")
        ):
            raise InputError(
                f"how {self.name_of(recipe)} is built is code in its recipe; "
                "a released easyconfig of it can be moved",
                hint="name the directory of the released easyconfigs with `--easyconfigs`",
            )
        return moved or self.make(recipe, notices, package.features)

    def _updated(self, package: Package, recipe: Recipe) -> Made | None:
        """The released easyconfig of the nearest version, at the version of the recipe."""
        named = self.shelf.named(recipe.name)
        if named.how not in ("own", "catalog"):
            return None
        entries = self.shelf.of_other_times(
            named.software, dict(named.only), cuda=wants_cuda(package)
        )
        entry = nearest(entries, recipe.version, anything=self._only_by_itself(entries))
        text = self.read(entry) if entry is not None else None
        if entry is None or text is None:
            return None
        layout, _, more = read_layout(text, entry.basename)
        done = update(layout, recipe, self.shelf.generation, self.shelf.resolver, self.shelf.index)
        return None if done is None else self._with_its_own(package, entry, done, more)

    def _only_by_itself(self, entries: Iterable[Entry]) -> bool:
        """Whether EasyBuild has an easyblock for this very software, which must be told more."""
        return any(
            entry.easyblock is None and bool(parameters().mandatory.get(easyblock_of(entry.name)))
            for entry in entries
        )

    def make(
        self, recipe: Recipe, notices: Sequence[Notice] = (), asked: tuple[Feature, ...] = ()
    ) -> Made:
        """The easyconfig of a recipe, of whose features these were asked for.

        Raises InputError where it can't have a file name.
        """
        self._doing.append(recipe.name)
        try:
            needs = self._needs(recipe, self._start(recipe))
            again = Needs(wish=needs.wish, decided=needs.decided, with_cuda=needs.clashes())
            needs = self._needs(recipe, again)
        finally:
            self._doing.pop()
        level = self.shelf.level(needs.wish)
        name = self.name_of(recipe)
        page = Page(self.shelf, recipe, needs, level=level, name=name, asked=asked)
        layout, said = page.layout()
        likeness = Likeness(
            package=recipe.name,
            features=recipe.features,
            needs={one.name: one.version + suffix_of(one) for one in needs.run.values()},
        )
        made = self._file(layout)
        twin, before = self._likenesses.get(made.path), self.made.get(made.path)
        if twin is not None and before is not None and before.text != made.text:
            needs.apart = told_apart(twin, likeness)
            page = Page(self.shelf, recipe, needs, level=level, name=name, asked=asked)
            layout, said = page.layout()
            made = self._file(layout)
        self._likenesses.setdefault(made.path, likeness)
        head = Notice(
            code=Code.PACKAGE_GENERATED,
            subject=recipe.name,
            what=f"an easyconfig for {recipe.version} was generated",
            why=f"{'-'.join(self.shelf.generation)} has none",
            instead="build it once before relying on it",
            where=recipe.place,
        )
        below = {found.name: suffix_of(found) for found in needs.run.values()}
        for one in needs.made.values():
            below = {**one.below, **below}
        told = (head, *notices, *needs.notices, *said)
        return self._keep(layout, "generated", told, below, page.beside())

    def _keep(
        self,
        layout: Layout,
        how: str,
        notices: tuple[Notice, ...],
        below: Mapping[str, str] = MappingProxyType({}),
        beside: Mapping[str, str] = MappingProxyType({}),
    ) -> Made:
        made = replace(self._file(layout), how=how, notices=notices, below=below, beside=beside)
        if made.path not in self.made and self.shelf.index.entry(made.file) is not None:
            raise InputError(f"{made.file} is released, and was not what is wanted")
        before = self.made.setdefault(made.path, made)
        if before.text != made.text:
            said = Notice(
                code=Code.FEATURE_APPROXIMATED,
                subject=made.name,
                what=f"{made.file} was made before with other options",
                why="two easyconfigs can't have one name",
            )
            return replace(made, text=before.text, notices=(*notices, said))
        return before

    def _file(self, layout: Layout) -> Made:
        """A layout as a file, which is kept nowhere yet."""
        from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
        from stackbridge.ecosystems.easybuild.language.templates import resolve_text
        from stackbridge.ecosystems.easybuild.resolving.entries import entry_of

        text = render(layout)
        entry = entry_of(evaluate(text), "")
        resolver = self.shelf.resolver
        suffix = resolve_text(entry.suffix, resolver.templates(entry))
        file = build(entry.name, entry.prefix + entry.version, entry.toolchain, suffix)
        if "/" in file or entry.name.startswith(".") or not file.isprintable() or len(file) > 250:
            raise InputError(f"`{file[:80]}` can't be a file name")
        return Made(
            name=entry.name,
            version=entry.version,
            suffix=suffix,
            level=entry.toolchain,
            text=text,
            path=f"{letter(entry.name)}/{entry.name}/{file}",
        )

    def name_of(self, recipe: Recipe) -> str:
        """What its easyconfig is called: as EasyBuild knows it, or as its authors spell it."""
        named = self.shelf.named(recipe.name)
        if named.how in ("own", "catalog"):
            for usual in named.software:
                return usual
            for usual in named.members:
                usual = usual.replace("::", "-")
                if language_of(recipe.name) and self.shelf.index.find(usual):
                    return f"{usual}-{language_of(recipe.name)}"  # that is some other software
                return usual
        own = proper_name(recipe.name, recipe.version, recipe.sources, prefixes(recipe))
        if language_of(recipe.name) and named.how != "spelling" and self.shelf.index.exact(own):
            return recipe.name  # the bare name is some other software's
        return own

    # --- what it needs -------------------------------------------------------------------

    def _start(self, recipe: Recipe) -> Needs:
        """Released easyconfigs of the software decide whether it needs the full compiler."""
        table = self.shelf.resolver.table
        released = [
            entry
            for entry in self.shelf.index.find(self.name_of(recipe))
            if entry.toolchain != SYSTEM and entry.toolchain[0] in table
        ]
        if released:
            newest = max(released, key=lambda e: (version_key(e.version), e.toolchain[1]))
            compiler = abilities(newest.toolchain[0], table)[0]
            return Needs(wish=Wish(compiler=compiler), decided=True)
        return Needs(wish=Wish(compiler=moduleclass(recipe) in APPLICATIONS))

    def _dependency(self, package: Package) -> Made | None:
        """One easyconfig serves all who depend on a package: what was asked for, or the first."""
        name = package.name or ""
        key = name, wants_cuda(package)
        if key not in self._below:
            stated = {feature.name for feature in package.features}
            wider = tuple(f for f in self.everywhere if f.name not in stated)
            package = replace(package, features=package.features + wider)
            found = self.for_package(self.roots.get(key, package))
            if name in self._doing:
                return found
            self._below[key] = found
        return self._below[key]


def _sourceless(recipe: Recipe, notices: Sequence[Notice], *, released: bool) -> bool:
    """Whether there is something to build and nothing to build it from."""
    lost = any(notice.code is Code.SOURCE_LOST for notice in notices)
    return not recipe.sources and recipe.build_system != "bundle" and (released or lost)
