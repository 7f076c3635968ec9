"""Other ecosystems' names and words -> Spack's.

Names go through the catalog. Exact versions become `@=`, or what the pin says; one that
Spack's recipes do not have is added to them (`supply.py`) or becomes the nearest they have,
with a notice. GPU architectures become `cuda_arch` and
`amdgpu_target`. A bundle becomes its members that Spack has. A toolchain becomes
requirements on the virtual packages that it fills (`providers.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from stackbridge.ecosystems.spack.translating.bundles import Member, members_of
from stackbridge.ecosystems.spack.translating.deliveries import Outcome, delivered
from stackbridge.ecosystems.spack.translating.generations import (
    by_generation,
    compiler_groups,
    group_of,
    has_generations,
)
from stackbridge.ecosystems.spack.translating.implied import (
    Implied,
    of_its_name,
    whole_of_part,
    with_implied,
)
from stackbridge.ecosystems.spack.translating.pins import pinned_rules
from stackbridge.ecosystems.spack.translating.providers import (
    VIRTUALS,
    common_toolchain,
    compiled_by,
    compiler_of,
    parts_of,
    toolchain_rules,
)
from stackbridge.ecosystems.spack.translating.version_choice import of_release, without_release
from stackbridge.ecosystems.spack.translating.versions import Versions
from stackbridge.ecosystems.spack.translating.whole_stack import (
    everywhere,
    lost_container,
    settings,
    unused_toolchain,
)
from stackbridge.ecosystems.spack.translating.wording import (
    features,
    is_itself,
    key,
    known_features,
    spelled,
)
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import EMPTY, Dependency, Package, Toolchain
from stackbridge.hub.stack import Entry, Group, Matrix, Rule, Stack, Use
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Name
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Delivered
    from stackbridge.ecosystems.spack.translating.supply import Supply
    from stackbridge.ecosystems.spack.vocabulary import Vocabulary
    from stackbridge.hub.pinning import Pin

__all__ = ["to_spack"]


def to_spack(
    stack: Stack,
    catalog: Catalog | None,
    vocabulary: Vocabulary | None = None,
    supply: Supply | None = None,
    pin: Pin = "exact",
    *,
    groups: bool = False,
    implied: Implied = lambda _package: (),
) -> tuple[Stack, list[Notice], tuple[Delivered, ...]]:
    """The stack in Spack's names, what changed on the way, and a row for each request.

    With `groups` each toolchain generation of an EasyBuild stack becomes a group of the
    environment (`generations.py`). `supply` knows Spack's recipes and gets what is to be
    added to them. `implied` tells what holds of a package without being said. Raises
    InputError for a stack that can't be written out (`hub.expand`).
    """
    translation = _Translation(stack, catalog, vocabulary, supply, pin)
    translation.implied = implied
    grouped = groups and has_generations(stack)
    made, notices = translation.run(grouped=grouped)
    rows, more = delivered(stack, translation.outcomes, translation.package, supply)
    return made, [*notices, *more], rows


class _Translation(Versions):
    def __init__(
        self,
        stack: Stack,
        catalog: Catalog | None,
        vocabulary: Vocabulary | None,
        supply: Supply | None,
        pin: Pin,
    ) -> None:
        super().__init__(supply, pin)
        self.vocabulary = vocabulary
        self.stack = stack
        self.catalog = catalog
        self.toolchain = stack.toolchain or common_toolchain(stack)
        self.seen: set[str] = set()
        self.outcomes: dict[Package, Outcome] = {}
        self.own_compilers = False
        self.implied: Implied = lambda _package: ()

    def run(self, *, grouped: bool = False) -> tuple[Stack, list[Notice]]:
        stack = self.stack
        if grouped:
            entries, groups = self.generations()
            if stack.toolchain is not None and stack.names is not None:
                self.notices.append(unused_toolchain(stack))
        else:
            entries = self.entries(stack.entries)
            groups = tuple(replace(g, entries=self.entries(g.entries)) for g in stack.groups)
        definitions = tuple(replace(d, entries=self.entries(d.entries)) for d in stack.definitions)
        rules = [replaced for rule in stack.rules if (replaced := self.rule(rule)) is not None]
        more: list[Rule] = []
        if self.toolchain is not None and not grouped:
            found, notices = toolchain_rules(self.toolchain, stack.place)
            if self.toolchain.parts:  # in the stack's names, unlike those of a generation
                found = [r for rule in found if (r := self.rule(rule, virtual=True)) is not None]
            if self.own_compilers:  # which a requirement on all would contradict
                found = [
                    replace(rule, strength="prefer")
                    if rule.subject in VIRTUALS["compiler"]
                    else rule
                    for rule in found
                ]
            more += pinned_rules(found, self.pin)
            self.notices += notices
        found, notices = everywhere(stack)
        more += found
        self.notices += notices
        unify = stack.unify
        if unify is None:
            several = grouped or _several_builds(entries)
            unify = "when-possible" if several else "together"
        if stack.container is not None:
            self.notices.append(lost_container())
        own, notices = settings(stack, self.deprecated)
        self.notices += notices
        return (
            replace(
                stack,
                names="spack",
                toolchain=None,
                targets=(),
                gpus=(),
                os=None,
                container=None,
                unify=unify,
                entries=entries,
                groups=groups,
                definitions=definitions,
                rules=(*more, *rules),
                extensions=own,
            ),
            self.notices,
        )

    def generations(self) -> tuple[tuple[Entry, ...], tuple[Group, ...]]:
        """Entries of no generation, and a group for each generation and each compiler."""
        alone: list[Entry] = []
        compilers: dict[str, Group] = {}
        groups: list[Group] = []
        default = self.stack.toolchain if self.stack.names is None else None
        for chain, wanted in by_generation(self.stack.entries, default):
            self.toolchain, self.seen = chain, set()
            entries = self.entries(wanted)
            if chain is None:
                alone += entries
                continue
            found, notices = toolchain_rules(chain, self.stack.place)
            self.notices += notices
            rules = pinned_rules(found, self.pin)
            if entries:
                needed = {group.name: group for group in compiler_groups(rules)}
                compilers |= needed
                groups.append(group_of(chain, entries, rules, tuple(needed)))
        for group in compilers.values():
            self.old_compiler(group)
        return tuple(alone), (*compilers.values(), *groups)

    def old_compiler(self, group: Group) -> None:
        """Most compilers of generations are deprecated in Spack; without its recipes all count."""
        for entry in group.entries:
            if not isinstance(entry, Package) or entry.name is None:
                continue
            if self.supply is None:
                self.deprecated[f"{entry.name}@{entry.versions}"] = None
                continue
            every = self.supply.versions(entry.name) or ()
            fitting = [version for version in every if version in entry.versions]
            if all(self.supply.deprecated(entry.name, version) for version in fitting):
                self.deprecated |= dict.fromkeys(f"{entry.name}@{v}" for v in fitting)

    # ------------------------------------------------------------------------- entries
    def entries(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        found: list[Entry] = []
        for entry in entries:
            if isinstance(entry, Package):
                for package in self.package(entry):
                    if (same := key(package)) in self.seen:
                        self.note(
                            Code.PACKAGE_MERGED, package, "asked for twice", why="one is enough"
                        )
                        continue
                    self.seen.add(same)
                    found.append(package)
            elif isinstance(entry, Matrix):
                self.seen, outside = set(), self.seen
                found.append(
                    replace(
                        entry,
                        rows=tuple(self.row(row) for row in entry.rows),
                        exclude=tuple(
                            p for package in entry.exclude for p in self.package(package)
                        ),
                    )
                )
                self.seen = outside
            elif isinstance(entry, Use):
                found.append(entry)
        return tuple(found)

    def row(self, row: tuple[Entry, ...]) -> tuple[Entry, ...]:
        self.seen = set()
        return self.entries(row)

    def rule(self, rule: Rule, *, virtual: bool = False) -> Rule | None:
        supply, self.supply = self.supply, None  # a rule asks for nothing by itself
        try:
            return self.ruled(rule, virtual=virtual)
        finally:
            self.supply = supply

    def ruled(self, rule: Rule, *, virtual: bool) -> Rule | None:
        choices = tuple(p for choice in rule.choices for p in self.package(choice))
        if not choices:
            return None
        subject = rule.subject
        if subject != "*" and not virtual:
            named = self.package(Package(name=subject))
            subject = named[0].name or subject if named else subject
        return replace(rule, subject=subject, choices=choices)

    def package(self, package: Package) -> list[Package]:
        """Spack's packages for one request: none, one, or the members of a bundle."""
        before, made = len(self.notices), len(self.made)
        found = self.translated(package)
        self.outcomes[package] = Outcome(
            packages=tuple(found),
            notices=tuple(self.notices[before:]),
            generated=tuple(self.made[made:]),
        )
        return found

    def below(self, dependency: Dependency) -> list[Dependency]:
        """A dependency's packages; one that is lost is a loss of what it stands below."""
        before = len(self.notices)
        found = self.package(dependency.package)
        self.notices[before:] = [
            replace(notice, code=Code.DEPENDENCY_LOST)
            if notice.code is Code.PACKAGE_LOST
            else notice
            for notice in self.notices[before:]
        ]
        return [replace(dependency, package=package) for package in found]

    def translated(self, package: Package) -> list[Package]:
        named = self.names(package)
        rest = package
        if named and of_release(package, self.known(named[0])) is not None:
            rest = without_release(package)
        dependencies = tuple(
            found for dependency in rest.dependencies for found in self.below(dependency)
        )
        toolchain, edges = self.own_toolchain(package)
        base = replace(
            package,
            namespace=None if self.stack.names != "spack" else package.namespace,
            features=features(rest),
            gpus=(),
            toolchain=toolchain,
            dependencies=(*dependencies, *edges),
            extensions=EMPTY,
        )
        if package.name is None:
            return [base]
        if not named:
            members = self.members(package)
            if members:
                bare = known_features(base, (), lambda *said: self.lost(package, *said))
                return [replace(bare, name=name, versions=version) for name, version in members]
            return self.generated(package, base) or self.unnamed(package, base)
        name = named[0]
        found = replace(base, name=name.name)
        found = replace(found, versions=self.versions(found, name, package))
        return [self.with_implied(self.with_known_features(found), package)]

    def with_implied(self, found: Package, package: Package) -> Package:
        """Spack's package with what holds of the request without being said."""
        told = of_its_name(package, self.stack.names, self.catalog)
        self.notices += whole_of_part(package, found, self.stack.names, self.catalog)
        found, notices = with_implied(found, (*told, *self.implied(package)), self.vocabulary)
        self.notices += notices
        return found

    def generated(self, package: Package, base: Package) -> list[Package]:
        """A package of our own, where there is a recipe for it in another ecosystem."""
        made = self.supply.package(package) if self.supply is not None else None
        if made is None or self.supply is None:
            return []
        name, version = made
        self.add(package, name, f"a package `{name}` was generated", "Spack has no package for it")
        needs = self.supply.needs(name)
        edges = tuple(
            d for d in base.dependencies if d.provides or d.direct or d.package.name in needs
        )
        if not self.supply.new(name):
            own = self.with_known_features(replace(base, name=name))
            return [replace(own, versions=VersionSet.exactly(version))]
        own = replace(base, name=name, versions=VersionSet.exactly(version), dependencies=edges)
        return [known_features(own, (), lambda *said: self.lost(package, *said), needs)]

    def unnamed(self, package: Package, base: Package) -> list[Package]:
        """What no Spack recipe stands for: left out, unless nobody knows the name at all."""
        assert package.name is not None
        known = self.catalog is not None and self.catalog.find(package.name) is not None
        if known or self.stack.names is not None:
            self.note(
                Code.PACKAGE_LOST,
                package,
                "Spack has no package for it; left out",
                why="no recipe of Spack was found to be the same software",
            )
            return []
        self.note(
            Code.NAME_UNKNOWN,
            package,
            "the catalog does not know the name",
            why="it may come from a repository of your own",
            instead=f"kept as `{spelled(package.name)}`",
        )
        return [replace(base, name=spelled(package.name), versions=self.said(package))]

    def names(self, package: Package) -> tuple[Name, ...]:
        """What Spack calls it; of names that differ in features, those that fit."""
        if self.catalog is None or package.name is None:
            return ()
        exact = package.versions.exact
        if self.stack.names is None:
            identity = self.catalog.get(package.name) or self.catalog.find(package.name, "spack")
            names = self.catalog.names(identity, "spack") if identity is not None else ()
            same = tuple(name for name in names if name.name == package.name)
            return same or names
        return self.there(
            self.catalog.translate(
                package.name, self.stack.names, "spack", str(exact) if exact is not None else None
            )
        )

    def there(self, names: tuple[Name, ...]) -> tuple[Name, ...]:
        """Those names that Spack's recipes have, where these are at hand."""
        if self.supply is None:
            return names
        return tuple(name for name in names if self.supply.has(name.name))

    def members(self, package: Package) -> list[tuple[str, VersionSet]]:
        """The members of a bundle, each in the bundle's version or the nearest.

        Nothing where the software itself is a member and can't be had: what it brings along
        for its own use does not stand for it.
        """
        if self.catalog is None or package.name is None or self.stack.names is None:
            return []
        found: dict[str, VersionSet] = {}
        missing: list[str] = []
        before, made = len(self.notices), len(self.made)
        for member in members_of(package, self.stack.names, self.catalog, self.supply):
            one = self.member(package, member)
            if one is None:
                missing.append(member.name)
            else:
                found.setdefault(*one)
        if not found or any(is_itself(package.name, name) for name in missing):
            del self.notices[before:], self.made[made:]
            return []
        if missing:
            self.note(
                Code.PACKAGE_LOST,
                package,
                f"{len(missing)} members of the bundle are left out: {', '.join(missing)}",
                why="no recipe of Spack was found to be the same software",
            )
        self.note(
            Code.PACKAGE_IN_BUNDLE,
            package,
            f"a bundle; its {len(found)} members that Spack has stand in",
            why="Spack has no such bundle",
            instead=", ".join(list(found)[:8]),
        )
        if own := self.made[made:]:
            self.note(
                Code.PACKAGE_GENERATED,
                package,
                f"{len(own)} of its members were generated: {', '.join(own)}",
                why="Spack lacks them, or their versions",
                instead="`repo/`",
            )
        return list(found.items())

    def member(self, package: Package, member: Member) -> tuple[str, VersionSet] | None:
        """One member of a bundle as Spack has it, or as it is added to Spack's packages."""
        name = next(iter(self.there(member.names)), None)
        wanted = VersionSet.exactly(member.version) if member.version else VersionSet.any()
        if self.supply is not None and (name is None or not self.satisfied(wanted, name)):
            recipe = member.recipe()
            made = (
                self.supply.member(package, recipe, name.name if name is not None else None)
                if recipe is not None
                else None
            )
            if made is not None:
                self.made.append(made[0])
                self.supply.mark(made[0])
                return made[0], VersionSet.exactly(made[1])
        if name is None:
            return None
        asked = Package(name=member.name, versions=wanted, place=package.place)
        # A part of a toolchain has an easyconfig of its own.
        alone = None if member.kind == "extension" else asked
        return name.name, self.versions(asked, name, alone)

    # ------------------------------------------------------------------------ features
    def with_known_features(self, package: Package) -> Package:
        """The package without variants that Spack's recipe does not have."""
        known = self.vocabulary.variants(package.name or "") if self.vocabulary else None
        if known is None or "*" in known:
            return package
        own = self.supply
        needs = own.always(package.name or "", package.versions) if own is not None else ()
        return known_features(package, known, lambda *said: self.lost(package, *said), needs)

    def own_toolchain(self, package: Package) -> tuple[None, tuple[Dependency, ...]]:
        """A toolchain other than the stack's becomes a compiler of the package itself."""
        chain = package.toolchain
        if chain is None or chain == self.toolchain or chain.name in (None, "system", "SYSTEM"):
            parts = chain.parts if chain is not None and chain.name is None else {}
            return None, tuple(
                Dependency(
                    package=found,
                    direct=role in VIRTUALS["compiler"] or role == "compiler",
                    provides=() if role in ("compiler", "c") else VIRTUALS.get(role, ()),
                )
                for role, part in parts.items()
                for found in self.package(part)
            )
        same = self.toolchain is not None and chain.version == self.toolchain.version
        if not same:
            compiler = compiler_of(chain)
            if compiler is not None and self.toolchain is not None:
                self.other_libraries(package, chain)
                if compiler == compiler_of(self.toolchain):
                    return None, ()
            if compiler is not None:
                self.own_compilers = True
                return None, compiled_by(compiler)
            self.note(
                Code.TOOLCHAIN_LOST,
                package,
                f"the toolchain {chain} is left out",
                why="its compiler and libraries are not known; Spack's own choices stand in",
            )
        return None, ()

    def other_libraries(self, package: Package, chain: Toolchain) -> None:
        """A notice where a package's toolchain has other libraries than the stack's."""
        common = parts_of(self.toolchain) if self.toolchain is not None else {}
        others = [
            f"{role}: {part.name}@{part.versions}"
            for role, part in parts_of(chain).items()
            if role != "compiler" and part != common.get(role)
        ]
        if others:
            self.note(
                Code.TOOLCHAIN_APPROXIMATED,
                package,
                f"of {chain} only the compiler is kept, not {', '.join(others)}",
                why=f"requirements hold for the whole environment, which has {self.toolchain}",
            )


def _several_builds(entries: Iterable[Entry]) -> bool:
    names = [entry.name for entry in entries if isinstance(entry, Package)]
    return len(names) != len(set(names)) or any(isinstance(e, Matrix) for e in entries)
