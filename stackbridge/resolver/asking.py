"""What a stack asks for, in terms that don't depend on whose names and words it has.

Packages meet by who they are (the catalog's key). A rule on a requested package's own name
is part of the request. Compilers, MPI libraries and mathematics become roles, whether a
toolchain generation, a `%gcc@13` or a rule on a virtual package says them. GPU architectures
are `sm_80` and `gfx90a`, however they are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from stackbridge.hub.expand import expand
from stackbridge.hub.merge import Conflict, constrain
from stackbridge.hub.package import EMPTY, Dependency, Feature, Package, Toolchain
from stackbridge.hub.shortform import format_package
from stackbridge.hub.stack import Rule, Stack
from stackbridge.hub.versions import ANY, VersionSet
from stackbridge.resolver.mpi import family_of

__all__ = [
    "Asked",
    "Identify",
    "Part",
    "PartsOf",
    "Request",
    "Statement",
    "asked",
    "constraints",
    "own_parts",
]

Identify: TypeAlias = Callable[[Package, "str | None"], Iterable[tuple[str, VersionSet, str]]]
"""Package and whose names it has -> (key, versions, bundle) of all it brings, itself first."""

PartsOf: TypeAlias = Callable[[Toolchain], Mapping[str, Package]]
"""What a named toolchain is made of, by role; empty where that is not known."""

_LANGUAGES = ("c", "cxx", "fortran")
_ROLES = dict.fromkeys(_LANGUAGES, "compiler") | {
    "compiler": "compiler",
    "mpi": "mpi",
    "blas": "blas",
    "lapack": "lapack",
    "scalapack": "scalapack",
    "fft": "fft",
    "fftw-api": "fft",
}
_COMPILERS = frozenset(
    [
        "gcc",
        "gcccore",
        "llvm",
        "clang",
        "intel-oneapi-compilers",
        "intel-oneapi-compilers-classic",
        "intel-compilers",
        "oneapi",
        "intel",
        "nvhpc",
        "aocc",
        "cce",
        "llvm-amdgpu",
        "rocmcc",
        "fj",
        "xl",
        "arm",
        "acfl",
    ]
)
_ARCHITECTURES = {"cuda_arch": "sm_", "amdgpu_target": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What fills a role of a toolchain: its key, as it is shown, and which versions."""

    key: str
    shown: str
    versions: VersionSet = ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One package of a stack as it is compared. `shown` is its name as the stack has it.

    `wished` are features that a rule on all packages wants where there is such a choice;
    `parts` those of its own toolchain, by role, `around` those that its group has for all;
    `below` constraints on dependencies, by key.
    `via` names the bundle that carries it, where it is not asked for by itself.
    """

    key: str
    shown: str
    versions: VersionSet
    features: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    wished: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    parts: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    around: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    below: Mapping[str, Package] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    gpus: frozenset[str] = frozenset()
    machine: str = ""
    flags: str = ""
    origin: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A rule that is no part of a request, as text that two stacks can share."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that a stack asks for. `parts` are the toolchain's of the whole stack."""

    packages: Mapping[str, list[Request]]
    parts: Mapping[str, Part]
    targets: tuple[str, ...]
    gpus: tuple[str, ...]
    systems: tuple[str, ...]
    statements: tuple[Statement, ...]
    unify: str
    count: int


def own_parts(toolchain: Toolchain) -> Mapping[str, Package]:
    """Only what the toolchain itself names."""
    return toolchain.parts


def asked(stack: Stack, identify: Identify, parts_of: PartsOf) -> Asked:
    """Take a stack apart. Raises InputError where it can't be written out (`hub.expand`)."""
    return _Asking(stack, identify, parts_of).all()


