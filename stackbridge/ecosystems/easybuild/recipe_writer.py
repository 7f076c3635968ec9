"""A hub Recipe -> an easyconfig, as a maintainer of one generation would write it.

`Maker` writes one recipe, and with it what the generation lacks: packages of the same language
become members of one bundle, easyconfigs of other generations are moved, anything else is made
of its own recipe, where the caller has one. All that is not certain is a notice.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from stackbridge.ecosystems.easybuild.entries import SYSTEM, Entry
from stackbridge.ecosystems.easybuild.filenames import build
from stackbridge.ecosystems.easybuild.layout import Comment, Layout, Parameter, read_layout
from stackbridge.ecosystems.easybuild.moving import Move, abilities, move, move_along
from stackbridge.ecosystems.easybuild.parameters import easyblock_of, parameters
from stackbridge.ecosystems.easybuild.paths import letter
from stackbridge.ecosystems.easybuild.recipe_dependencies import (
    AUTOTOOLS,
    PART_OF_TOOLCHAIN,
    TAKEN_FOR_GRANTED,
    Found,
    Shelf,
    Wish,
    language_of,
    misfit,
    untold,
    wants_cuda,
)
from stackbridge.ecosystems.easybuild.recipe_kinds import APPLICATIONS, EASYBLOCKS, moduleclass
from stackbridge.ecosystems.easybuild.recipe_sources import (
    extension_options,
    proper_name,
    safe_word,
    source_parameters,
)
from stackbridge.ecosystems.easybuild.rendering import render
from stackbridge.ecosystems.easybuild.terms import Term
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Feature, Package
from stackbridge.hub.recipe import Recipe

__all__ = ["Made", "Maker", "Recipes"]

Versions: TypeAlias = Callable[[str], "str | None"]
Recipes: TypeAlias = Callable[[Package, Versions], "tuple[Recipe, tuple[Notice, ...]] | None"]
"""How a package is built that the generation lacks; None where nobody knows. The second
argument gives the versions of what the generation has."""

Level: TypeAlias = tuple[str, str]

_DEEPEST = 25  # recipes for recipes
_MEMBERS = 80
_LANGUAGES = {"python": "Python", "r": "R", "perl": "Perl", "ruby": "Ruby"}
_REGISTRIES = {"python": "pypi", "r": "cran"}
_TOOLS = {
    "cmake": ("CMake",), "meson": ("Meson", "Ninja"), "cargo": ("Rust",), "go": ("Go",),
    "scons": ("SCons",),
}  # fmt: skip
_CRAN_URLS = [
    "https://cran.r-project.org/src/contrib/Archive/%(name)s",
    "https://cran.r-project.org/src/contrib/",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An easyconfig that was made. `path` as in a robot path; `how`: generated or moved.

    `below`: software that it loads -> the versionsuffix of it, as far as that was made as well.
    """

    name: str
    version: str
    suffix: str
    level: Level
    text: str
    path: str
    how: str = "generated"
    notices: tuple[Notice, ...] = ()
    below: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def file(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]


@dataclass(slots=True)
class _Needs:
    """What was gathered for one easyconfig."""

    wish: Wish
    build: dict[str, Found] = field(default_factory=dict)
    run: dict[str, Found] = field(default_factory=dict)
    members: dict[str, Recipe] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    openmp: bool = False
    decided: bool = False  # whether it needs the full compiler is known
    with_cuda: frozenset[str] = frozenset()  # dependencies that must be built with CUDA
    made: dict[str, Made] = field(default_factory=dict)

    def clashes(self) -> frozenset[str]:
        """Packages whose software comes without CUDA, where others here bring it with CUDA."""
        suffixes: dict[str, set[str]] = {}
        for found in self.run.values():
            suffixes.setdefault(found.name, set()).add(_suffix(found))
        for one in self.made.values():
            for name, suffix in one.below.items():
                suffixes.setdefault(name, set()).add(suffix)
        mixed = {
            name for name, found in suffixes.items() if len(found) > 1 and "CUDA" in str(found)
        }
        return frozenset(
            package
            for package, one in self.made.items()
            if (one.name in mixed and "CUDA" not in one.suffix)
            or any(name in mixed and "CUDA" not in suffix for name, suffix in one.below.items())
        )

    def add(self, found: Found, *, run: bool) -> None:
        """One dependency; what is needed to run is there to build as well."""
        if run:
            self.build.pop(found.name, None)
            self.run.setdefault(found.name, found)
        elif found.name not in self.run:
            self.build.setdefault(found.name, found)
        self.wish = replace(self.wish, levels=self.wish.levels | {found.level})

    def role(self, role: str) -> None:
        """A virtual package that the toolchain fills."""
        if role == "fortran" and not self.decided:
            self.wish = replace(self.wish, compiler=True)
        elif role in ("mpi", "scalapack"):
            blas = self.wish.blas or role == "scalapack"
            self.wish = replace(self.wish, compiler=True, mpi=True, blas=blas)
        elif role in ("blas", "lapack", "fftw-api"):
            self.wish = replace(self.wish, compiler=True, blas=True)


