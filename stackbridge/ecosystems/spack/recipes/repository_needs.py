"""What a recipe needs, in Spack's names, versions and variants, as far as Spack has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from stackbridge.ecosystems.spack.index import Index
from stackbridge.ecosystems.spack.language.formatting import format_spec
from stackbridge.ecosystems.spack.recipes.repository_text import package_spelling, version_text
from stackbridge.ecosystems.spack.repository.model import PackageFacts, spec_name
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Package
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.versions import Version, VersionSet

__all__ = ["DEFAULT_KINDS", "PREFIXES", "Names", "Surroundings"]

Names = Callable[[str, str | None], str | None]
"""(name, whose name it is as in Recipe.names) -> Spack's name, or None where not known."""

_KINDS = ("build", "link", "run", "test")
DEFAULT_KINDS = ("build", "link")
PREFIXES = {"python": "py-", "r": "r-", "perl": "perl-", "ruby": "ruby-"}


@dataclass(slots=True)
class Surroundings:
    """What there is besides a recipe: Spack's packages, names, those written along with it."""

    known: Index
    names: Names | None
    notices: list[Notice] = field(default_factory=list)
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: dict[str, tuple[Version, ...]] = field(default_factory=dict)

    def note(self, code: Code, recipe: Recipe, what: str, why: str, *, instead: str = "") -> None:
        """Say that something did not pass unchanged."""
        self.notices.append(
            Notice(
                code=code,
                subject=recipe.name,
                what=what,
                why=why,
                instead=instead,
                where=recipe.place,
            )
        )

    def spack_name(
        self, name: str, whose: str | None, build_system: str = "", *, own: bool = False
    ) -> str | None:
        """Spack's name of a package that Spack has; None where it has none.

        A recipe built for Python, R or Perl is itself (`own`) a `py-`, `r-` or `perl-`
        package; its dependencies may be either.
        """
        if self.names is not None:
            found = self.names(name, whose)
            if found is not None and package_spelling(found) == found:
                return found
        plain = package_spelling(name)
        prefix = PREFIXES.get(build_system, "")
        if own and prefix and not plain.startswith(prefix):
            return prefix + plain if prefix + plain in self.known else None
        if name in self.known or name in self.known.virtuals():
            return name
        for each in (plain, prefix + plain):
            if plain and (each in self.known or each in self.written):
                return each
        return None

    def needs(self, recipe: Recipe, name: str) -> Iterable[tuple[str, tuple[str, ...], str | None]]:
        """(spec, kinds, condition) of each dependency that Spack can have."""
        for dependency in recipe.dependencies:
            spec = self.dependency(recipe, dependency)
            if spec is None or spec_name(spec) == name:
                continue
            kinds = tuple(k for k in _KINDS if k in dependency.kinds) or DEFAULT_KINDS
            when = None
            if dependency.when is not None:
                try:
                    when = format_spec(dependency.when)
                except ValueError as error:
                    self.note(
                        Code.CONDITION_LOST,
                        recipe,
                        f"`{dependency.package.name}` is needed always",
                        str(error),
                    )
            yield spec, kinds, when
        for component in recipe.components:
            found = self.spack_name(component.name, recipe.names) or next(
                (
                    each
                    for prefix in PREFIXES.values()
                    if (each := prefix + package_spelling(component.name)) in self.known
                ),
                None,
            )
            if found is None or found == name:
                self.note(
                    Code.PACKAGE_LOST,
                    recipe,
                    f"its component `{component.name}` was left out",
                    "Spack has no package of that name",
                )
                continue
            versions = VersionSet.any()
            if component.version is not None and version_text(component.version):
                versions = VersionSet.exactly(component.version)
            yield found + self.constraint(recipe, found, versions), ("build", "run"), None

    def dependency(self, recipe: Recipe, dependency: Dependency) -> str | None:
        """The spec of a dependency, as far as Spack's own recipes can meet it."""
        package = dependency.package
        wanted = package.name or (dependency.provides[0] if dependency.provides else "")
        found = self.spack_name(wanted, recipe.names, recipe.build_system) if wanted else None
        if found is None:
            self.note(
                Code.DEPENDENCY_LOST,
                recipe,
                f"the dependency `{wanted}` was left out",
                "Spack has no package of that name",
            )
            return None
        virtual = found in self.known.virtuals() and (
            (facts := self.known.package(found)) is None or facts.virtual
        )
        features = "" if virtual else self.features(recipe, found, package)
        return found + self.constraint(recipe, found, package.versions) + features

    def constraint(self, recipe: Recipe, name: str, versions: VersionSet) -> str:
        """`@...`, or less than was asked for where no version in Spack would do."""
        if versions.is_any:
            return ""
        facts = self.known.package(name)
        ranges = versions.ranges()
        have = self.versions(name, facts)
        if have and ranges is not None:
            if any(version in versions for version in have):
                return f"@{ranges}"
            exact = versions.exact
            if exact is not None and any(
                version >= exact and not version.is_branch for version in have
            ):
                self.loosened(recipe, name, versions, f"@{exact}:")
                return f"@{exact}:"
        self.loosened(recipe, name, versions, "any version")
        return ""

    def versions(self, name: str, facts: PackageFacts | None) -> tuple[Version, ...]:
        """The versions that there are of a package, with those that are written along."""
        found = self.numbers.get(name)
        if found is None:
            own = self.written.get(name, ())
            there = () if facts is None or facts.virtual else facts.versions
            texts = (*own, *(version.version for version in there))
            found = tuple(Version(text) for text in texts if version_text(text))
            self.numbers[name] = found
        return found

    def loosened(self, recipe: Recipe, name: str, versions: VersionSet, instead: str) -> None:
        """Say that a dependency's versions were not taken over."""
        self.note(
            Code.DEPENDENCY_APPROXIMATED,
            recipe,
            f"`{name}` is wanted as {versions}",
            "Spack has no such version",
            instead=instead,
        )

    def features(self, recipe: Recipe, name: str, package: Package) -> str:
        """Variants of a dependency which Spack's recipe has, with values that it allows."""
        facts = self.known.package(name)
        kept = []
        for feature in package.features:
            defined = facts.variant(feature.name) if facts is not None else ()
            values = () if isinstance(feature.value, bool) else feature.value
            fits = any(
                each.boolean == isinstance(feature.value, bool)
                and all(each.allows(value) for value in values)
                for each in defined
            )
            if fits:
                kept.append(feature)
            else:
                self.note(
                    Code.FEATURE_LOST,
                    recipe,
                    f"`{name}` without its feature `{feature.name}`",
                    f"Spack's `{name}` has no such variant or value",
                )
        if not kept:
            return ""
        text = format_spec(Package(name=name, features=tuple(kept)))
        return text.removeprefix(name)
