"""What Spack lacks, made of another ecosystem's recipes: the packages of one repository.

The composer hands over who knows recipes (`Context.options["recipes"]`). A version that Spack
lacks goes into a subclass of Spack's own package, so that only its source is taken from the
recipe; a package that it lacks becomes a class of its own, with its dependencies in Spack's
names, and those of them that Spack lacks are made as well. `repository_writer` writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from stackbridge.ecosystems.spack.recipes.repository_needs import PREFIXES
from stackbridge.ecosystems.spack.recipes.repository_text import package_spelling, version_text
from stackbridge.ecosystems.spack.recipes.repository_writer import main_source, write_repository
from stackbridge.ecosystems.spack.translating.supply_terms import (
    COMPILED,
    by_day,
    directly,
    distance,
    from_on,
    implied,
    language,
    need,
    renamed,
    same_archive,
    spelled,
    usual,
    wheel,
)
from stackbridge.ecosystems.spack.translating.version_choice import spelling
from stackbridge.ecosystems.spack.translating.wording import is_itself
from stackbridge.ecosystems.spack.vocabulary import NAMESPACE
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.versions import Version, VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems.spack.index import Index

__all__ = ["Found", "Recipes", "Supply"]

Found = tuple[Recipe, tuple[Recipe, ...], tuple[Notice, ...]]
Recipes = Callable[[Package], Found | None]
"""A package -> its recipe, those of its members, and what of them could not be said.

