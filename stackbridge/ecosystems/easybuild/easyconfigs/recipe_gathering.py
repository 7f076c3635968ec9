"""What one easyconfig needs of its generation, gathered from a recipe's dependencies.

A dependency is a part of the toolchain, a released easyconfig, a member of one, a further
member of the root's own bundle, an easyconfig that is made for it, or a loss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import (
    AUTOTOOLS,
    PART_OF_TOOLCHAIN,
    TAKEN_FOR_GRANTED,
    Found,
    Shelf,
    language_of,
    misfit,
    shared_suffix,
    untold,
    wants_cuda,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_needs import (
    LANGUAGES,
    Made,
    Needs,
    suffix_of,
)
from stackbridge.ecosystems.easybuild.easyconfigs.terms import Term
from stackbridge.ecosystems.easybuild.resolving.entries import SYSTEM
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Feature, Package
from stackbridge.hub.recipe import Recipe

__all__ = ["Gatherer", "Recipes", "as_found"]

Versions: TypeAlias = Callable[[str], "str | None"]
Recipes: TypeAlias = Callable[[Package, Versions], "tuple[Recipe, tuple[Notice, ...]] | None"]
"""How a package is built that the generation lacks; None where nobody knows. The second
argument gives the versions of what the generation has."""

_MEMBERS = 80
_TOOLS = {
    "cmake": ("CMake",), "meson": ("Meson", "Ninja"), "cargo": ("Rust",), "go": ("Go",),
    "scons": ("SCons",),
}  # fmt: skip
_PIN = re.compile(r"=?\d[\w.-]*")  # one version

_ROLES = frozenset({"c", "cxx", "fortran", "mpi", "blas", "lapack", "scalapack", "fftw-api"})


class Gatherer:
    """Gathers needs in one generation; a subclass makes easyconfigs for what it lacks.

    `roots` are asked for themselves; others that depend on them get the same.
    """

    def __init__(self, shelf: Shelf, recipes: Recipes | None, roots: Iterable[Package]) -> None:
        self.shelf = shelf
        self.recipes = recipes
        self.roots = {
            (package.name or "", wants_cuda(package)): package for package in reversed(list(roots))
        }
        self._doing: list[str] = []

    def _dependency(self, package: Package) -> Made | None:
        """The easyconfig that is made for a package, where one can be."""
        raise NotImplementedError

    def _needs(self, recipe: Recipe, needs: Needs) -> Needs:
        needs.openmp = any(f.name == "openmp" and f.value is True for f in recipe.features)
        language = LANGUAGES.get(recipe.build_system)
        if language is not None:
            self._tool(language, needs, run=True)
        for tool in _TOOLS.get(recipe.build_system, ()):
            self._tool(tool, needs, run=False)
        self._gather(recipe, needs, recipe)
        rows = (*needs.run.values(), *needs.build.values())
        if any("CUDA" in str(word) for found in rows for word in found.row[2:3]):
            self._tool("CUDA", needs, run=True)  # what stands on CUDA needs the same one
        return needs

    def _tool(self, name: str, needs: Needs, *, run: bool) -> None:
        found = self.shelf.voted(name)
        if found is not None:
            needs.add(found, run=run)

    def _gather(self, recipe: Recipe, needs: Needs, root: Recipe) -> None:
        """Roles first: they decide which level the others are looked for on."""
        roles = [d for d in recipe.dependencies if set(d.provides) & _ROLES]
        for dependency in roles:
            for role in dependency.provides:
                needs.role(role)
                part = self.shelf.filling(role)
                if part is not None:
                    needs.places[role] = part
        for dependency in recipe.dependencies:
            if dependency not in roles:
                self._one(dependency, needs, root)

    def _one(self, dependency: Dependency, needs: Needs, root: Recipe) -> None:
        package = dependency.package
        name = package.name or ""
        if name in TAKEN_FOR_GRANTED:
            return
        if name in needs.with_cuda and package.feature("cuda") is None:
            cuda = Feature(name="cuda", value=True, propagated=True)
            package = replace(package, features=(*package.features, cuda))
        run = not dependency.kinds or bool({"link", "run"} & set(dependency.kinds))
        named = self.shelf.named(name)
        if set(named.software) & set(_TOOLS.get(root.build_system, ())):
            run = False  # what it is built by is not needed to use it
        if named.software and named.software[0] in PART_OF_TOOLCHAIN:
            needs.role(PART_OF_TOOLCHAIN[named.software[0]])
            needs.place(dependency, named.software[0])
            return
        if not run and set(named.software) & AUTOTOOLS:
            self._tool("Autotools", needs, run=False)
            return
        if named.software[:1] == ("pkgconf",) or name in ("pkgconf", "pkg-config"):
            self._tool("pkgconf", needs, run=False)
            needs.place(dependency, "pkgconf")
            return
        level = self.shelf.level(needs.wish)
        language = language_of(name)
        if language:
            # a package that a language or bundle in use has already needs no more
            here = self.shelf.member(
                (*named.members, *named.software), named.hosts, language, level, needs.run
            )
            if here is not None:
                needs.place(dependency, here[0].name)
                notice = misfit(root.name, package, f"{here[0].name}'s", here[1])
                needs.notices += [notice] if notice else []
                return
        found = self.shelf.software(
            named.software, package.versions, level, dict(named.only), cuda=wants_cuda(package)
        )
        if found is not None and not wants_cuda(package) and "-CUDA-" in suffix_of(found):
            own = self._without_cuda(package)
            if own is not None:
                found = None
        if found is not None and misfit("", package, found.name, found.version) is not None:
            inside = self.shelf.member(named.members, named.hosts, language, level)
            if language and inside is not None and not misfit("", package, "", inside[1]):
                found = None  # a bundle has what fits
        if found is not None and misfit("", package, found.name, found.version) is not None:
            asked = self.roots.get((name, wants_cuda(package)))
            if asked is not None and self._fits(asked, package):
                found = None  # the version that is asked for itself
            elif not language and len(found.row) < 4 and _PIN.fullmatch(str(package.versions)):
                found = None if self._fits(package, package) else found  # nothing else will do
        if found is not None:
            said = (
                misfit(root.name, package, found.name, found.version),
                untold(root.name, package, found),
            )
            needs.notices += [notice for notice in said if notice is not None]
            needs.place(dependency, found.name)
            needs.add(found, run=run)
            return
        inside = self.shelf.member((*named.members, *named.software), named.hosts, language, level)
        if inside is not None:
            found, version = inside
            notice = misfit(root.name, package, f"{found.name}'s", version)
            needs.notices += [notice] if notice else []
            needs.place(dependency, found.name)
            needs.add(found, run=run)
            return
        self._make_or_lose(dependency, package, needs, root, run=run)

    def _make_or_lose(
        self, dependency: Dependency, package: Package, needs: Needs, root: Recipe, *, run: bool
    ) -> None:
        """What the generation lacks: a member of the root's bundle, an easyconfig, or a loss."""
        name = package.name or ""
        language = language_of(name)
        why = ""
        made = None
        try:
            if (
                language
                and language == language_of(root.name)
                and self._member(package, needs, root)
            ):
                return
            made = self._dependency(package)
        except InputError as error:
            why = f", and {error}"
        if made is not None:
            notice = misfit(root.name, package, made.name, made.version)
            needs.notices += [notice] if notice else []
            needs.place(dependency, made.name)
            needs.add(as_found(made), run=run)
            if run:
                needs.made[name] = made
            return
        needs.notices.append(
            Notice(
                code=Code.DEPENDENCY_LOST,
                subject=root.name,
                what=f"the dependency on {name} is left out",
                why="-".join(self.shelf.generation)
                + (
                    " has it not, and it needs itself"
                    if name in self._doing
                    else " has it not" + why
                ),
                where=package.place,
            )
        )

    def _fits(self, asked: Package, package: Package) -> bool:
        """Whether what is made for a root is a version that another package needs."""
        try:
            made = self._dependency(asked)
        except InputError:
            return False
        return made is not None and misfit("", package, made.name, made.version) is None

    def _without_cuda(self, package: Package) -> Made | None:
        """What is made where the release has the software with CUDA only, and it is not wanted."""
        try:
            known = self.recipes(package, self.shelf.version_of) if self.recipes else None
            choice = known[0].feature("cuda") if known is not None else None
            if choice is None or choice.value is not False:
                return None  # it is nothing without
            made = self._dependency(package)
        except InputError:
            return None
        return made if made is not None and "-CUDA-" not in made.suffix else None

    def _member(self, package: Package, needs: Needs, root: Recipe) -> bool:
        """A package of the root's own language becomes a member of its bundle."""
        name = package.name or ""
        if name in needs.members or name == root.name or name in self._doing:
            return True
        if self.recipes is None or len(needs.members) >= _MEMBERS:
            return False
        found = self.recipes(package, self.shelf.version_of)
        if found is None:
            return False
        recipe, notices = found
        if recipe.build_system != root.build_system or not recipe.sources:
            return False
        self._doing.append(name)
        try:
            self._gather(recipe, needs, root)
        finally:
            self._doing.pop()
        needs.members[name] = recipe
        needs.notices += notices
        return True


def as_found(made: Made) -> Found:
    """An easyconfig that was made, as a dependency."""
    row: tuple[Term, ...] = (made.name, made.version)
    if made.level == SYSTEM:
        row = (*row, shared_suffix(made.suffix), {"constant": "SYSTEM"})
    elif made.suffix:
        row = (*row, shared_suffix(made.suffix))
    return Found(name=made.name, version=made.version, row=row, level=made.level)