class Maker:
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
    ) -> None:
        self.shelf = shelf
        self.everywhere = everywhere
        self.roots = {
            (package.name or "", wants_cuda(package)): package for package in reversed(list(roots))
        }
        self.recipes = recipes
        self.read = read
        self.made: dict[str, Made] = {}
        self._below: dict[tuple[str, bool], Made | None] = {}
        self._doing: list[str] = []
        self._known: dict[Package, Made | None] = {}

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

    def _moved(self, package: Package) -> Made | None:
        named = self.shelf.named(package.name or "")
        if named.how not in ("own", "catalog"):
            return None
        entry = self.shelf.elsewhere(named.software, dict(named.only))
        text = self.read(entry) if entry is not None else None
        if entry is None or text is None or misfit("", package, "", entry.version) is not None:
            return None
        to = Move(toolchain=self.shelf.generation)
        layout, _, more = read_layout(text, entry.basename)
        done = move(layout, to, self.shelf.resolver, self.shelf.index)
        along, further = move_along(done, to, self.shelf.resolver, self.shelf.index, self.read)
        notices = [*more, *done.notices, *further]
        if any(notice.code is Code.DEPENDENCY_LOST for notice in notices):
            return None  # its own recipe may do better
        for one in along:
            self._keep(one, "moved", ())
        said = Notice(
            code=Code.PACKAGE_GENERATED,
            subject=package.name or "",
            what=f"{entry.basename} was moved to {'-'.join(self.shelf.generation)}",
            why="the generation has no easyconfig of it",
            where=package.place,
        )
        return self._keep(done.layout, "moved", (*notices, said))

    def _of_recipe(self, package: Package) -> Made | None:
        if self.recipes is None:
            return None
        found = self.recipes(package, self.shelf.version_of)
        if found is None:
            return None
        recipe, notices = found
        return self.make(recipe, notices)

    def make(self, recipe: Recipe, notices: Sequence[Notice] = ()) -> Made:
        """The easyconfig of a recipe. Raises InputError where it can't have a file name."""
        self._doing.append(recipe.name)
        try:
            needs = self._needs(recipe, self._start(recipe))
            again = _Needs(wish=needs.wish, decided=needs.decided, with_cuda=needs.clashes())
            needs = self._needs(recipe, again)
        finally:
            self._doing.pop()
        level = self.shelf.level(needs.wish)
        layout, said = _Page(self, recipe, needs, level).layout()
        head = Notice(
            code=Code.PACKAGE_GENERATED,
            subject=recipe.name,
            what=f"an easyconfig for {recipe.version} was generated",
            why=f"{'-'.join(self.shelf.generation)} has none",
            instead="build it once before relying on it",
            where=recipe.place,
        )
        below = {found.name: _suffix(found) for found in needs.run.values()}
        for one in needs.made.values():
            below = {**one.below, **below}
        return self._keep(layout, "generated", (head, *notices, *needs.notices, *said), below)

    def _keep(
        self,
        layout: Layout,
        how: str,
        notices: tuple[Notice, ...],
        below: Mapping[str, str] = MappingProxyType({}),
    ) -> Made:
        from stackbridge.ecosystems.easybuild.entries import entry_of
        from stackbridge.ecosystems.easybuild.evaluate import evaluate
        from stackbridge.ecosystems.easybuild.templates import resolve_text

        text = render(layout)
        entry = entry_of(evaluate(text), "")
        resolver = self.shelf.resolver
        suffix = resolve_text(entry.suffix, resolver.templates(entry))
        file = build(entry.name, entry.prefix + entry.version, entry.toolchain, suffix)
        if "/" in file or entry.name.startswith(".") or not file.isprintable() or len(file) > 250:
            raise InputError(f"`{file[:80]}` can't be a file name")
        made = Made(
            name=entry.name,
            version=entry.version,
            suffix=suffix,
            level=entry.toolchain,
            text=text,
            path=f"{letter(entry.name)}/{entry.name}/{file}",
            how=how,
            notices=notices,
            below=below,
        )
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

    def name_of(self, recipe: Recipe) -> str:
        """What its easyconfig is called: as EasyBuild knows it, or as its authors spell it."""
        named = self.shelf.named(recipe.name)
        if named.how in ("own", "catalog"):
            for usual in (*named.software, *named.members):
                return usual.replace("::", "-")
        return proper_name(recipe.name, recipe.version, recipe.sources, _prefixes(recipe))

    # --- what it needs -------------------------------------------------------------------

    def _start(self, recipe: Recipe) -> _Needs:
        """Released easyconfigs of the software decide whether it needs the full compiler."""
        released = self.shelf.index.find(self.name_of(recipe))
        kinds = [e.toolchain[0] for e in released if e.toolchain[0] in self.shelf.resolver.table]
        if kinds:
            compiler = abilities(kinds[-1], self.shelf.resolver.table)[0]
            return _Needs(wish=Wish(compiler=compiler), decided=True)
        return _Needs(wish=Wish(compiler=moduleclass(recipe) in APPLICATIONS))

    def _needs(self, recipe: Recipe, needs: _Needs) -> _Needs:
        needs.openmp = any(f.name == "openmp" and f.value is True for f in recipe.features)
        language = _LANGUAGES.get(recipe.build_system)
        if language is not None:
            self._tool(language, needs, run=True)
        for tool in _TOOLS.get(recipe.build_system, ()):
            self._tool(tool, needs, run=False)
        self._gather(recipe, needs, recipe)
        if any("CUDA" in str(word) for found in needs.run.values() for word in found.row[2:3]):
            self._tool("CUDA", needs, run=True)  # what stands on CUDA needs the same one
        return needs

    def _tool(self, name: str, needs: _Needs, *, run: bool) -> None:
        found = self.shelf.voted(name)
        if found is not None:
            needs.add(found, run=run)

    def _gather(self, recipe: Recipe, needs: _Needs, root: Recipe) -> None:
        """Roles first: they decide which level the others are looked for on."""
        roles = [d for d in recipe.dependencies if set(d.provides) & _ROLES]
        for dependency in roles:
            for role in dependency.provides:
                needs.role(role)
        for dependency in recipe.dependencies:
            if dependency not in roles:
                self._one(dependency, needs, root)

    def _one(self, dependency: Dependency, needs: _Needs, root: Recipe) -> None:
        package = dependency.package
        name = package.name or ""
        if name in TAKEN_FOR_GRANTED:
            return
        if name in needs.with_cuda and package.feature("cuda") is None:
            cuda = Feature(name="cuda", value=True, propagated=True)
            package = replace(package, features=(*package.features, cuda))
        run = not dependency.kinds or bool({"link", "run"} & set(dependency.kinds))
        named = self.shelf.named(name)
        if named.software and named.software[0] in PART_OF_TOOLCHAIN:
            needs.role(PART_OF_TOOLCHAIN[named.software[0]])
            return
        if not run and set(named.software) & AUTOTOOLS:
            self._tool("Autotools", needs, run=False)
            return
        if named.software[:1] == ("pkgconf",) or name in ("pkgconf", "pkg-config"):
            self._tool("pkgconf", needs, run=False)
            return
        level = self.shelf.level(needs.wish)
        language = language_of(name)
        if language:
            # a package that a language or bundle in use has already needs no more
            here = self.shelf.member(
                (*named.members, *named.software), named.hosts, language, level, needs.run
            )
            if here is not None:
                notice = misfit(root.name, package, f"{here[0].name}'s", here[1])
                needs.notices += [notice] if notice else []
                return
        found = self.shelf.software(
            named.software, package.versions, level, dict(named.only), cuda=wants_cuda(package)
        )
        if found is not None:
            said = (
                misfit(root.name, package, found.name, found.version),
                untold(root.name, package, found),
            )
            needs.notices += [notice for notice in said if notice is not None]
            needs.add(found, run=run)
            return
        inside = self.shelf.member(named.members, named.hosts, language, level)
        if inside is not None:
            found, version = inside
            notice = misfit(root.name, package, f"{found.name}'s", version)
            needs.notices += [notice] if notice else []
            needs.add(found, run=run)
            return
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
            needs.add(_as_found(made), run=run)
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

    def _member(self, package: Package, needs: _Needs, root: Recipe) -> bool:
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


