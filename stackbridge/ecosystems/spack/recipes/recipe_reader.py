"""One package of a Spack repository, at one version and with chosen variants -> hub Recipe.

Conditions are decided for that version and these variants; what depends on other packages is
decided where the caller says which versions these have (`known`), and is a notice otherwise.
Arguments of the configure step are taken from the package's own methods as far as these can
be followed without running them (`methods`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.spack.index import Index
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.ecosystems.spack.recipes.methods import (
    Answers,
    member_of,
    returned,
)
from stackbridge.ecosystems.spack.recipes.recipe_conditions import (
    COMPILERS,
    ROLES,
    Chosen,
    refused_without_gpu,
)
from stackbridge.ecosystems.spack.recipes.recipe_sources import source_of
from stackbridge.ecosystems.spack.recipes.recipe_steps import BELOW, Steps
from stackbridge.ecosystems.spack.repository.model import PackageFacts, VersionFact
from stackbridge.errors import InputError
from stackbridge.hub.merge import Conflict, constrain
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Feature, Package
from stackbridge.hub.recipe import Patch, Recipe, Source
from stackbridge.hub.versions import ANY, Version, VersionSet

__all__ = ["PROVIDERS", "ROLES", "recipe_of"]

PROVIDERS: Mapping[str, str] = {
    "elf": "elfutils", "gl": "mesa", "glu": "mesa-glu", "golang": "go", "iconv": "libiconv",
    "java": "openjdk", "jpeg": "libjpeg-turbo", "lua-lang": "lua", "mariadb-client": "mariadb",
    "mkl": "intel-oneapi-mkl", "mysql-client": "mysql", "opencl": "pocl", "fuse": "libfuse",
    "pil": "py-pillow", "pkgconfig": "pkgconf",
    "qmake": "qt-base", "rpc": "libtirpc", "szip": "libaec", "tbb": "intel-tbb",
    "unwind": "libunwind", "uuid": "util-linux-uuid", "xxd": "xxd-standalone", "yacc": "bison",
    "zlib-api": "zlib",
}  # fmt: skip
"""Other virtual packages -> who provides them by default (Spack 1.x, etc/spack/defaults)."""

_SYSTEMS: Mapping[str, str] = {
    "autotools": "autotools", "bundle": "bundle", "cargo": "cargo", "cmake": "cmake", "go": "go",
    "makefile": "make", "meson": "meson", "perl": "perl", "python_pip": "python", "ruby": "ruby",
    "scons": "scons", "waf": "waf", "octave": "generic", "qmake": "generic", "lua": "generic",
}  # fmt: skip
_TRIED = 12  # versions, until one has no conflict
_LARGEST = 1_000_000  # bytes of a patch


def recipe_of(
    index: Index,
    wanted: Package,
    *,
    architecture: str = "x86_64",
    known: Callable[[str], str | None] | None = None,
) -> tuple[Recipe, tuple[Notice, ...]]:
    """The recipe of the best version that `wanted` allows, with its variants.

    `known` gives the versions that other packages will have (python, gcc), by which
    conditions are decided; None for what it does not know.
    Raises InputError for a package that no repository has, or that has no such version.
    """
    name = wanted.name or ""
    facts = index.package(name)
    if facts is None or facts.virtual:
        near = index.suggest(name)
        raise InputError(
            f"no package repository has `{name}`",
            hint=f"did you mean `{near[0]}`?" if near else "",
        ).at(wanted.place.file, wanted.place.line, wanted.place.column)
    reader = _Reader(index, facts, wanted, architecture, known)
    return reader.recipe()


class _Reader:
    def __init__(
        self,
        index: Index,
        facts: PackageFacts,
        wanted: Package,
        architecture: str,
        known: Callable[[str], str | None] | None,
    ) -> None:
        self.index = index
        self.facts = facts
        self.wanted = wanted
        self.notices: list[Notice] = []
        self.by_install = False
        self.steps: dict[str, tuple[str, ...]] = {}
        self.chosen = Chosen(
            package=Package(
                name=facts.name,
                platform=facts.platform,
                target=architecture,
                features=wanted.features,
            ),
            known=known,
            roles=frozenset(fact.name for fact in facts.dependencies) & ROLES,
        )
        self.version = self._version()
        self.chosen = replace(
            self.chosen,
            package=replace(self.chosen.package, versions=VersionSet.exactly(self._decisive())),
        )
        self._variants()
        refusal = refused_without_gpu(facts, wanted, self.chosen)
        if refusal is not None:
            raise InputError(f"`{facts.name}` can't be built without a GPU: {refusal}")
        self.tree = self._tree()

    # --- version and variants ------------------------------------------------------------

    def _version(self) -> VersionFact:
        asked = self.wanted.versions
        fits = [
            fact for fact in self.facts.versions if asked.is_any or Version(fact.version) in asked
        ]
        if not fits and asked.exact is not None:
            unknown = VersionFact(version=str(asked.exact))
            # an old one, or a new one: where its source lies may follow from the others
            if source_of(self.facts, unknown, None)[0] is None and not self._is_bundle():
                fits = self._nearest(asked.exact)
            if not fits:
                self._say(
                    Code.CHECKSUM_MISSING,
                    f"{asked.exact} is not among the versions that Spack knows",
                    "the recipe is that of the versions it knows",
                )
                return unknown
        if not fits:
            raise InputError(
                f"`{self.facts.name}` has no version {asked}",
                hint="it has "
                + (", ".join(fact.version for fact in self.facts.versions[:5]) or "none"),
            ).at(self.wanted.place.file, self.wanted.place.line, self.wanted.place.column)
        ordered = sorted(
            fits,
            key=lambda fact: (
                not _moving(fact),
                not fact.deprecated,
                fact.preferred,
                Version(fact.version),
            ),
            reverse=True,
        )
        best, least = ordered[0], 0
        for number, fact in enumerate(ordered[:_TRIED]):
            clashes = self._clashes(fact)
            if number == 0 or clashes < least:
                best, least = fact, clashes
            if not clashes:
                break
        return best

    def _decisive(self) -> str:
        """The version by which conditions are decided.

        What a recipe said of versions that it has dropped went with them: the oldest that it
        knows tells more of them than nothing.
        """
        known = [f.version for f in self.facts.versions if not Version(f.version).is_branch]
        oldest = min(known, key=Version, default=self.version.version)
        mine = Version(self.version.version)
        return oldest if not mine.is_branch and mine < Version(oldest) else self.version.version

    def _nearest(self, wanted: Version) -> list[VersionFact]:
        """The version that stands in for one whose source can't be had: the next, or the last."""
        known = [fact for fact in self.facts.versions if not Version(fact.version).is_branch]
        later = [fact for fact in known if Version(fact.version) > wanted]
        if not known:
            return []
        best = (min if later else max)(later or known, key=lambda fact: Version(fact.version))
        self._say(
            Code.VERSION_APPROXIMATED,
            f"{best.version} stands in for {wanted}",
            f"the recipe of {self.facts.name} knows no {wanted}, nor where its source would lie",
        )
        return [best]

    def _clashes(self, fact: VersionFact) -> int:
        """How many conflicts of its package.py the version has with these variants."""
        if not self.facts.conflicts:
            return 0
        mine, said = self.chosen, len(self.notices)
        self.chosen = replace(
            mine, package=replace(mine.package, versions=VersionSet.exactly(fact.version))
        )
        self._variants()
        found = sum(
            self.chosen.decide((*conflict.when, conflict.spec)) is True
            for conflict in self.facts.conflicts
        )
        self.chosen = mine
        del self.notices[said:]
        return found

    def _variants(self) -> None:
        """Defaults of the variants which exist for this version; a variant may need another."""
        asked = {feature.name: feature for feature in self.chosen.package.features}
        have: dict[str, Feature] = {}
        for _ in range(4):
            before = dict(have)
            for variant in self.facts.variants:
                if self.chosen.decide(variant.when) is not True:
                    continue
                if variant.name in asked:
                    have[variant.name] = replace(asked[variant.name], propagated=False)
                elif variant.boolean:
                    have[variant.name] = Feature(
                        name=variant.name, value=str(variant.default).lower() == "true"
                    )
                else:
                    values = tuple(part for part in str(variant.default).split(",") if part)
                    have[variant.name] = Feature(name=variant.name, value=values)
            self.chosen = replace(
                self.chosen,
                package=replace(self.chosen.package, features=tuple(have.values())),
            )
            if have == before:
                break
        for feature in asked.values():
            if feature.name in have or feature.propagated:
                continue  # what is wanted of all holds for those which have it
            if feature.name not in ("build_system", "generator"):
                self._say(
                    Code.FEATURE_LOST,
                    f"`{feature.name}` is left out",
                    f"{self.facts.name} {self.chosen.package.versions.exact} has no such variant",
                )

    def variant(self, name: str) -> bool | tuple[str, ...] | None:
        found = self.chosen.package.feature(name)
        return None if found is None else found.value

    # --- the recipe ----------------------------------------------------------------------

    def recipe(self) -> tuple[Recipe, tuple[Notice, ...]]:
        system = self._system()
        dependencies = self._dependencies()
        source = self._sources()
        steps = self._steps(system, dependencies)
        recipe = Recipe(
            name=self.facts.name,
            version=self.version.version,
            names="spack",
            homepage=self.facts.homepage or "",
            description=" ".join(self.facts.description.split()),
            license=next(
                (
                    each.identifier
                    for each in self.facts.licenses
                    if self.chosen.decide(each.when) is True
                ),
                None,
            ),
            build_system=system,
            sources=source,
            patches=self._patches(),
            dependencies=dependencies,
            features=self.chosen.package.features,
            options=tuple(dict.fromkeys(steps.options)) if steps is not None else (),
            start_dir=steps.start_dir if steps is not None else None,
            steps=self.steps,
            installs=steps.installs() if steps is not None else {},
            place=self.wanted.place,
        )
        for gap in self.facts.incomplete[:3]:
            self._say(
                Code.EVALUATION_INCOMPLETE,
                "a statement of its package.py is left out",
                f"line {gap.line}: {gap.reason}",
            )
        return recipe, tuple(self.notices)

    def _system(self) -> str:
        if any(base in ("RPackage", "RacketPackage") for base in self.facts.bases):
            return "r" if "RPackage" in self.facts.bases else "generic"
        value = self.variant("build_system")
        name = value[0] if isinstance(value, tuple) and value else None
        name = name or next(iter(self.facts.build_systems), "generic")
        found = _SYSTEMS.get(name, "generic")
        if found != "generic":
            return found
        self.by_install = True
        return self._by_its_steps()

    def _by_its_steps(self) -> str:
        """What a package with its own `install` runs in it."""
        method = self._method("install")
        if method is None:
            return "generic"
        called = {
            node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            for node in ast.walk(method)
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
        }
        for words, system in (
            ({"cmake"}, "cmake"),
            ({"configure", "autoreconf"}, "autotools"),
            ({"meson"}, "meson"),
            ({"make", "gmake"}, "make"),
            ({"install_tree", "install", "copy_tree", "copy"}, "binary"),
        ):
            if words & called:
                return system
        return "generic"

    def _dependencies(self) -> tuple[Dependency, ...]:
        found: dict[str, Dependency] = {}
        undecided: dict[str, str] = {}
        facts = [(fact.spec, fact.when, fact.kinds) for fact in self.facts.dependencies]
        facts += [(fact.spec, fact.when, fact.kinds) for fact in self.facts.extends]
        for spec, when, kinds in facts:
            decided = self.chosen.decide(when)
            if decided is False or not set(kinds) - {"test"}:
                continue
            try:
                package = parse(spec)
            except InputError as error:
                self._say(Code.DEPENDENCY_LOST, f"`{spec[:60]}` is left out", str(error))
                continue
            name = package.name or ""
            if decided is None:
                undecided.setdefault(name, " ".join(when))
                continue
            package = replace(package, dependencies=(), place=self.wanted.place)
            name, package, provides = self._provider(name, package)
            old = found.get(name)
            if old is not None:
                try:
                    package = constrain(old.package, package)
                except Conflict:
                    package = old.package
                kinds = tuple(dict.fromkeys((*old.kinds, *kinds)))
                provides = tuple(dict.fromkeys((*old.provides, *provides)))
            found[name] = Dependency(
                package=package,
                kinds=tuple(kind for kind in kinds if kind != "test"),
                provides=provides,
                direct=True,
            )
        for name, condition in undecided.items():
            if name not in found and name not in COMPILERS and not self._fills(name, found):
                self._say(
                    Code.CONDITION_LOST,
                    f"the dependency on {name} is left out",
                    f"it depends on `{condition[:100]}`, which can't be decided here",
                )
        return tuple(found.values())

    def _fills(self, name: str, found: Mapping[str, Dependency]) -> bool:
        """Whether it could only be what fills a role that is there already."""
        return any(name in self.index.providers(role) for role in ROLES & found.keys())

    def _provider(self, name: str, package: Package) -> tuple[str, Package, tuple[str, ...]]:
        if name in ROLES:
            return name, replace(package, versions=ANY, features=()), (name,)
        stands = self.index.package(name)
        if (stands is None or stands.virtual) and name in PROVIDERS:
            other = PROVIDERS[name]
            versions = package.versions if name in ("java", "golang") else ANY
            return other, Package(name=other, versions=versions, place=package.place), (name,)
        return name, package, ()

    # --- sources -------------------------------------------------------------------------

    def _sources(self) -> tuple[Source, ...]:
        found: list[Source] = []
        if self._is_bundle():
            return ()
        computed = self._computed_url()
        source, derived = source_of(self.facts, self.version, computed)
        if source is None:
            self._say(
                Code.SOURCE_LOST,
                "its source is left out",
                "its package.py computes the address, or names none",
            )
        else:
            found.append(source)
            if not source.urls and source.git is None:
                self._say(
                    Code.LICENSE_NEEDED,
                    f"{source.filename} must be fetched by hand",
                    "nobody offers it for download without a question",
                )
            if derived and self._method("url_for_version") is not None:
                self._say(
                    Code.STEP_ASSUMED,
                    f"its address is taken to be {source.urls[0]}",
                    "its package.py computes it in a way that can't be followed",
                )
        for resource in self.facts.resources:
            if self.chosen.decide(resource.when) is True:
                url = resource.options.get("url")
                self._say(
                    Code.SOURCE_LOST,
                    f"the further source `{resource.name or url}` is left out",
                    f"it belongs into `{resource.destination}`: {url or 'a checkout'}",
                )
        return tuple(found)

    def _is_bundle(self) -> bool:
        return not self.facts.has_code or "BundlePackage" in self.facts.bases

    def _computed_url(self) -> str | None:
        method = self._method("url_for_version")
        if method is None or self.tree is None:
            return None
        found = returned(method, self._answers())
        value = found.value
        return value if isinstance(value, str) and "://" in value else None

    def _patches(self) -> tuple[Patch, ...]:
        found = []
        for fact in self.facts.patches:
            decided = self.chosen.decide(fact.when)
            if decided is False:
                continue
            name = fact.location.split("?")[0].rpartition("/")[2]
            if decided is None or fact.reverse or fact.working_dir != ".":
                self._say(
                    Code.STEP_SKIPPED,
                    f"the patch {name} is left out",
                    "whether or how it applies can't be decided here",
                )
                continue
            remote = "://" in fact.location
            found.append(
                Patch(
                    filename=name,
                    url=fact.location if remote else None,
                    sha256=fact.sha256,
                    level=fact.level,
                    text=None if remote else self._beside(fact.location),
                )
            )
        return tuple(found)

    def _beside(self, name: str) -> str | None:
        """The text of a patch in the package's own folder."""
        if not BELOW.fullmatch(name):
            return None
        try:
            data = (Path(self.facts.file).parent / name).read_bytes()
            return data.decode("utf-8") if len(data) <= _LARGEST else None
        except (OSError, UnicodeDecodeError):
            return None

    # --- what its methods say ------------------------------------------------------------

    def _tree(self) -> ast.Module | None:
        try:
            text = Path(self.facts.file).read_text(encoding="utf-8")
            return ast.parse(text)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def _classes(self) -> Sequence[str]:
        """The package's class, and the builders beside it for its build system."""
        if self.tree is None:
            return ()
        names = [node.name for node in self.tree.body if isinstance(node, ast.ClassDef)]
        value = self.variant("build_system")
        word = str(value[0] if isinstance(value, tuple) and value else "").partition("_")[0]
        builders = [n for n in names if n.endswith("Builder") and n.lower().startswith(word)]
        builders += [n for n in names if n == "AnyBuilder"]
        return [*builders, self.facts.class_name]

    def _method(self, name: str) -> ast.FunctionDef | None:
        found = self._member(name)
        return found if isinstance(found, ast.FunctionDef) else None

    def _answers(self) -> Answers:
        return Answers(
            version=self.version.version,
            satisfies=self.chosen.one,
            variant=self.variant,
            name=self.facts.name,
            several=lambda name: any(v.multi for v in self.facts.variants if v.name == name),
            member=self._member,
            version_of=self.chosen.known or (lambda _name: None),
        )

    def _member(self, name: str) -> ast.FunctionDef | ast.expr | None:
        if self.tree is None:
            return None
        return member_of(self.tree, self._classes(), name, self.chosen.one)

    def _steps(self, system: str, dependencies: tuple[Dependency, ...]) -> Steps | None:
        if self.tree is None or system == "bundle":
            return None
        steps = Steps(self.tree, self._classes(), self._answers(), self.chosen.decide)
        tools = {found.package.name for found in dependencies}
        self.steps = steps.of(
            system, generates={"autoconf", "automake"} <= tools, by_install=self.by_install
        )
        for code, what, why in steps.said:
            self._say(code, what, why)
        if steps.left:
            names = ", ".join(f"`{name}`" for name in steps.left[:6])
            self._say(
                Code.STEP_SKIPPED,
                f"{names} of its package.py {'is' if len(steps.left) == 1 else 'are'} left out",
                "that is code; see whether it is needed here",
            )
        return steps

    def _say(self, code: Code, what: str, why: str) -> None:
        self.notices.append(
            Notice(code=code, subject=self.facts.name, what=what, why=why, where=self.wanted.place)
        )


def _moving(fact: VersionFact) -> bool:
    """A branch, of which nobody can say what it holds tomorrow."""
    options: Mapping[str, Any] = fact.options
    if Version(fact.version).is_branch:
        return True
    return bool(options.get("branch")) and not (options.get("commit") or options.get("tag"))
