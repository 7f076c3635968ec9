"""What older releases of Spack can't read, and what they get instead.

before 1.2   no groups: their entries are written one after the other
before 1.1   no `%%` (preferred below as well): a plain `%`
before 1.0   compilers are no packages: no `%c=gcc`, no conditions and kinds of edges, no
             variants of a compiler, no toolchains, no `k:=v`; `^mpi=openmpi` is written
             `^[virtuals=mpi] openmpi`; requirements on c, cxx and fortran become one on
             the compiler of all packages
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from stackbridge.ecosystems.spack.language.formatting import format_spec
from stackbridge.ecosystems.spack.translating.providers import compiled_by
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Dependency, Feature, Package
from stackbridge.hub.stack import Entry, Matrix, Rule, Stack

__all__ = ["RELEASES", "adapt", "release_of", "spelling"]

RELEASES = ((0, 23), (1, 0), (1, 1), (1, 2), (1, 3))
_LANGUAGES = ("c", "cxx", "fortran")
_COMPILERS = frozenset({
    "gcc", "llvm", "apple-clang", "intel-oneapi-compilers", "intel-oneapi-compilers-classic",
    "nvhpc", "aocc", "cce", "acfl", "fj", "xl", "nag", "msvc", "llvm-amdgpu",
})  # fmt: skip


def release_of(text: str | None) -> tuple[int, int]:
    """The release named by `v1.2` or `0.23.1`; the newest for None.

    Raises `UsageError` for what is not one of `RELEASES`.
    """
    if text is None:
        return RELEASES[-1]
    match = re.fullmatch(r"v?(\d+)(?:\.(\d+))?(?:\..*)?", text)
    found = (int(match[1]), int(match[2] or 0)) if match else (0, 0)
    if found not in RELEASES:
        names = ", ".join(f"v{major}.{minor}" for major, minor in RELEASES)
        raise UsageError(f"environments are not written for Spack `{text}`", hint=f"for {names}")
    return found


def spelling(release: tuple[int, int]) -> Callable[[Package], str]:
    """How specs are written for a release."""
    return format_spec if release >= (1, 0) else _old_spelling


def _old_spelling(package: Package) -> str:
    text = format_spec(package)
    return re.sub(r"(?<=\^)([A-Za-z0-9_,-]+)=(?=[A-Za-z0-9_])", r"[virtuals=\1] ", text)


def adapt(stack: Stack, release: tuple[int, int]) -> tuple[Stack, list[Notice]]:
    """The stack as that release can read it, and what was lost."""
    notices: list[Notice] = []
    if release < (1, 2) and stack.groups:
        entries = [*stack.entries]
        for group in stack.groups:
            entries += group.entries
            if group.rules or group.extensions.get("spack", {}).get("override"):
                notices.append(
                    _notice(
                        Code.SETTING_LOST, group.name, "its `override` is left out", group.place
                    )
                )
        notices.append(
            _notice(Code.STRUCTURE_LOST, "groups", "written one after the other", stack.place)
        )
        stack = replace(stack, entries=tuple(entries), groups=())
    if release < (1, 1):
        stack = _everywhere(stack, _Changer(release, notices))
    if release < (1, 0):
        own = dict(stack.extensions.get("spack", {}))
        if own.pop("toolchains", None):
            notices.append(
                _notice(Code.SETTING_LOST, "toolchains", "they are left out", stack.place)
            )
        stack = replace(
            stack, rules=_old_rules(stack.rules), extensions={"spack": own} if own else {}
        )
    return stack, notices


def _notice(code: Code, subject: str, what: str, where: Place) -> Notice:
    why = "the release of Spack that it is written for can't read it"
    return Notice(code=code, subject=subject, what=what, why=why, where=where)


def _everywhere(stack: Stack, change: _Changer) -> Stack:
    return replace(
        stack,
        entries=tuple(map(change.entry, stack.entries)),
        groups=tuple(
            replace(group, entries=tuple(map(change.entry, group.entries)))
            for group in stack.groups
        ),
        definitions=tuple(
            replace(definition, entries=tuple(map(change.entry, definition.entries)))
            for definition in stack.definitions
        ),
        rules=tuple(
            replace(rule, choices=tuple(map(change.package, rule.choices))) for rule in stack.rules
        ),
    )


class _Changer:
    """Rewrites packages; one notice for each thing that is lost."""

    def __init__(self, release: tuple[int, int], notices: list[Notice]) -> None:
        self.old = release < (1, 0)
        self.notices = notices

    def entry(self, entry: Entry) -> Entry:
        if isinstance(entry, Package):
            return self.package(entry)
        if isinstance(entry, Matrix):
            return replace(
                entry,
                rows=tuple(tuple(map(self.entry, row)) for row in entry.rows),
                exclude=tuple(map(self.package, entry.exclude)),
            )
        return entry

    def package(self, package: Package) -> Package:
        features = tuple(map(self.feature, package.features))
        edges: list[Dependency] = []
        for dependency in package.dependencies:
            changed = self.dependency(package, dependency)
            if changed is not None and changed not in edges:
                edges.append(changed)
        return replace(package, features=features, dependencies=tuple(edges))

    def feature(self, feature: Feature) -> Feature:
        return replace(feature, exactly=False) if self.old else feature

    def dependency(self, package: Package, edge: Dependency) -> Dependency | None:
        subject = package.name or "(any package)"
        place = package.place
        if edge.propagated:
            self.notices.append(
                _notice(Code.DEPENDENCY_APPROXIMATED, subject, "`%%` became `%`", place)
            )
            edge = replace(edge, propagated=False)
        edge = replace(edge, package=self.package(edge.package))
        if not self.old or edge == Dependency(package=edge.package):
            return edge
        if edge.package.name in _COMPILERS and edge == _of_language(edge):
            # `%gcc` is said of every package there, whatever its languages.
            return Dependency(package=edge.package, direct=True)
        if edge.when is not None:
            what = f"the dependency on `{edge.package.name}` under a condition is left out"
            self.notices.append(_notice(Code.DEPENDENCY_LOST, subject, what, place))
            return None
        if not edge.direct:
            return replace(edge, kinds=())
        if edge.package.name not in _COMPILERS:
            what = f"`%{edge.package.name}` became `^{edge.package.name}`"
            self.notices.append(_notice(Code.DEPENDENCY_APPROXIMATED, subject, what, place))
            return replace(edge, direct=False, kinds=())
        bare = Package(name=edge.package.name, versions=edge.package.versions)
        if bare != edge.package or edge.provides:
            what = f"of the compiler `{bare.name}` only name and version are kept"
            self.notices.append(_notice(Code.DEPENDENCY_APPROXIMATED, subject, what, place))
        return Dependency(package=bare, direct=True)


def _of_language(edge: Dependency) -> Dependency | None:
    """That compiler for the edge's language where the package has it (`providers.compiled_by`)."""
    found = (one for one in compiled_by(edge.package) if one.provides == edge.provides)
    return next(found, None)


def _old_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Requirements and preferences on languages -> one on the compiler of all packages."""
    kept: list[Rule] = []
    strengths: tuple[Literal["require", "prefer"], ...] = ("require", "prefer")
    compilers: dict[str, list[Package]] = {strength: [] for strength in strengths}
    for rule in rules:
        if rule.subject in _LANGUAGES and rule.strength in compilers:
            found = compilers[rule.strength]
            found += [choice for choice in rule.choices if choice not in found]
        else:
            kept.append(rule)
    for strength in reversed(strengths):
        choices = tuple(
            Package(dependencies=(Dependency(package=compiler, direct=True),))
            for compiler in compilers[strength]
        )
        if choices:
            policy: Literal["all", "any"] = "all" if len(choices) == 1 else "any"
            kept.insert(0, Rule(subject="*", strength=strength, choices=choices, policy=policy))
    return tuple(kept)