_ROLES = frozenset({"c", "cxx", "fortran", "mpi", "blas", "lapack", "scalapack", "fftw-api"})


def _suffix(found: Found) -> str:
    return str(found.row[2]) if len(found.row) > 2 else ""


def _as_found(made: Made) -> Found:
    row: tuple[Term, ...] = (made.name, made.version)
    if made.level == SYSTEM:
        row = (*row, made.suffix, {"constant": "SYSTEM"})
    elif made.suffix:
        row = (*row, made.suffix)
    return Found(name=made.name, version=made.version, row=row, level=made.level)


class _Page:
    """The parameters of one easyconfig, group by group."""

    def __init__(self, maker: Maker, recipe: Recipe, needs: _Needs, level: Level) -> None:
        self.maker = maker
        self.shelf = maker.shelf
        self.recipe = recipe
        self.needs = needs
        self.level = level
        self.system = recipe.build_system
        self.notices: list[Notice] = []
        self.name = maker.name_of(recipe)
        if not safe_word(self.name) or not safe_word(recipe.version):
            raise InputError(f"`{self.name[:60]}` {recipe.version[:60]!r} can't be a file name")
        self.bundled = bool(needs.members) or self.system == "r"
        # EasyBuild's own easyblock for this very software knows how it is built.
        released = self.shelf.index.find(self.name)
        self.special = (
            not self.bundled
            and bool(released)
            and released[-1].easyblock is None
            and not parameters().mandatory.get(easyblock_of(self.name))  # which nobody could give
        )

    def layout(self) -> tuple[Layout, tuple[Notice, ...]]:
        """The whole."""
        groups: list[dict[str, Term]] = [
            self._easyblock(),
            self._identity(),
            self._words(),
            self._toolchain(),
            {} if self.bundled else self._sources(),
            self._dependencies("builddependencies", self._build()),
            self._dependencies("dependencies", list(self.needs.run.values())),
            self._steps(),
        ]
        if self.bundled:
            groups += self._members()
        groups += [self._checks(), {"moduleclass": self._class()}]
        kept = [group for group in groups if group]
        layout = Layout(
            groups=tuple(
                tuple(Parameter(name=name, term=term) for name, term in group.items())
                for group in kept
            ),
            comments=(
                Comment(
                    side="before",
                    path=(next(iter(kept[0])),),
                    lines=(
                        f"# Generated by StackBridge from the recipe of {self.recipe.name} "
                        f"{self.recipe.version}"
                        + (f" ({self.recipe.names})" if self.recipe.names else ""),
                        "",
                    ),
                ),
            ),
        )
        return layout, tuple(self.notices)

    # --- groups --------------------------------------------------------------------------

    def _easyblock(self) -> dict[str, Term]:
        if self.special:
            return {}
        block = EASYBLOCKS.get(self.system, "Tarball")
        if self.bundled:
            block = {"python": "PythonBundle", "perl": "PerlBundle"}.get(self.system, "Bundle")
        if block == "Tarball" and not self.recipe.sources:
            block = "Bundle"
        if self.system == "generic" and block == "Tarball":
            self._say(
                Code.STEP_SKIPPED,
                "its files are unpacked and not built",
                "the recipe builds it by code of its own",
            )
        return {"easyblock": block}

    def _identity(self) -> dict[str, Term]:
        found: dict[str, Term] = {"name": self.name, "version": self.recipe.version}
        if "CUDA" in self.needs.run:
            found["versionsuffix"] = "-CUDA-%(cudaver)s"
        elif self.system == "r" and "R" in self.needs.run:
            found["versionsuffix"] = "-R-%(rver)s"
        return found

    def _words(self) -> dict[str, Term]:
        homepage = _one_line(self.recipe.homepage)
        if not homepage:
            homepage = next(
                (
                    url
                    for source in self.recipe.sources
                    for url in (*source.urls, source.git)
                    if url
                ),
                "",
            )
            self._say(
                Code.STEP_ASSUMED, "its homepage is where its source lies", "the recipe names none"
            )
        text = " ".join(self.recipe.description.split())
        head = " " * len('description = """')
        lines = textwrap.wrap(text, 115, initial_indent=head)
        description = "\n".join(lines)[len(head) :] or f"{self.name} {self.recipe.version}"
        return {"homepage": homepage, "description": description}

    def _toolchain(self) -> dict[str, Term]:
        found: dict[str, Term] = {
            "toolchain": {"name": self.level[0], "version": self.level[1]}
            if self.level != SYSTEM
            else {"constant": "SYSTEM"}
        }
        options: dict[str, Term] = {}
        if self.needs.wish.mpi and self.system in ("cmake", "autotools", "make", "meson"):
            options["usempi"] = True
        if self.needs.openmp:
            options["openmp"] = True
        if any(f.name == "pic" and f.value is True for f in self.recipe.features):
            options["pic"] = True
        if options:
            found["toolchainopts"] = dict(sorted(options.items()))
        return found

    def _sources(self) -> dict[str, Term]:
        found, notices = source_parameters(
            self.recipe.sources,
            self.recipe.patches,
            self.name,
            self.recipe.version,
            registry=_REGISTRIES.get(self.system, ""),
            subject=self.recipe.name,
        )
        self.notices += notices
        order = (
            "github_account", "source_urls", "sources", "download_instructions", "checksums",
        )  # fmt: skip
        return {name: found[name] for name in order if name in found}

    def _build(self) -> list[Found]:
        rows = list(self.needs.build.values())
        if self.shelf.is_base(self.level):
            tool = self.shelf.voted("binutils")
            rows = [*([tool] if tool else []), *(row for row in rows if row.name != "binutils")]
        return rows

    def _dependencies(self, parameter: str, rows: list[Found]) -> dict[str, Term]:
        first = tuple(_LANGUAGES.values())
        ordered = sorted(rows, key=lambda row: row.name not in first)
        return {parameter: [row.term() for row in ordered]} if rows else {}

    def _steps(self) -> dict[str, Term]:
        found: dict[str, Term] = {}
        options = self.recipe.options
        if self.special:
            if options:
                self._say(
                    Code.STEP_ASSUMED,
                    f"{len(options)} options of its configure step are left out",
                    f"EasyBuild's own easyblock for {self.name} chooses them",
                )
            return found
        if options and self.system in ("cmake", "autotools", "meson"):
            found["configopts"] = " ".join(_shell_word(option) for option in options)
        elif options:
            self._say(
                Code.STEP_SKIPPED,
                f"{len(options)} options of its configure step are left out",
                f"a {self.system} package has no such step in EasyBuild",
            )
        if self.system == "make":
            found["skipsteps"] = ["configure"]
            found["installopts"] = "PREFIX=%(installdir)s"
            self._say(
                Code.STEP_ASSUMED,
                "it is installed by `make install PREFIX=...`",
                "the recipe's own steps are code",
            )
        if self.system == "cargo":
            self._say(
                Code.SOURCE_LOST,
                "the list of its crates is left out",
                "no recipe but EasyBuild's names them",
            )
            found["crates"] = []
        if self.system == "perl" and not self.bundled:
            found["options"] = {"modulename": self.name.replace("-", "::")}
        return found

    def _class(self) -> str:
        """As the software's other easyconfigs have it; else by its description."""
        released = self.shelf.index.find(self.name)
        return released[-1].moduleclass if released else moduleclass(self.recipe)

    def _members(self) -> list[dict[str, Term]]:
        registry = _REGISTRIES.get(self.system, "")
        rows: list[Term] = []
        for recipe in (*self.needs.members.values(), self.recipe):
            if recipe is self.recipe:
                name = self.name
            else:
                named = self.shelf.named(recipe.name)
                name = next(
                    iter((*named.members, *named.software)) if named.how == "catalog" else iter(()),
                    "",
                ) or proper_name(
                    recipe.name, recipe.version, recipe.sources, _prefixes(self.recipe)
                )
            if not safe_word(name.replace("::", "-")) or not safe_word(recipe.version):
                raise InputError(f"`{name[:60]}` {recipe.version[:60]!r} can't be a file name")
            options, notices = extension_options(
                recipe.sources, name, recipe.version, registry, recipe.name
            )
            if self.system == "perl":
                stem = name.replace("::", "-")
                name = stem.replace("-", "::")
                options = {
                    "source_tmpl": f"{stem}-%(version)s.tar.gz",
                    **{key: term for key, term in options.items() if key != "source_tmpl"},
                }
            self.notices += notices
            for patch in recipe.patches:
                self._say(
                    Code.STEP_SKIPPED,
                    f"the patch {patch.filename} of {name} is left out",
                    "EasyBuild takes patches from files beside the easyconfig",
                )
            version: Term = recipe.version
            rows.append([name, version, options])
        if self.system != "r":
            return [{"exts_list": rows}]
        return [
            {"exts_defaultclass": "RPackage"},
            {
                "exts_default_options": {
                    "source_urls": list(_CRAN_URLS),
                    "source_tmpl": "%(name)s_%(version)s.tar.gz",
                }
            },
            {"exts_list": rows},
            {"modextrapaths": {"R_LIBS_SITE": ""}},
        ]

    def _checks(self) -> dict[str, Term]:
        """What must be there after the installation."""
        if self.special or self.system == "python":
            return {}  # the easyblock knows
        if self.system == "r":
            return {"sanity_check_paths": {"files": [], "dirs": [self.name]}}
        if self.system == "perl":
            place = "lib/perl5/site_perl/%(perlver)s"
            return {"sanity_check_paths": {"files": [], "dirs": [place]}}
        files = [f for f in self.recipe.installs.get("files", ()) if _inside(f)]
        folders = [f for f in self.recipe.installs.get("dirs", ()) if _inside(f)]
        if files or folders:
            return {"sanity_check_paths": {"files": files, "dirs": folders}}
        if not self.recipe.sources:
            return {}
        self._say(
            Code.STEP_ASSUMED,
            "its sanity check only looks for bin, lib or include",
            "the recipe does not say which files are installed",
        )
        anything = {"tuple": ["bin", "lib", "lib64", "include"]}
        return {"sanity_check_paths": {"files": [], "dirs": [anything]}}

    def _say(self, code: Code, what: str, why: str) -> None:
        self.notices.append(
            Notice(code=code, subject=self.recipe.name, what=what, why=why, where=self.recipe.place)
        )


def _prefixes(recipe: Recipe) -> tuple[str, ...]:
    """What the ecosystem puts before the names of language packages."""
    return ("py-", "r-", "perl-") if language_of(recipe.name) else ()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _inside(path: str) -> bool:
    """A plain path below the installation."""
    return bool(path) and not path.startswith(("/", "~")) and ".." not in path.split("/")


def _shell_word(option: str) -> str:
    """An option as the shell must see it; `$` and the like are no business of a recipe's.

    `%` is doubled, because EasyBuild fills in templates.
    """
    name, equals, value = option.partition("=")
    word = f"{name}={shlex.quote(value)}" if equals and name == shlex.quote(name) else None
    return (word or shlex.quote(option)).replace("%", "%%")