class _Asking:
    def __init__(self, stack: Stack, identify: Identify, parts_of: PartsOf) -> None:
        self.stack = stack
        self.identify = identify
        self.parts_of = parts_of
        self.packages: dict[str, list[Request]] = {}
        self.applied: set[int] = set()
        self.count = 0

    def all(self) -> Asked:
        stack = self.stack
        targets, gpus = dict.fromkeys(stack.targets), dict.fromkeys(stack.gpus)
        systems = dict.fromkeys([stack.os] if stack.os else [])
        machine = (targets, systems, gpus)
        rules = {group.name: group.rules for group in stack.groups}
        around: dict[str, dict[str, Part]] = {name: {} for name in rules}
        parts = self.chain(stack.toolchain) if stack.toolchain is not None else {}
        left: list[Rule] = []
        for own, chain in ((stack.rules, parts), *((rules[name], around[name]) for name in rules)):
            rest = [rule for rule in own if self.everywhere(rule, chain, machine)]
            left += [rule for rule in rest if not _holds_a_part(rule, chain)]
        for entry in expand(stack):
            # what is there only for others is not asked for
            if entry.package.name is not None and entry.package.explicit:
                self.count += 1
                group = entry.group or ""
                own = (*rules.get(group, ()), *stack.rules)
                package = self.ruled(entry.package, own)
                self.request(package, _wished(own), around.get(group, {}))
        left = [rule for rule in left if id(rule) not in self.applied]
        return Asked(
            packages=self.packages,
            parts=parts,
            targets=tuple(targets),
            gpus=tuple(gpus),
            systems=tuple(systems),
            statements=tuple(dict.fromkeys(self.statement(rule) for rule in left)),
            unify=stack.unify or "",
            count=self.count,
        )

    # ---- requests

    def ruled(self, package: Package, rules: Iterable[Rule]) -> Package:
        """The package with what is required of it by name."""
        for rule in rules:
            plain = rule.strength == "require" and rule.when is None
            if rule.subject != package.name or not plain:
                continue
            if rule.policy != "all" and len(rule.choices) > 1:
                continue
            self.applied.add(id(rule))
            for choice in rule.choices:
                try:
                    package = constrain(package, choice)
                except Conflict:
                    self.applied.discard(id(rule))
        return package

    def request(
        self, package: Package, wished: Mapping[str, str], around: Mapping[str, Part]
    ) -> None:
        name = package.name or ""
        features, gpus = _features(package)
        parts, below = self.edges(package)
        machine = [f"target={package.target}" if package.target else ""]
        machine += [f"os={package.os}" if package.os else ""]
        # everything here is for Linux; saying so says nothing more
        platform = package.platform if package.platform != "linux" else None
        machine += [f"platform={platform}" if platform else ""]
        flags = sorted(f'{flag.name}="{flag.value}"' for flag in package.flags)
        origin = [package.namespace or "", f"/{package.hash}" if package.hash else ""]
        for key, versions, bundle in self.identify(package, self.stack.names):
            if bundle:
                request = Request(
                    key=key,
                    shown=f"{key} in {bundle}",
                    versions=versions,
                    parts=parts,
                    around=around,
                    via=bundle,
                )
            else:
                request = Request(
                    key=key,
                    shown=name,
                    versions=versions,
                    features=features,
                    wished=wished,
                    parts=parts,
                    around=around,
                    below=below,
                    gpus=gpus,
                    machine=" ".join(filter(None, machine)),
                    flags=" ".join(flags),
                    origin=" ".join(filter(None, origin)),
                )
            if request not in self.packages.setdefault(key, []):
                self.packages[key].append(request)

    def edges(self, package: Package) -> tuple[dict[str, Part], dict[str, Package]]:
        """Its compilers and providers by role, and what is said of other dependencies."""
        parts = self.chain(package.toolchain) if package.toolchain is not None else {}
        below: dict[str, Package] = {}
        for dependency in package.dependencies:
            roles = self.roles(dependency)
            for role in roles:
                parts[role] = self.part(dependency.package)
            if not roles and dependency.package.name is not None:
                key = self.key(dependency.package)
                below[key] = dependency.package
        return parts, below

    def roles(self, dependency: Dependency) -> list[str]:
        found = [_ROLES[virtual] for virtual in dependency.provides if virtual in _ROLES]
        if found:
            return list(dict.fromkeys(found))
        name = dependency.package.name or ""
        if dependency.direct and name.lower() in _COMPILERS:
            return ["compiler"]
        return ["mpi"] if family_of(name) is not None else []

    # ---- the whole stack

    def everywhere(
        self,
        rule: Rule,
        parts: dict[str, Part],
        machine: tuple[dict[str, None], dict[str, None], dict[str, None]],
    ) -> bool:
        """Take a rule as the stack's own toolchain or machine; whether anything is left."""
        if rule.when is not None or rule.strength == "conflict":
            return True
        role = _ROLES.get(rule.subject)
        if role is not None and len(rule.choices) == 1 and rule.choices[0].name:
            choice = rule.choices[0]
            parts[role] = self.part(choice)
            return bool(choice.features or choice.flags or choice.dependencies)
        if rule.subject != "*":
            return True
        left = False
        targets, systems, all_gpus = machine
        for choice in rule.choices:
            if choice.target:
                targets[choice.target] = None
            if choice.os:
                systems[choice.os] = None
            found, below = self.edges(choice)
            parts.update(found)
            features, gpus = _features(choice)
            all_gpus.update(dict.fromkeys(sorted(gpus)))
            left |= bool(below or features or choice.flags or not choice.versions.is_any)
        return left

    def statement(self, rule: Rule) -> Statement:
        subject = rule.subject
        if subject != "*" and subject not in _ROLES:
            subject = self.key(Package(name=subject))
        choices = " or ".join(sorted(_text(choice) for choice in rule.choices))
        when = f" when {_text(rule.when)}" if rule.when is not None else ""
        policy = f" {rule.policy} of" if len(rule.choices) > 1 else ""
        return Statement(subject=subject, text=f"{rule.strength}{policy} {choices}{when}")

    # ---- who is who

    def chain(self, toolchain: Toolchain) -> dict[str, Part]:
        """A toolchain's parts; a name of which no parts are known stands for itself."""
        found = dict(self.parts_of(toolchain))
        parts: dict[str, Part] = {}
        for role, part in found.items():
            parts.setdefault(_ROLES.get(role, role), self.part(part, named=not toolchain.parts))
        name = toolchain.name or ""
        if not parts and name.lower() not in ("", "system"):
            parts["toolchain"] = Part(key=str(toolchain), shown=str(toolchain))
        return parts

    def part(self, package: Package, *, named: bool = False) -> Part:
        """`named`: the name is the catalog's, because it comes from a named toolchain."""
        key = (package.name or "") if named else self.key(package)
        return Part(key=key, shown=package.name or "", versions=package.versions)

    def key(self, package: Package) -> str:
        return next((key for key, *_ in self.identify(package, self.stack.names)), "")


