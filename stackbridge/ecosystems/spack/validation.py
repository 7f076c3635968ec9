"""What is wrong with an environment beyond its form.

Definitions that do not exist, matrices that contradict themselves, groups that need what is
none; packages, variants and values that no recipe has, with what may have been meant. Where
the environment brings repositories of its own, unknown packages are notices, not errors.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.vocabulary import RESERVED, Values, Vocabulary, open_vocabulary
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Entry, Matrix, Stack

__all__ = ["check"]


def check(
    name: str, source: Input | None, reading: Reading, context: Context
) -> tuple[tuple[Notice, ...], tuple[InputError, ...]]:
    """Notices and errors of an environment; nothing for lock files and site files."""
    del source
    stack = reading.stack
    if stack is None or name != "spack":
        return (), ()
    errors = list(_groups(stack))
    try:
        roots(stack)
    except InputError as error:
        errors.append(error)
    notices: list[Notice] = []
    vocabulary = open_vocabulary(context)
    if vocabulary is not None:
        checker = _Names(stack, vocabulary)
        checker.run()
        notices, more = checker.notices, checker.errors
        errors += more
    return tuple(notices), tuple(errors)


def _groups(stack: Stack) -> Iterator[InputError]:
    names = [group.name for group in stack.groups]
    for group in stack.groups:
        for needed in group.needs:
            if needed not in names:
                near = difflib.get_close_matches(needed, names, n=1)
                yield _error(
                    f"the group `{group.name}` needs `{needed}`, which is no group",
                    group.place,
                    f"did you mean `{near[0]}`?" if near else None,
                )
    needs = {group.name: group.needs for group in stack.groups}
    for group in stack.groups:
        seen: list[str] = []
        queue = list(group.needs)
        while queue:
            name = queue.pop()
            if name == group.name:
                yield _error(
                    f"the group `{group.name}` needs itself, by way of "
                    f"{', '.join(seen) or 'nothing else'}",
                    group.place,
                    "take one of the `needs` out",
                )
                break
            if name not in seen:
                seen.append(name)
                queue += needs.get(name, ())


def _error(message: str, place: Place, hint: str | None) -> InputError:
    return InputError(message, file=place.file, line=place.line, column=place.column, hint=hint)


class _Names:
    """Looks up every package, variant and value of a stack, each mistake once."""

    def __init__(self, stack: Stack, vocabulary: Vocabulary) -> None:
        self.stack = stack
        self.vocabulary = vocabulary
        self.notices: list[Notice] = []
        self.errors: list[InputError] = []
        self.seen: set[tuple[str, ...]] = set()
        own = stack.extensions.get("spack", {})
        self.own_repositories = bool(own.get("repos"))
        included = (own.get("included") or {}).get("toolchains") or {}
        self.toolchains = {*(own.get("toolchains") or {}), *included}

    def run(self) -> None:
        stack = self.stack
        entries: list[Entry] = [*stack.entries]
        for group in stack.groups:
            entries += group.entries
        for definition in stack.definitions:
            entries += definition.entries
        for entry in entries:
            self.entry(entry)
        for rule in stack.rules:
            for choice in rule.choices:
                self.package(choice, rule.place, rule.subject if rule.subject != "*" else None)

    def entry(self, entry: Entry) -> None:
        if isinstance(entry, Package):
            self.package(entry, entry.place, None)
        elif isinstance(entry, Matrix):
            for row in entry.rows:
                for inner in row:
                    self.entry(inner)

    def package(
        self, package: Package, place: Place, name: str | None, parent: str | None = None
    ) -> None:
        """`name` is whose package an anonymous one is about, `parent` what has it after `%`."""
        name = package.name or name
        if name is not None and name not in self.toolchains:
            if name not in self.vocabulary:
                self.unknown(name, place)
            else:
                self.variants(name, package, place, parent)
        for dependency in package.dependencies:
            self.package(dependency.package, place, None, name if dependency.direct else None)

    def unknown(self, name: str, place: Place) -> None:
        if (name,) in self.seen:
            return
        self.seen.add((name,))
        near = self.vocabulary.suggest(name)
        hint = f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else None
        if self.own_repositories:
            self.notices.append(
                Notice(
                    code=Code.NAME_UNKNOWN,
                    subject=name,
                    what="no package of that name is known",
                    why=f"it is not among the packages of {self.vocabulary.source}; the "
                    "environment has repositories of its own",
                    instead=hint or "",
                    where=place,
                )
            )
        else:
            self.errors.append(_error(f"there is no package `{name}`", place, hint))

    def variant_hint(self, variant: str, known: Mapping[str, Values], parent: str | None) -> str:
        above = self.vocabulary.variants(parent) if parent else None
        if above is not None and variant in above:
            return (
                f"since Spack 1.0 what follows `%` belongs to the compiler; write it before the "
                f"`%` if `{parent}` is meant"
            )
        near = difflib.get_close_matches(variant, known, n=2, cutoff=0.6)
        if near:
            return f"did you mean {' or '.join(f'`{n}`' for n in near)}?"
        return f"it has {', '.join(sorted(known)[:12])}"

    def variants(self, name: str, package: Package, place: Place, parent: str | None) -> None:
        known = self.vocabulary.variants(name)
        if known is None or "*" in known:
            return
        for feature in package.features:
            if feature.name in RESERVED or feature.propagated:
                continue
            key = (name, feature.name, str(feature.value))
            if key in self.seen:
                continue
            self.seen.add(key)
            if feature.name not in known:
                hint = self.variant_hint(feature.name, known, parent)
                message = f"`{name}` has no variant `{feature.name}`"
                self.errors.append(_error(message, place, hint))
                continue
            allowed = known[feature.name]
            if allowed is None:
                continue
            wanted: tuple[str, ...] = ("true" if feature.value else "false",)
            if not isinstance(feature.value, bool):
                wanted = feature.value
            values = ("true", "false") if allowed is True else allowed
            for value in wanted:
                if value not in values and value != "*":
                    near = difflib.get_close_matches(value, values, n=1)
                    self.errors.append(
                        _error(
                            f"`{value}` is no value of the variant `{feature.name}` of `{name}`",
                            place,
                            f"did you mean `{near[0]}`?"
                            if near
                            else f"its values are {', '.join(values[:12])}",
                        )
                    )
