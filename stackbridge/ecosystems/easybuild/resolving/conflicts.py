"""Dependencies that exclude each other: two versions of one name below one easyconfig.

As `eb --check-conflicts` (EasyBuild framework 5.4.1, `tools/robot.py`, `check_conflicts`):
what an easyconfig needs at run time, directly or not, and what its build dependencies need
at run time, must hold each name in one version only. Wrappers (easyblock ModuleRC) count
as what they wrap. The requested easyconfigs must fit each other as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stackbridge.ecosystems.easybuild.resolving.closure import Closure, Needed
from stackbridge.ecosystems.easybuild.resolving.entries import Entry
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver

__all__ = ["Conflict", "conflicts"]

Key = tuple[str, str]  # name and full version


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two versions of one name. `parent` needs both; None: the requested ones together.

    `users` are the easyconfigs that need the first, and those that need the second.
    """

    parent: Key | None
    first: Key
    second: Key
    users: tuple[tuple[Key, ...], tuple[Key, ...]]

    def __str__(self) -> str:
        head = (
            "Conflict between (dependencies of) easyconfigs"
            if self.parent is None
            else f"Conflict found for dependencies of {'-'.join(self.parent)}"
        )
        text = f"{head}: {'-'.join(self.first)} vs {'-'.join(self.second)} "
        for key, users in zip((self.first, self.second), self.users, strict=True):
            if users:
                names = ", ".join("-".join(user) for user in users)
                text += f"\n\t{'-'.join(key)} as dep of: {names}"
        return text


def conflicts(
    entries: Iterable[Entry], resolver: Resolver, closure: Closure | None = None
) -> tuple[Conflict, ...]:
    """All conflicts among and below these easyconfigs, in EasyBuild's order."""
    wanted = list(entries)
    if closure is None:
        closure = resolver.closure(wanted)
    wrapped: dict[Key, Key] = {}
    for step in closure.steps:
        run = [need for need in step.needs if need.kind == "run" and not need.external]
        if step.entry.easyblock == "ModuleRC" and run:
            wrapped[_key_of(step.entry, resolver)] = (run[0].name, run[0].full_version)

    def keys(needs: Iterable[Needed]) -> list[Key]:
        found = [_key(need) for need in needs if not need.external]
        return [wrapped.get(key, key) for key in found]

    build: dict[Key, list[Key]] = {}
    runtime: dict[Key, list[Key]] = {}
    users: dict[Key, set[Key]] = {}
    order: list[Key] = []
    for step in closure.steps:
        key = _key_of(step.entry, resolver)
        order.append(key)
        build[key] = keys(need for need in step.needs if need.kind == "build")
        own = keys(step.needs)
        runtime[key] = [one for one in own if one not in build[key]]
        for one in own:
            users.setdefault(one, set()).add(key)
    below = _below(runtime)
    for key in order:
        for one in _expanded(build[key], below) | below[key]:
            users.setdefault(one, set()).add(key)
    found: list[Conflict] = []
    for key in order:
        found += _among(key, _expanded(build[key], below), below[key], users)
    requested = [_key_of(entry, resolver) for entry in wanted]
    together: set[Key] = set()
    for key in requested:
        if key not in wrapped:
            together |= {key} | below.get(key, set())
    found += _among(None, set(), together, users)
    return tuple(found)


def _key(need: Needed) -> Key:
    version = need.version if need.kind == "toolchain" else need.full_version
    return need.name, version


def _key_of(entry: Entry, resolver: Resolver) -> Key:
    return entry.name, resolver.full_version(entry)


def _below(runtime: dict[Key, list[Key]]) -> dict[Key, set[Key]]:
    """Everything that each needs at run time; steps come after what they need."""
    below: dict[Key, set[Key]] = {}
    for key, direct in runtime.items():
        own = below[key] = set(direct)
        for one in direct:
            own |= below.get(one, set())
    return below


def _expanded(direct: list[Key], below: dict[Key, set[Key]]) -> set[Key]:
    found = set(direct)
    for one in direct:
        found |= below.get(one, set())
    return found


def _among(
    parent: Key | None, build: set[Key], runtime: set[Key], users: dict[Key, set[Key]]
) -> list[Conflict]:
    listed = [*sorted(build), *sorted(runtime)]
    versions: dict[str, set[str]] = {}
    for name, version in listed:
        versions.setdefault(name, set()).add(version)
    several = {name for name, found in versions.items() if len(found) > 1}
    if not several:
        return []
    result = []
    for number, first in enumerate(listed):
        if first[0] not in several:
            continue
        for second in listed[number + 1 :]:
            if first[0] == second[0] and first[1] != second[1]:
                both = tuple(tuple(sorted(users.get(key, ()))) for key in (first, second))
                result.append(
                    Conflict(parent=parent, first=first, second=second, users=(both[0], both[1]))
                )
    return result
