"""From a stack to single requests: entries multiplied out, rules applied, compilers set apart.

A rule on a package's own name is part of its request. A rule on `*` is a wish: it holds where
the package has such a choice. Rules on compilers and virtual packages (c, mpi, blas) become
wishes about the toolchain. What is left speaks of dependencies and is checked at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from stackbridge.ecosystems.easybuild.choosing.contradictions import (
    check,
    check_rules,
    contradict,
    possible,
)
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Dependency, Feature, Package
from stackbridge.hub.stack import Group, Matrix, Rule, Stack, Use
from stackbridge.hub.versions import ANY, VersionSet

__all__ = ["COMPILERS", "LANGUAGES", "MPI_NAMES", "VIRTUALS", "Request", "Wish", "requests_of"]

LANGUAGES = frozenset({"c", "cxx", "fortran", "compiler"})
VIRTUALS = frozenset({"mpi", "blas", "lapack", "scalapack", "fftw-api", "fft", "mkl"})

# The compiler packages of Spack and EasyBuild -> the family they belong to.
COMPILERS: Mapping[str, str] = {
    "gcc": "gcc",
    "GCC": "gcc",
    "GCCcore": "gcc",
    "clang": "llvm",
    "llvm": "llvm",
    "LLVM": "llvm",
    "Clang": "llvm",
    "llvm-compilers": "llvm",
    "intel": "intel",
    "oneapi": "intel",
    "intel-oneapi-compilers": "intel",
    "intel-oneapi-compilers-classic": "intel",
    "intel-compilers": "intel",
    "nvhpc": "nvidia",
    "NVHPC": "nvidia",
    "nvidia-compilers": "nvidia",
    "aocc": "aocc",
    "AOCC": "aocc",
    "cce": "cray",
    "rocmcc": "rocm",
    "llvm-amdgpu": "rocm",
    "rocm-compilers": "rocm",
}


# What others call the MPI libraries that EasyBuild's toolchains are made of.
MPI_NAMES: Mapping[str, str] = {
    "openmpi": "OpenMPI",
    "mpich": "MPICH",
    "intel-mpi": "impi",
    "intel-oneapi-mpi": "impi",
    "mvapich2": "MVAPICH2",
    "mvapich": "MVAPICH2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A compiler or a provider that is wanted: `role` (compiler, mpi, blas, ...), by name.

    `others` would do as well.
    """

    role: str
    name: str
    versions: VersionSet
    place: Place
    others: tuple[Wish, ...] = ()

    @property
    def alternatives(self) -> tuple[Wish, ...]:
        """Itself and the others."""
        return (self, *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One package that is wanted, after its rules.

    `package` is what to look for, `asked` what stood in the input; `wished` names the features
    that come from rules on `*`. `wishes` are compilers and providers, `below` the remaining
    constraints on dependencies.
    """

    number: int
    group: str | None
    package: Package
    asked: Package
    wished: frozenset[str] = frozenset()
    wishes: tuple[Wish, ...] = ()
    below: tuple[Dependency, ...] = ()

    @property
    def name(self) -> str:
        """The package's name; expansion has left none without."""
        return self.package.name or ""

    @property
    def place(self) -> Place:
        """Where it was asked for."""
        return self.asked.place


@dataclass(slots=True)
class Requests:
    """All requests of a stack. `rules` are those which speak of none of them.

    `wishes` hold for the whole stack, `by_group` for a group of it.
    """

    requests: list[Request] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    by_group: dict[str, list[Wish]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    targets: dict[str, int] = field(default_factory=dict)


def requests_of(stack: Stack) -> Requests:
    """Every package that the stack asks for, in the order of the input.

    Raises InputError for requirements that contradict each other.
    """
    from stackbridge.hub.expand import expand

    found = Requests()
    check_rules(stack.rules)
    for one in stack.groups:
        check_rules(one.rules)
    expanded = expand(stack)
    _structure(stack, len(expanded), found)
    by_group = {group.name: tuple(getattr(group, "rules", ())) for group in stack.groups}
    seen: set[int] = set()
    for number, item in enumerate(expanded):
        group_rules: tuple[Rule, ...] = by_group.get(item.group or "", ())
        for asked in (item.package, *_below(item.package)):
            check(asked, stack.rules, group_rules)
        request = _request(number, item.group, item.package, (*group_rules, *stack.rules), found)
        seen |= {id(rule) for rule in (*stack.rules, *group_rules) if rule.subject == request.name}
        found.requests.append(request)
    for group, rules in ((None, stack.rules), *by_group.items()):
        wishes = found.wishes if group is None else found.by_group.setdefault(group, [])
        for rule in rules:
            if rule.subject in LANGUAGES | VIRTUALS:
                _rule_on_virtual(rule, found, wishes)
            elif rule.subject != "*" and id(rule) not in seen:
                if not _holds_compiler(rule, rules):
                    found.rules.append(rule)
            elif rule.subject == "*":
                _rule_on_all(rule, found, wishes)
    if stack.toolchain is not None:
        for role, part in stack.toolchain.parts.items():
            found.wishes.append(
                Wish(role=role, name=part.name or "", versions=part.versions, place=part.place)
            )
    return found


def _holds_compiler(rule: Rule, rules: Iterable[Rule]) -> bool:
    """Whether it says of a compiler what a rule on a language says as well."""
    said = [
        choice
        for other in rules
        if other.subject in LANGUAGES and other.when is None
        for choice in other.choices
    ]
    return rule.when is None and any(
        replace(choice, name=rule.subject) in said for choice in rule.choices
    )


def _structure(stack: Stack, count: int, found: Requests) -> None:
    entries = [entry for group in stack.groups for entry in group.entries] + list(stack.entries)
    matrices = [entry for entry in entries if isinstance(entry, Matrix)]
    uses = [entry for entry in entries if isinstance(entry, Use)]
    if matrices or uses:
        where = (matrices or uses)[0].place
        found.notices.append(
            Notice(
                code=Code.STRUCTURE_EXPANDED,
                subject=stack.name,
                what=f"matrices ({len(matrices)}) and lists ({len(uses)}) are written out: "
                f"{count} packages",
                why="an easystack is a plain list",
                instead="one entry for each",
                where=where,
            )
        )
    used = {name for group in stack.groups for name in group.needs}
    implicit = {group.name for group in stack.groups if not group.explicit} & used
    if implicit:
        found.notices.append(_compilers_below(implicit))
    if any(set(group.needs) - implicit for group in stack.groups):
        found.notices.append(_groups_lost(stack.groups))
    for definition in stack.definitions:
        if definition.when is not None:
            found.notices.append(
                Notice(
                    code=Code.CONDITION_LOST,
                    subject=definition.name,
                    what=f"the condition `{definition.when}` on `{definition.name}` is left out",
                    why="conditions are not evaluated",
                    instead="its entries are taken",
                    where=definition.place,
                )
            )
    for group in stack.groups:
        if not group.explicit:
            found.notices.append(
                Notice(
                    code=Code.STRUCTURE_LOST,
                    subject=group.name,
                    what=f"the packages of `{group.name}` are wanted only as dependencies",
                    why="each entry of an easystack is wanted for itself",
                    instead="entries like the others",
                    where=group.place,
                )
            )


def _compilers_below(groups: Collection[str]) -> Notice:
    return Notice(
        code=Code.STRUCTURE_EXPANDED,
        subject=", ".join(f"`{name}`" for name in sorted(groups)),
        what="these groups are only there for others, and are no entries",
        why="`--robot` builds what others need, and a toolchain brings its compiler",
    )


def _groups_lost(groups: Iterable[Group]) -> Notice:
    named = ", ".join(f"`{group.name}`" for group in groups if group.needs)
    return Notice(
        code=Code.STRUCTURE_LOST,
        subject=named,
        what="these groups are built after others, with what those hold",
        why="an easystack has no groups; `--robot` orders by dependencies",
        instead="entries in the order of the input",
    )


def _request(
    number: int, group: str | None, package: Package, rules: tuple[Rule, ...], found: Requests
) -> Request:
    effective = package
    wished: set[str] = set()
    # what is said of this package comes before what is said of all, and what must be first
    for rule in sorted(rules, key=lambda rule: (rule.subject == "*", _STRENGTH[rule.strength])):
        if rule.when is not None or rule.strength == "conflict":
            if rule.subject == package.name:
                found.notices.append(_rule_lost(rule))
            continue
        if rule.subject == package.name:
            effective = _with_rule(effective, rule, found)
        elif rule.subject == "*":
            effective, names = _with_wish(effective, rule)
            wished |= names
    compilers = tuple(_wishes(effective.dependencies))
    below = tuple(dependency for dependency in effective.dependencies if not _is_tool(dependency))
    if effective.toolchain is not None:
        compilers += tuple(
            Wish(role=role, name=part.name or "", versions=part.versions, place=package.place)
            for role, part in effective.toolchain.parts.items()
        )
    if effective.target:
        found.targets[effective.target] = found.targets.get(effective.target, 0) + 1
    return Request(
        number=number,
        group=group,
        package=effective,
        asked=package,
        wished=frozenset(wished),
        wishes=compilers,
        below=below,
    )


_STRENGTH = {"require": 0, "conflict": 0, "prefer": 1, "default": 2}


def _below(package: Package) -> Iterator[Package]:
    """Constraints on what lies below, at any depth."""
    for dependency in package.dependencies:
        if dependency.when is None and not _is_tool(dependency):
            yield replace(
                dependency.package,
                place=dependency.package.place if dependency.package.place.line else package.place,
            )
            yield from _below(dependency.package)


def _is_tool(dependency: Dependency) -> bool:
    """A compiler or a provider of a virtual package that every toolchain brings."""
    if set(dependency.provides) & (LANGUAGES | VIRTUALS):
        return True
    name = dependency.package.name or ""
    return name in MPI_NAMES or (dependency.direct and name in COMPILERS)


def _wishes(dependencies: Iterable[Dependency]) -> Iterator[Wish]:
    for dependency in dependencies:
        if not _is_tool(dependency):
            continue
        package = dependency.package
        roles = [role for role in dependency.provides if role in LANGUAGES | VIRTUALS]
        roles = ["compiler" if role in LANGUAGES else role for role in roles]
        roles = roles or ["mpi" if package.name in MPI_NAMES else "compiler"]
        for role in dict.fromkeys(roles):
            yield Wish(
                role=role, name=package.name or "", versions=package.versions, place=package.place
            )


def _rule_on_all(rule: Rule, found: Requests, wishes: list[Wish]) -> None:
    """Compilers become wishes; features, GPUs and targets are in the requests already."""
    if rule.strength == "conflict" or rule.when is not None:
        found.notices.append(_rule_lost(rule))
        return
    for choice in rule.choices:
        wishes.extend(_wishes(choice.dependencies))
        rest = [dependency for dependency in choice.dependencies if not _is_tool(dependency)]
        if rest or choice.flags or choice.os or choice.platform:
            found.notices.append(_rule_lost(rule))


def _rule_on_virtual(rule: Rule, found: Requests, wishes: list[Wish]) -> None:
    """A wish for a provider; what it says beyond the name is a rule on the provider."""
    named = [choice for choice in rule.choices if choice.name]
    if rule.strength == "conflict" or rule.when is not None or not named:
        found.notices.append(_rule_lost(rule))
        return
    role = "compiler" if rule.subject in LANGUAGES else rule.subject
    wanted = [
        Wish(role=role, name=choice.name or "", versions=choice.versions, place=rule.place)
        for choice in named
    ]
    wishes.append(replace(wanted[0], others=tuple(wanted[1:])))
    for choice in named:
        more = replace(choice, name=None, versions=ANY)
        if role == "compiler" and (more.flags or more.features):
            found.notices.append(_rule_lost(rule))
        if role != "compiler" and more != Package(target=more.target):
            found.rules.append(
                Rule(
                    subject=choice.name or "",
                    strength=rule.strength,
                    choices=(more,),
                    place=rule.place,
                )
            )


def _rule_lost(rule: Rule) -> Notice:
    return Notice(
        code=Code.RULE_LOST if rule.when is None else Code.CONDITION_LOST,
        subject=rule.subject,
        what=f"a rule ({rule.strength}) on `{rule.subject}` is not applied",
        why="EasyBuild has no conditions or conflicts between packages",
        where=rule.place,
    )


def _choice(rule: Rule, package: Package) -> Package | None:
    """What a rule adds; the first that is possible where there is a choice."""
    if not rule.choices:
        return None
    if rule.policy == "all":
        merged = rule.choices[0]
        for choice in rule.choices[1:]:
            merged = add(merged, choice)
        return merged
    return next(iter(possible(rule, package)), rule.choices[0])


def _with_rule(package: Package, rule: Rule, found: Requests) -> Package:
    choice = _choice(rule, package)
    if choice is None:
        return package
    if len(rule.choices) > 1 and rule.policy != "all" and rule.strength != "default":
        found.notices.append(
            Notice(
                code=Code.VERSION_ASSUMED
                if any(not c.versions.is_any for c in rule.choices)
                else Code.FEATURE_ASSUMED,
                subject=rule.subject,
                what=f"one of {len(rule.choices)} alternatives is wanted",
                why="the first is taken",
                where=rule.place,
            )
        )
    if rule.strength == "require" and contradict(package, choice):
        found.notices.append(
            Notice(
                code=Code.RULE_LOST,
                subject=rule.subject,
                what=f"a request for `{package.name}` contradicts the rule on it",
                why="both can't hold",
                instead="the request counts",
                where=rule.place,
            )
        )
    return add(package, choice)


def _with_wish(package: Package, rule: Rule) -> tuple[Package, set[str]]:
    choice = _choice(rule, package)
    if choice is None:
        return package, set()
    stated = {feature.name for feature in package.features}
    added = {feature.name for feature in choice.features} - stated
    # compilers named for everything are wishes of the stack, not of each package
    wish = Package(
        versions=choice.versions,
        features=choice.features,
        gpus=choice.gpus,
        target=choice.target,
    )
    return add(package, wish), added


def add(package: Package, more: Package) -> Package:
    """`package` with what `more` says and it does not say itself.

    Versions are intersected where that leaves any.
    """
    versions = package.versions & more.versions
    if versions.is_empty:
        versions = package.versions
    stated = {feature.name: feature for feature in package.features}
    features: tuple[Feature, ...] = (
        *package.features,
        *(feature for feature in more.features if feature.name not in stated),
    )
    return replace(
        package,
        versions=versions,
        features=features,
        flags=(*package.flags, *(f for f in more.flags if f not in package.flags)),
        dependencies=(
            *package.dependencies,
            *(d for d in more.dependencies if d not in package.dependencies),
        ),
        toolchain=package.toolchain or more.toolchain,
        os=package.os or more.os,
        platform=package.platform or more.platform,
        target=package.target or more.target,
        gpus=package.gpus or more.gpus,
    )