def _holds_a_part(rule: Rule, parts: Mapping[str, Part]) -> bool:
    """Whether it only holds a toolchain's part to the version which that has anyhow."""
    said = [
        Package(versions=part.versions) for part in parts.values() if part.shown == rule.subject
    ]
    return bool(rule.choices) and all(replace(c, name=None) in said for c in rule.choices)


def _wished(rules: Iterable[Rule]) -> dict[str, str]:
    """Features that rules on all packages want."""
    found: dict[str, str] = {}
    for rule in rules:
        if rule.subject == "*" and rule.when is None and rule.strength != "conflict":
            for choice in rule.choices:
                found = {**_features(choice)[0], **found}
    return found


def _features(package: Package) -> tuple[dict[str, str], frozenset[str]]:
    found: dict[str, str] = {}
    gpus = set(package.gpus)
    for feature in package.features:
        if feature.name in _ARCHITECTURES and not isinstance(feature.value, bool):
            prefix = _ARCHITECTURES[feature.name]
            gpus |= {
                prefix + value if re.match(r"\d", value) else value
                for value in feature.value
                if value not in ("none", "*")
            }
        else:
            found[feature.name] = _value(feature)
    return found, frozenset(gpus)


def _value(feature: Feature) -> str:
    value = feature.value
    return str(value).lower() if isinstance(value, bool) else ",".join(sorted(value))


def _text(package: Package) -> str:
    """The short form; where it can't say everything, its parts one after the other."""
    text = format_package(package)
    if text is not None:
        return text
    bare = replace(package, dependencies=(), extensions=EMPTY, namespace=None)
    words = [format_package(bare) or package.name or "*"]
    words += [f"namespace={package.namespace}"] * (package.namespace is not None)
    for dependency in package.dependencies:
        when = f" when {_text(dependency.when)}" if dependency.when is not None else ""
        provides = f"{','.join(dependency.provides)}=" if dependency.provides else ""
        words.append(
            f"{'%' if dependency.direct else '^'}{provides}{_text(dependency.package)}{when}"
        )
    return " ".join(words)


def constraints(package: Package) -> dict[str, str]:
    """What is said of a dependency beyond its name and versions, by name."""
    features, gpus = _features(package)
    more = {"gpu": ",".join(sorted(gpus)), "target": package.target or ""}
    return features | {name: value for name, value in more.items() if value}