The dependencies of recipes are packages about which it can be asked again.
"""

_DEEPEST = 12  # generations of dependencies
_MEMBERS = 20  # of a bundle that stand for it below a package
# Part of every toolchain, whose compilers Spack chooses itself.
_TOOLCHAIN = frozenset({"binutils", "GCC", "GCCcore"})
_BUILD = ("build",)
# To build with, Spack's packages name these instead.
_USUAL = {"pkgconf": "pkgconfig", "py-poetry": "py-poetry-core"}
# Placeholders of Spack's for what a machine has; what can be built provides these.
_PLACEHOLDERS = {"opengl": "gl", "openglu": "glu"}
_BACKENDS = frozenset(
    {
        "py-setuptools", "py-hatchling", "py-poetry-core", "py-flit-core", "py-flit", "py-maturin",
        "py-meson-python", "py-scikit-build-core", "py-pdm-backend", "py-setuptools-scm",
        "py-setuptools-rust",
    }
)  # fmt: skip


class Supply:
    """The packages and versions that were asked for and that Spack lacks.

    `whose` names the ecosystem of the recipes, as in `Stack.names`.
    """

    def __init__(self, recipes: Recipes, known: Index, catalog: Catalog | None, whose: str) -> None:
        self._recipes = recipes
        self._known = known
        self._catalog = catalog
        self._whose = whose
        self._written: dict[str, dict[str, Recipe]] = {}
        self._said: dict[str, dict[Notice, None]] = {}
        self._asked: set[str] = set()
        self._failed: set[str] = set()
        self._below_it: dict[str, tuple[Dependency | str, ...]] = {}
        self._members: dict[str, dict[str, str]] = {}
        self._numbers: dict[str, tuple[Version, ...]] = {}
        self._files: tuple[dict[str, str], tuple[Notice, ...]] | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._written

    # ---- questions

    def has(self, name: str) -> bool:
        """Whether Spack has a package, that can be built, or virtual package of that name."""
        return name in self._known and name not in _PLACEHOLDERS

    def whole(self, package: Package) -> Recipe | None:
        """The recipe of what is nothing but its members."""
        found = self._find(package)
        return found[0] if found is not None and self._bundle(found) else None

    def versions(self, name: str) -> tuple[str, ...] | None:
        """The versions that Spack has of a package; None where it does not have it."""
        facts = self._known.package(name)
        if facts is None or facts.virtual:
            return None
        return tuple(version.version for version in facts.versions)

    def deprecated(self, name: str, version: str) -> bool:
        """Whether Spack has that version and refuses it unless told otherwise."""
        facts = self._known.package(name)
        found = facts and facts.version(version)
        return bool(found and found.deprecated)

    def new(self, name: str) -> bool:
        """Whether the package is one of ours, not a version added to one of Spack's."""
        return name in self._written and self.versions(name) is None

    def wraps(self, package: Package) -> bool:
        """Whether it only leads to a version of the same software: `Java/17` to 17.0.6."""
        found = self._find(package)
        if found is None or found[0].sources or found[1]:
            return False
        return any(each.package.name == found[0].name for each in found[0].dependencies)

    def needs(self, name: str) -> frozenset[str]:
        """What a package of ours depends on directly."""
        return frozenset(
            dependency.package.name or ""
            for recipe in self._written.get(name, {}).values()
            for dependency in recipe.dependencies
        )

    def always(self, name: str, versions: VersionSet) -> frozenset[str]:
        """What Spack's package depends on in these versions, whatever its variants are."""
        return frozenset(directly(self._known, name, versions))

    def differs(self, package: Package, name: str, version: str) -> bool:
        """Whether the recipe has another archive than Spack for a version that both have."""
        facts = self._known.package(name)
        have = facts.version(version) if facts is not None else None
        if have is None or have.sha256 is None:
            return False
        found = self._find(package)
        if found is None:
            return False
        own = self._itself(found, name) or found[0]
        sums = {source.sha256 for source in own.sources if source.sha256}
        return bool(sums) and have.sha256 not in sums

    # ---- what is asked for

    def version(self, package: Package, name: str) -> str | None:
        """Add the version asked for to Spack's package; None where no recipe gives it."""
        found = self._find(package)
        own = self._itself(found, name) if found is not None else None
        return self._version(own, name, 0) if own is not None and found is not None else None

    def package(self, package: Package) -> tuple[str, str] | None:
        """Add a package that Spack lacks: (Spack's name for it, version)."""
        found = self._find(package)
        if found is None or self._bundle(found) or not found[0].sources:
            return None
        return self._package(found, 0)

    def members(self, package: Package) -> tuple[Recipe, ...]:
        """The members of a bundle, as recipes."""
        found = self._find(package)
        return found[1] if found is not None else ()

    def member(self, package: Package, member: Recipe, name: str | None) -> tuple[str, str] | None:
        """Add a bundle's member: (Spack's name, version); `name` where Spack has the package."""
        if name is not None:
            version = self._version(member, name, 0)
            return (name, version) if version is not None else None
        found = self._find(package)
        return self._member(found, member, 0) if found is not None else None

    def mark(self, name: str) -> None:
        """Remember that a root asks for it, so that the root's own notice says that it is new."""
        self._asked.add(name)

    # ---- finding

    def _find(self, package: Package) -> Found | None:
        try:
            return self._recipes(package)
        except InputError as error:
            name = package.name or ""
            if name not in self._failed:
                self._failed.add(name)
                self._note(
                    name,
                    Code.EVALUATION_INCOMPLETE,
                    name,
                    "its recipe could not be read",
                    why=str(error),
                )
            return None

    def _bundle(self, found: Found) -> bool:
        """Whether it is nothing but its members."""
        return bool(found[1]) and main_source(found[0]) is None

    def _itself(self, found: Found | None, name: str) -> Recipe | None:
        """The recipe that has the source of Spack's package: of the whole, or of one member."""
        if found is None:
            return None
        if not self._bundle(found):
            return found[0]
        wanted = {name, package_spelling(found[0].name)}
        return next(
            (m for m in found[1] if {self.name_of(m), package_spelling(m.name)} & wanted), None
        )

    def name_of(self, recipe: Recipe) -> str:
        """Spack's name for a recipe; for one that it lacks, the name that it gets."""
        prefix = PREFIXES.get(recipe.build_system, "")
        plain = package_spelling(recipe.name)
        if self._catalog is not None:
            for match in self._catalog.search(recipe.name, self._whose):
                for name in self._catalog.names(match.identity, "spack"):
                    fits = name.name.startswith(prefix or tuple(PREFIXES.values()))
                    if name.name in self._known and fits is bool(prefix):
                        return name.name
        if prefix:
            if recipe.build_system == "python":
                plain = plain.removeprefix("python-").removesuffix("-python")
            return plain if plain.startswith(prefix) else prefix + plain
        facts = self._known.package(plain)
        if facts is not None and same_archive(facts, recipe):
            return plain
        if plain in self._known:  # another software of that name
            other = f"{plain}-{package_spelling(recipe.category or '') or 'other'}"
            return other if other not in self._known else f"{other}-2"
        return plain

    # ---- making

    def member_name(self, whole: Recipe, member: Recipe) -> str:
        """Spack's name for a member of a bundle, as the catalog knows that bundle."""
        if whole.name not in self._members and self._catalog is not None:
            bundles = self._catalog.members(whole.name, self._whose)
            self._members[whole.name] = {
                one.name: one.key for bundle in bundles.values() for one in bundle if one.key
            }
        key = self._members.get(whole.name, {}).get(member.name)
        if key is not None and self._catalog is not None:
            for name in self._catalog.names(key, "spack"):
                if name.name in self._known:
                    return name.name
        return self.name_of(member)

    def _note(
        self, name: str, code: Code, subject: str, what: str, *, why: str, instead: str = ""
    ) -> None:
        notice = Notice(code=code, subject=subject, what=what, why=why, instead=instead)
        self._said.setdefault(name, {})[notice] = None

    def _version(self, recipe: Recipe, name: str, depth: int) -> str | None:
        """A further version of a package that Spack has, without anything but its source."""
        recipe = by_day(spelled(recipe))
        facts = self._known.package(name)
        if facts is None or facts.virtual:
            return self._own(recipe, name, (), depth)
        compiler = any(
            spec.partition("@")[0] in ("c", "cxx", "fortran")
            for provided in facts.provides
            for spec in provided.specs
        )
        source = main_source(recipe)
        if compiler or not version_text(recipe.version) or (facts.has_code and source is None):
            return None
        made = self._written.setdefault(name, {})
        if recipe.version not in made:
            made[recipe.version] = replace(
                recipe, name=name, names="spack", dependencies=(), components=(), options=()
            )
            if recipe.patches:
                self._note(
                    name,
                    Code.STEP_ASSUMED,
                    name,
                    f"{len(recipe.patches)} patches for {recipe.version} are not applied: "
                    + ", ".join(patch.filename for patch in recipe.patches[:3]),
                    why="Spack's own recipe is taken to have those that it needs",
                )
            far = distance(recipe, name, tuple(v.version for v in facts.versions))
            if far is not None:
                self._said.setdefault(name, {})[far] = None
        return recipe.version

    def _package(self, found: Found, depth: int) -> tuple[str, str] | None:
        recipe, members, said = found
        name = self.name_of(recipe)
        if self.versions(name) is not None:
            version = self._version(recipe, name, depth)
        else:
            for notice in said:
                self._said.setdefault(name, {})[replace(notice, subject=name)] = None
            version = self._own(recipe, name, members, depth)
        return (name, version) if version is not None else None

    def _member(self, found: Found, member: Recipe, depth: int) -> tuple[str, str] | None:
        """A member as a package of its own; the one that a bundle is named for needs the others."""
        whole = found[0]
        name = self.member_name(whole, member)
        if self.versions(name) is not None:
            version = self._version(member, name, depth)
            return (name, version) if version is not None else None
        before: tuple[Recipe, ...] = ()
        if is_itself(whole.name, member.name) and len(found[1]) <= _MEMBERS:
            if member in found[1]:
                before = found[1][: found[1].index(member)]
            member = replace(
                member, homepage=whole.homepage, description=whole.description or member.description
            )
        else:
            many = len(found[1]) > _MEMBERS
            what = "all dependencies"
            if many:
                member = replace(member, dependencies=language(member))
                what = "no dependencies but its language"
            elif member.build_system in COMPILED and member in found[1]:
                before = found[1][: found[1].index(member)]
                what = "the members before it and all dependencies"
            self._note(
                name,
                Code.DEPENDENCY_APPROXIMATED,
                name,
                f"it has {what} of {whole.name}",
                why="an easyconfig does not say which of its members needs what",
            )
        version = self._own(member, name, before, depth)
        return (name, version) if version is not None else None

    def _own(self, recipe: Recipe, name: str, needed: Iterable[Recipe], depth: int) -> str | None:
        """A package that Spack lacks."""
        recipe = spelled(recipe)
        if not name or not version_text(recipe.version):
            return None
        made = self._written.setdefault(name, {})
        if recipe.version in made:
            return recipe.version
        own = replace(recipe, name=name, names="spack", components=())
        made[recipe.version] = replace(own, dependencies=())  # ends cycles
        found: dict[str, Dependency] = {}
        called: dict[str, str] = {}
        for dependency in (
            *self._needed(recipe, name, depth, called),
            *(one for member in needed for one in self._of_member(recipe, member, depth)),
            *usual(recipe),
        ):
            own_name = dependency.package.name or ""
            if own_name == name:
                continue
            known = found.get(own_name)
            if known is not None:
                kinds = tuple(dict.fromkeys((*known.kinds, *dependency.kinds)))
                dependency = replace(known, kinds=kinds)
            found[own_name] = dependency
        if recipe.build_system == "python" and not _BACKENDS & found.keys() and not wheel(recipe):
            found["py-setuptools"] = need("py-setuptools", VersionSet.any(), ("build",))
        options = tuple(renamed(option, called) for option in own.options)
        made[recipe.version] = replace(own, dependencies=tuple(found.values()), options=options)
        return recipe.version

    def _of_member(self, recipe: Recipe, member: Recipe, depth: int) -> Iterator[Dependency]:
        found = (recipe, (), ())
        name = self.member_name(recipe, member)
        made = self._there(name, member.version)
        if made is None:
            added = self._member(found, member, depth + 1)
            made = self._there(added[0], added[1]) if added is not None else None
        if made is not None:
            yield need(name, made, ("build", "run"))

    def _needed(
        self, recipe: Recipe, name: str, depth: int, called: dict[str, str]
    ) -> Iterator[Dependency]:
        """What it depends on; `called` gets Spack's names of what stands for one package."""
        for dependency in recipe.dependencies:
            package = dependency.package
            if package.name in _TOOLCHAIN or depth > _DEEPEST:
                continue
            known = repr((package.name, package.versions, package.extensions, dependency.kinds))
            if known not in self._below_it:
                self._below_it[known] = tuple(self._below(dependency, depth))
            every = self._below_it[known]
            if len(every) == 1 and isinstance(every[0], Dependency):
                called[package.name or ""] = every[0].package.name or ""
            for below in every:
                if isinstance(below, Dependency):
                    yield below
                else:
                    self._note(
                        name,
                        Code.DEPENDENCY_APPROXIMATED,
                        name,
                        f"it needs some of the members of {below}, not known which",
                        why="an easyconfig names only the bundle",
                        instead="add those that it imports",
                    )

    def _below(self, dependency: Dependency, depth: int) -> Iterator[Dependency | str]:
        """Spack's packages for one dependency; itself where there is none, so that it is said.

        The name of a bundle stands for members of it that nobody knows.
        """
        package = dependency.package
        if depth > _DEEPEST:
            yield dependency
            return
        exact = str(package.versions.exact) if package.versions.exact is not None else ""
        names = (
            self._catalog.translate(package.name or "", self._whose, "spack", exact or None)
            if self._catalog is not None
            else ()
        )
        name = next((each.name for each in names if each.name in self._known), None)
        virtual = _PLACEHOLDERS.get(name or "")
        if virtual is not None and virtual in self._known.virtuals():
            yield need(virtual, VersionSet.any(), dependency.kinds)
            return
        if name is not None:
            versions = self._there(name, exact)
            if versions is None and self.version(package, name) is not None:
                versions = self._there(name, exact)
            usual_name = _USUAL.get(name)
            if usual_name is not None and usual_name in self._known and dependency.kinds == _BUILD:
                name, versions = usual_name, VersionSet.any()
            yield need(name, versions or package.versions, dependency.kinds)
            return
        found = self._find(package)
        if found is None:
            yield dependency
        elif not found[0].sources and not found[1]:  # it only leads to others
            for below in found[0].dependencies:
                if below.package.name not in _TOOLCHAIN:
                    yield from self._below(replace(below, kinds=dependency.kinds), depth + 1)
        elif self._bundle(found):
            yield from self._of_bundle(found, dependency.kinds, depth)
        else:
            made = self._package(found, depth + 1)
            if made is None:
                yield dependency
            else:
                yield need(made[0], self._there(*made) or VersionSet.any(), dependency.kinds)

    def _of_bundle(
        self, found: Found, kinds: tuple[str, ...], depth: int
    ) -> Iterator[Dependency | str]:
        """What a bundle stands for below a package: the software itself, or all members."""
        whole, members, _ = found
        chosen = [m for m in members if is_itself(whole.name, m.name)] or list(members)
        if len(chosen) > _MEMBERS:
            yield whole.name
            return
        called = {self.member_name(whole, member): member for member in chosen}
        needless = implied(self._known, called)
        for name, member in called.items():
            if name in needless:
                continue
            versions = self._there(name, member.version)
            if versions is None:
                made = self._member(found, member, depth + 1)
                if made is None:
                    continue
                versions = self._there(*made)
            yield need(name, versions or VersionSet.any(), kinds)

    def _there(self, name: str, version: str) -> VersionSet | None:
        """The versions of `name` from that one on, of the same major one if there are such.

        None where Spack and what was made have neither the package nor such a version.
        """
        have = [*(self.versions(name) or ()), *self._written.get(name, ())]
        if not have:
            return VersionSet.any() if name in self._known else None
        if not version or not version_text(version):
            return VersionSet.any()
        text = spelling(Version(version), have) or version
        wanted = Version(text)
        if wanted.is_git or wanted.is_branch:
            return VersionSet.exactly(wanted) if text in have else None
        numbers = self._numbers.get(name, ())
        if len(numbers) != len(have):
            numbers = tuple(Version(each) for each in have)
            self._numbers[name] = numbers
        return from_on(wanted, numbers)

    # ---- the result

    def files(self) -> tuple[dict[str, str], tuple[Notice, ...]]:
        """The repository's files below the output's directory, and what they can't say.

        Nothing can be added after the first call.
        """
        if self._files is None:
            self._files = self._write()
        return self._files

    def _write(self) -> tuple[dict[str, str], tuple[Notice, ...]]:
        files: dict[str, str] = {}
        recipes = [recipe for _, made in sorted(self._written.items()) for recipe in made.values()]
        if recipes:
            made, more = write_repository(recipes, NAMESPACE, self._known)
            files = {f"repo/{path}": text for path, text in made.items()}
            for notice in more:
                if notice.code is not Code.PACKAGE_GENERATED or notice.subject not in self._asked:
                    self._said.setdefault(notice.subject, {})[notice] = None
        return files, tuple(notice for said in self._said.values() for notice in said)
