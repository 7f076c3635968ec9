"""Recipes -> a package repository that adds to Spack what it lacks (v2 layout).

A package that Spack has gets the new version in a small subclass of Spack's own, so that
everything else of it stays; a package that it lacks gets a class of its own. The repository
is to be configured before the one that `known` indexes:

    spack_repo/<namespace>/repo.yaml
    spack_repo/<namespace>/packages/<directory>/package.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from stackbridge.ecosystems.spack.index import Index
from stackbridge.ecosystems.spack.recipes.repository_methods import methods, uses_files
from stackbridge.ecosystems.spack.recipes.repository_needs import (
    DEFAULT_KINDS,
    PREFIXES,
    Names,
    Surroundings,
)
from stackbridge.ecosystems.spack.recipes.repository_sources import (
    attribute_url,
    attributes,
    by_hand,
    by_hand_urls,
    derived,
    further_sources,
    main_source,
    version_directive,
    with_wheels,
)
from stackbridge.ecosystems.spack.recipes.repository_text import (
    Directive,
    ModuleText,
    package_spelling,
    version_text,
)
from stackbridge.ecosystems.spack.repository.layout import class_name, directory_name
from stackbridge.ecosystems.spack.repository.model import PackageFacts
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Feature
from stackbridge.hub.recipe import Patch, Recipe
from stackbridge.hub.versions import Version

__all__ = ["Names", "main_source", "write_repository"]


_SYSTEMS: Mapping[str, tuple[str, str]] = {
    "cmake": ("cmake", "CMakePackage"),
    "autotools": ("autotools", "AutotoolsPackage"),
    "meson": ("meson", "MesonPackage"),
    "make": ("makefile", "MakefilePackage"),
    "python": ("python", "PythonPackage"),
    "r": ("r", "RPackage"),
    "perl": ("perl", "PerlPackage"),
    "cargo": ("cargo", "CargoPackage"),
    "go": ("go", "GoPackage"),
    "ruby": ("ruby", "RubyPackage"),
    "scons": ("scons", "SConsPackage"),
    "waf": ("waf", "WafPackage"),
    "bundle": ("bundle", "BundlePackage"),
    "toolchain": ("bundle", "BundlePackage"),
}
_GENERIC = ("generic", "Package")
_BUILT = ("cmake", "autotools", "meson", "make", "scons", "waf")
_NUMERICAL = frozenset({"mpi", "blas", "lapack", "scalapack"})
_COMPILED = (*_BUILT, "generic", "python", "r", "perl")

_VARIANT = re.compile(r"[a-zA-Z_0-9][a-zA-Z_0-9-]*")
_VALUE = re.compile(r"[a-zA-Z_0-9\-+*.:=%^~/]+")
# taken by Spack itself, or by the base classes named above
_RESERVED = frozenset(
    {
        "arch", "architecture", "branch", "commit", "dev_path", "namespace", "operating_system",
        "os", "patches", "platform", "ref", "tag", "target",
        "build_system", "build_type", "generator", "ipo", "buildtype", "default_library", "strip",
    }
)  # fmt: skip
_PATCH = re.compile(r"[A-Za-z0-9_][\w.+-]*\.(?:patch|diff)", re.ASCII)
_NAMESPACE = re.compile(r"[a-z_][a-z0-9_]*")


def write_repository(
    recipes: Iterable[Recipe], namespace: str, known: Index, names: Names | None = None
) -> tuple[dict[str, str], tuple[Notice, ...]]:
    """Files by path, and what they can't say or had to assume.

    `known` tells what Spack has. Recipes with the same name share a file, one version each.
    Raises UsageError for a namespace that Spack does not allow.
    """
    if _NAMESPACE.fullmatch(namespace) is None:
        raise UsageError(
            f"`{namespace}` can't be the namespace of a package repository",
            hint="use lower case letters, digits and underscores",
        )
    writer = _Writer(known, names)
    groups: dict[str, list[Recipe]] = {}
    for recipe in recipes:
        name = writer.own_name(recipe)
        if name is not None:
            groups.setdefault(name, []).append(with_wheels(recipe))
    writer.written = {
        name: tuple(recipe.version for recipe in group) for name, group in groups.items()
    }
    root = f"spack_repo/{namespace}"
    files = {f"{root}/repo.yaml": f"repo:\n  namespace: {namespace}\n  api: v2.0\n"}
    for name in sorted(groups):
        facts = known.package(name)
        text = writer.extended(name, facts, groups[name]) if facts else None
        if facts is None or facts.virtual:
            text = writer.created(name, groups[name])
        if text is not None:
            folder = f"{root}/packages/{directory_name(name)}"
            files[f"{folder}/package.py"] = text
            files |= {f"{folder}/{file}": each for file, each in writer.beside.items()}
        writer.beside = {}
    return files, tuple(dict.fromkeys(writer.notices))


class _Writer(Surroundings):
    def __init__(self, known: Index, names: Names | None) -> None:
        super().__init__(known, names)
        self.beside: dict[str, str] = {}

    def own_name(self, recipe: Recipe) -> str | None:
        """The name a recipe gets in Spack; one that speaks Spack's names has it already."""
        if recipe.names == "spack" and recipe.name == package_spelling(recipe.name) != "":
            return recipe.name
        found = self.spack_name(recipe.name, recipe.names, recipe.build_system, own=True)
        if found is None:
            found = package_spelling(recipe.name)
            prefix = PREFIXES.get(recipe.build_system, "")
            if found and prefix and not found.startswith(prefix):
                found = prefix + found
        if not found:
            self.note(
                Code.PACKAGE_LOST,
                recipe,
                "no recipe was written",
                "its name has no letter or digit that Spack allows",
            )
            return None
        if found != recipe.name:
            self.note(
                Code.NAME_APPROXIMATED if found not in self.known else Code.PACKAGE_GENERATED,
                recipe,
                f"written as `{found}`",
                "Spack's names have lower case letters, digits and dashes",
                instead=found,
            )
        return found

    # a further version of what Spack has

    def extended(self, name: str, facts: PackageFacts, recipes: list[Recipe]) -> str | None:
        """A subclass with new versions; None where Spack has them all."""
        versions: list[Directive] = []
        for recipe in recipes:
            have = facts.version(recipe.version)
            if have is not None:
                source = main_source(recipe)
                differs = source is not None and None not in (source.sha256, have.sha256)
                differs = differs and source is not None and source.sha256 != have.sha256
                self.note(
                    Code.PACKAGE_MERGED,
                    recipe,
                    f"version {recipe.version} was not written",
                    "Spack has it already"
                    + (", with the checksum of another archive" if differs else ""),
                )
                continue
            made = version_directive(self, recipe, has_code=facts.has_code, facts=facts)
            if made is not None:
                versions.append(made)
        if not versions:
            return None
        repository = next(r for r in self.known.repositories if r.namespace == facts.namespace)
        directory = directory_name(name, repository.api)
        if repository.api < (2, 0):
            module = f"spack.pkg.{facts.namespace}.{directory_name(name).removeprefix('_')}"
        else:
            sub = repository.packages.name
            module = f"spack_repo.{facts.namespace}.{sub}.{directory}.package"
        text = ModuleText(
            class_name=class_name(name),
            description=facts.description or f"{name}, with further versions.",
            base=(module, class_name(name)),
        )
        text.block(versions)
        return str(text)

    # what Spack lacks

    def created(self, name: str, recipes: list[Recipe]) -> str | None:
        """A class for a package that Spack does not have."""
        usable = [r for r in recipes if version_text(r.version)]
        for recipe in recipes:
            if recipe not in usable:
                version_directive(self, recipe, has_code=False)
        if not usable:
            return None
        usable.sort(key=lambda r: Version(r.version), reverse=True)
        newest = usable[0]
        has_code = any(main_source(r) is not None or by_hand(r) is not None for r in usable)
        system = newest.build_system
        if system == "python" and not has_code and newest.components:
            system = "bundle"
        place, base = _SYSTEMS.get(system, _GENERIC)
        bundle = base == "BundlePackage"
        if bundle and has_code:
            place, base = _GENERIC
            bundle = False
        text = ModuleText(
            class_name=class_name(name),
            description=newest.description or newest.name,
            base=(f"spack_repo.builtin.build_systems.{place}", base),
        )
        self.note(
            Code.PACKAGE_GENERATED, newest, f"a new package `{name}` was written", "Spack has none"
        )
        if not has_code and not bundle:
            self.note(
                Code.SOURCE_LOST,
                newest,
                "the package has no source",
                "the recipe names no URL and no git repository",
                instead="has_code = False",
            )
        if uses_files(newest):
            text.imports = ("glob", "os")
        elif by_hand(newest) is not None:
            text.imports = ("os",)
        text.block(attributes(newest, system, has_code or bundle))
        if newest.license:
            text.block([Directive("license", (newest.license,))])
        url = attribute_url(newest, system)
        versions = [
            version_directive(
                self, r, has_code=has_code, url=url if r is newest else derived(r, system)
            )
            for r in usable
        ]
        text.block(version for version in versions if version is not None)
        text.block(self.variants(newest))
        text.block(self.languages(newest, system))
        text.block(self.dependencies(usable, name))
        text.block(further_sources(self, usable))
        text.block(self.patches(usable) if has_code else ())
        text.block(by_hand_urls(usable))
        for lines in methods(self, usable, system, base):
            text.block(lines)
        return str(text)

    def variants(self, recipe: Recipe) -> list[Directive]:
        """A variant for each feature, with the recipe's value as the default."""
        made: dict[str, Directive] = {}
        for feature in recipe.features:
            default, values = _default(feature)
            bad = (
                _VARIANT.fullmatch(feature.name) is None
                or feature.name in _RESERVED
                or feature.name in made
                or default == ""
                or not all(_VALUE.fullmatch(value) for value in values)
            )
            if bad:
                self.note(
                    Code.FEATURE_LOST,
                    recipe,
                    f"the feature `{feature.name}` was not written",
                    "Spack has no variant of that name or with that value",
                )
                continue
            keywords: dict[str, object] = {"default": default}
            if values:
                keywords["values"] = values
                keywords["multi"] = len(values) > 1
            keywords["description"] = f"{feature.name}, as in the recipe"
            made[feature.name] = Directive("variant", (feature.name,), keywords)
        if made:
            self.note(
                Code.STEP_SKIPPED,
                recipe,
                "variants do not change how the package is built",
                "the recipe does not say which build arguments belong to them",
            )
        return list(made.values())

    def languages(self, recipe: Recipe, system: str) -> list[Directive]:
        """Compilers: recipes of other ecosystems leave them to the toolchain."""
        asked = {d.package.name for d in recipe.dependencies}
        chain = recipe.toolchain
        if system not in _COMPILED:
            return []
        if system not in _BUILT and chain is not None and chain.name == "system":
            return []
        source = main_source(recipe) or by_hand(recipe)
        if source is None or any(url.endswith(".whl") for url in source.urls[:1]):
            return []
        taken = ("c", "cxx", "fortran") if _is_fortran(recipe, system) else ("c", "cxx")
        languages = [language for language in taken if language not in asked]
        if not languages:
            return []
        self.note(
            Code.FEATURE_ASSUMED,
            recipe,
            "taken to need compilers for C, C++ and Fortran"
            if "fortran" in languages
            else "taken to need a C and a C++ compiler",
            "the recipe leaves compilers to its toolchain",
        )
        return [Directive("depends_on", (each,), {"type": "build"}) for each in languages]

    def dependencies(self, recipes: list[Recipe], name: str) -> list[Directive]:
        """Dependencies; those that not all versions have, under the versions that have them."""
        by_version = [
            (recipe.version, dict.fromkeys(self.needs(recipe, name))) for recipe in recipes
        ]
        lines: dict[tuple[str, tuple[str, ...], str | None, str | None], None] = {}
        for version, needs in by_version:
            for spec, kinds, when in needs:
                everywhere = all((spec, kinds, when) in other for _, other in by_version)
                only = None if everywhere else version
                lines.setdefault((spec, kinds, when, only))
        found = []
        for spec, kinds, when, only in lines:
            condition = " ".join(x for x in (f"@={only}" if only else "", when or "") if x)
            shown: object = kinds[0] if len(kinds) == 1 else kinds
            found.append(
                Directive(
                    "depends_on",
                    (spec,),
                    {
                        "when": condition or None,
                        "type": None if kinds == DEFAULT_KINDS else shown,
                    },
                )
            )
        return found

    def patches(self, recipes: list[Recipe]) -> list[Directive]:
        """Patches that can be fetched and checked, and those whose text is at hand."""
        made = []
        for recipe in recipes:
            only = None if len(recipes) == 1 else f"@={recipe.version}"
            for patch in recipe.patches:
                place, sum_ = self.placed(patch)
                if place is None:
                    self.note(
                        Code.SOURCE_LOST,
                        recipe,
                        f"the patch `{patch.filename}` was left out",
                        "it needs its text, or a URL and a sha256",
                    )
                    continue
                level = patch.level if patch.level not in (None, 1) else None
                made.append(
                    Directive("patch", (place,), {"sha256": sum_, "level": level, "when": only})
                )
        return made

    def placed(self, patch: Patch) -> tuple[str | None, str | None]:
        """Where a patch is, in a file beside package.py or at a URL, and its sum there."""
        name = patch.filename
        if patch.text is not None and _PATCH.fullmatch(name):
            self.beside[name] = patch.text
            return name, None
        if patch.url is not None and patch.sha256 is not None and "://" in patch.url:
            return patch.url, patch.sha256
        return None, None


def _is_fortran(recipe: Recipe, system: str) -> bool:
    """Whether it may be Fortran: it says so, or is built with numerical libraries or MPI.

    A compiler that is not needed does no harm; one that is missing breaks the build.
    """
    if system in _BUILT and _NUMERICAL & {d.package.name for d in recipe.dependencies}:
        return True
    said = (recipe.name, recipe.description, *recipe.options, *recipe.steps.get("build", ()))
    return any("fortran" in text.lower() for text in said)


def _default(feature: Feature) -> tuple[object, tuple[str, ...]]:
    if isinstance(feature.value, bool):
        return feature.value, ()
    return ",".join(feature.value), feature.value
