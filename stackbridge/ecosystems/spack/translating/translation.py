"""Other ecosystems' names and words -> Spack's.

Names go through the catalog. Exact versions become `@=`; one that Spack's recipes do not
have becomes the nearest they have, with a notice. GPU architectures become `cuda_arch` and
`amdgpu_target`. A bundle becomes its members that Spack has. A toolchain becomes
requirements on the virtual packages that it fills (`providers.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from stackbridge.catalog.spelling import dated
from stackbridge.ecosystems.spack.language.formatting import format_feature, format_versions
from stackbridge.ecosystems.spack.translating.deliveries import Outcome, delivered
from stackbridge.ecosystems.spack.translating.providers import (
    VIRTUALS,
    common_toolchain,
    compiled_by,
    compiler_of,
    parts_of,
    toolchain_rules,
)
from stackbridge.ecosystems.spack.translating.version_choice import closed, nearest, spelling
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import EMPTY, Dependency, Feature, Package, Toolchain
from stackbridge.hub.stack import Entry, Matrix, Rule, Stack, Use
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Name
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Delivered
    from stackbridge.ecosystems.spack.vocabulary import Vocabulary

__all__ = ["to_spack"]

_CUDA = re.compile(r"sm_(\d+[a-z]?)")
# Features that only say which language is below, which a dependency says as well.
_LANGUAGES = {"java": "openjdk", "perl": "perl", "python": "python", "r": "r", "ruby": "ruby"}


def to_spack(
    stack: Stack, catalog: Catalog | None, vocabulary: Vocabulary | None = None
) -> tuple[Stack, list[Notice], tuple[Delivered, ...]]:
    """The stack in Spack's names, what changed on the way, and a row for each request.

    Raises InputError for a stack that can't be written out (`hub.expand`).
    """
    translation = _Translation(stack, catalog, vocabulary)
    made, notices = translation.run()
    rows, more = delivered(stack, translation.outcomes, translation.package)
    return made, [*notices, *more], rows


class _Translation:
    def __init__(
        self, stack: Stack, catalog: Catalog | None, vocabulary: Vocabulary | None
    ) -> None:
        self.vocabulary = vocabulary
        self.stack = stack
        self.catalog = catalog
        self.notices: list[Notice] = []
        self.toolchain = stack.toolchain or common_toolchain(stack)
        self.seen: set[str] = set()
        self.outcomes: dict[Package, Outcome] = {}
        self.own_compilers = False

    def note(self, code: Code, package: Package, what: str, *, why: str, instead: str = "") -> None:
        self.notices.append(
            Notice(
                code=code,
                subject=package.name or "(any package)",
                what=what,
                why=why,
                instead=instead,
                where=package.place,
            )
        )

    def run(self) -> tuple[Stack, list[Notice]]:
        stack = self.stack
        entries = self.entries(stack.entries)
        groups = tuple(replace(g, entries=self.entries(g.entries)) for g in stack.groups)
        definitions = tuple(replace(d, entries=self.entries(d.entries)) for d in stack.definitions)
        rules = [replaced for rule in stack.rules if (replaced := self.rule(rule)) is not None]
        more: list[Rule] = []
        if self.toolchain is not None:
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
            more += found
            self.notices += notices
        more += self.everywhere()
        unify = stack.unify
        if unify is None:
            several = _several_builds(entries)
            unify = "when-possible" if several else "together"
        if stack.container is not None:
            self.notices.append(
                Notice(
                    code=Code.SETTING_LOST,
                    subject="container",
                    what="the wish for a container is left out",
                    why="`spack containerize` knows only some base images",
                    instead="`stackbridge convert -t dockerfile` writes one",
                )
            )
        own = {"spack": stack.extensions["spack"]} if "spack" in stack.extensions else EMPTY
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

    def everywhere(self) -> list[Rule]:
        """What the stack says of all its packages: target, operating system, GPUs."""
        stack, rules = self.stack, []
        place = stack.place
        if stack.targets:
            choices = tuple(Package(target=target) for target in stack.targets)
            policy: Literal["all", "any"] = "all" if len(choices) == 1 else "any"
            rules.append(
                Rule(subject="*", strength="require", choices=choices, policy=policy, place=place)
            )
            if len(choices) > 1:
                self.notices.append(
                    Notice(
                        code=Code.TARGET_LOST,
                        subject="targets",
                        what=f"one build for any of {', '.join(stack.targets)}, not one for each",
                        why="an environment without a matrix has one target for each package",
                        instead=f"Spack takes the first that fits: {stack.targets[0]}",
                        where=place,
                    )
                )
        if stack.os:
            rules.append(
                Rule(subject="*", strength="require", choices=(Package(os=stack.os),), place=place)
            )
        features = _gpu_features(stack.gpus)
        if features:
            choice = Package(features=tuple(f for f in features if f.value is not True))
            rules.append(Rule(subject="*", strength="default", choices=(choice,), place=place))
        return rules

    # ------------------------------------------------------------------------- entries
    def entries(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        found: list[Entry] = []
        for entry in entries:
            if isinstance(entry, Package):
                for package in self.package(entry):
                    if (key := _key(package)) in self.seen:
                        self.note(
                            Code.PACKAGE_MERGED, package, "asked for twice", why="one is enough"
                        )
                        continue
                    self.seen.add(key)
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
        before = len(self.notices)
        found = self.translated(package)
        self.outcomes[package] = Outcome(
            packages=tuple(found), notices=tuple(self.notices[before:])
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
        dependencies = tuple(
            found for dependency in package.dependencies for found in self.below(dependency)
        )
        toolchain, edges = self.own_toolchain(package)
        base = replace(
            package,
            namespace=None if self.stack.names != "spack" else package.namespace,
            features=self.features(package),
            gpus=(),
            toolchain=toolchain,
            dependencies=(*dependencies, *edges),
            extensions=EMPTY,
        )
        if package.name is None:
            return [base]
        named = self.names(package)
        if not named:
            members = self.members(package)
            if members:
                return [replace(base, name=name, versions=v, features=()) for name, v in members]
            return self.unnamed(package, base)
        name = named[0]
        found = self.with_known_features(replace(base, name=name.name))
        return [replace(found, versions=self.versions(found, name))]

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
            instead=f"kept as `{_spelled(package.name)}`",
        )
        return [replace(base, name=_spelled(package.name), versions=self.said(package))]

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
        return self.catalog.translate(
            package.name, self.stack.names, "spack", str(exact) if exact is not None else None
        )

    def members(self, package: Package) -> list[tuple[str, VersionSet]]:
        """The members of a bundle that Spack has, each in the bundle's version or the nearest.

        Nothing where the software itself is a member and Spack lacks it: what it brings along
        for its own use does not stand for it.
        """
        if self.catalog is None or package.name is None or self.stack.names is None:
            return []
        version = str(package.versions.exact) if package.versions.exact else None
        bundles = self.catalog.members(package.name, self.stack.names)
        if not bundles:
            return []
        chosen = [key for key in bundles if version and key.split("-")[0] == version]
        if package.toolchain and package.toolchain.version:
            fits = [key for key in chosen if key.endswith(package.toolchain.version)]
            chosen = fits or chosen
        found: dict[str, VersionSet] = {}
        missing: list[str] = []
        before = len(self.notices)
        for member in bundles[(chosen or sorted(bundles))[-1]]:
            names = self.catalog.names(member.key, "spack") if member.key else ()
            if not names:
                missing.append(member.name)
                continue
            wanted = VersionSet.exactly(member.version) if member.version else VersionSet.any()
            asked = Package(name=member.name, versions=wanted, place=package.place)
            versions = self.versions(asked, names[0])
            found.setdefault(names[0].name, versions)
        if not found or any(_is_itself(package.name, name) for name in missing):
            del self.notices[before:]
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
        return list(found.items())

    # ------------------------------------------------------------------------ versions
    def versions(self, package: Package, name: Name) -> VersionSet:
        """The versions wanted, as Spack can say and deliver them."""
        wanted = self.said(package)
        exact = wanted.exact
        if not name.versions:
            return wanted
        if exact is None:
            if wanted.is_any or any(version in wanted for version in name.versions):
                return wanted
            near = nearest(wanted, name.versions)
        else:
            spelled = spelling(exact, name.versions)
            if spelled is not None:
                return VersionSet.exactly(spelled)
            figures = dated(str(exact))
            near = nearest(VersionSet.exactly(figures) if figures else wanted, name.versions)
        self.note(
            Code.VERSION_APPROXIMATED,
            package,
            f"version {wanted} is not among Spack's",
            why=f"its recipe has {', '.join(name.versions[:4])}...",
            instead=f"@={near}",
        )
        return VersionSet.exactly(near)

    def said(self, package: Package) -> VersionSet:
        """The set itself where Spack's ranges can say it; otherwise the nearest they can."""
        try:
            format_versions(package)
        except ValueError:
            near = closed(package.versions)
            self.note(
                Code.VERSION_APPROXIMATED,
                package,
                f"`{package.versions}` can't be said exactly",
                why="Spack's ranges include all that begins with their upper end",
                instead=f"@{near.ranges() or ':'}",
            )
            return near
        return package.versions

    # ------------------------------------------------------------------------ features
    def features(self, package: Package) -> tuple[Feature, ...]:
        """The features under Spack's variants' names; GPUs as architectures."""
        found = {feature.name: feature for feature in package.features}
        for feature in _gpu_features(package.gpus):
            found.setdefault(feature.name, feature)
        return tuple(found.values())

    def with_known_features(self, package: Package) -> Package:
        """The package without variants that Spack's recipe does not have."""
        known = self.vocabulary.variants(package.name or "") if self.vocabulary else None
        if known is None or "*" in known:
            return package
        kept = tuple(f for f in package.features if f.name in known)
        below = {dependency.package.name for dependency in package.dependencies}
        said = {_LANGUAGES[f.name] for f in package.features if f.name in _LANGUAGES} & below
        if any(f.name == "cuda" and f.name not in known for f in package.features):
            # Its recipe does not use CUDA, so that `^cuda` could not be had.
            edges = tuple(d for d in package.dependencies if d.package.name != "cuda")
            package = replace(package, dependencies=edges)
        for feature in package.features:
            if feature.name not in known and _LANGUAGES.get(feature.name) not in said:
                self.note(
                    Code.FEATURE_LOST,
                    package,
                    f"`{format_feature(feature)}` is left out",
                    why="Spack's recipe has no such variant",
                )
        return replace(package, features=kept)

    def own_toolchain(self, package: Package) -> tuple[None, tuple[Dependency, ...]]:
        """A toolchain other than the stack's becomes a compiler of the package itself."""
        chain = package.toolchain
        if chain is None or chain == self.toolchain or chain.name in (None, "system", "SYSTEM"):
            parts = chain.parts if chain is not None and chain.name is None else {}
            return None, tuple(
                Dependency(package=found, direct=True)
                for role, part in parts.items()
                if role in ("compiler", "c")
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
                f"the toolchain {chain} of this package alone is left out",
                why="only the stack's toolchain has parts that Spack can be told",
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


def _key(package: Package) -> str:
    return repr(replace(package, place=Package().place))


def _is_itself(bundle: str, member: str) -> bool:
    """Whether a member is the software which the easyconfig is named for: `ont-tombo` of Tombo."""
    whole, part = (re.sub(r"[^a-z0-9]", "", name.lower()) for name in (bundle, member))
    if "bundle" in whole:
        return False
    return whole == part or (min(len(whole), len(part)) > 3 and (whole in part or part in whole))


def _spelled(name: str) -> str:
    """A name as Spack would spell it: lower case, dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def _gpu_features(gpus: Iterable[str]) -> tuple[Feature, ...]:
    cuda = tuple(match[1] for gpu in gpus if (match := _CUDA.fullmatch(gpu)))
    amd = tuple(gpu for gpu in gpus if gpu.startswith("gfx"))
    found: list[Feature] = []
    if cuda:
        found += [Feature(name="cuda", value=True), Feature(name="cuda_arch", value=cuda)]
    if amd:
        found += [Feature(name="rocm", value=True), Feature(name="amdgpu_target", value=amd)]
    return tuple(found)


def _several_builds(entries: Iterable[Entry]) -> bool:
    names = [entry.name for entry in entries if isinstance(entry, Package)]
    return len(names) != len(set(names)) or any(isinstance(e, Matrix) for e in entries)
