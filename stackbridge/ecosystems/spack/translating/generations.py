"""Toolchain generations of one stack -> groups of an environment.

Each generation that a stack has becomes a group with its own requirements, so that `foss-2022b`
and `foss-2023a` can stand side by side. Spack uses only compilers that are installed or solved
before (`solver/concretize.lp`: "Only external, or concrete, compilers are allowed"); so each
generation's compiler is a group of its own, which the generation's group needs. It is solved
first, and is an external where a site has it. Spack has groups since release 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from stackbridge.ecosystems.spack.translating.providers import (
    VIRTUALS,
    all_toolchains,
    compiler_of,
    parts_of,
)
from stackbridge.hub.package import Feature, Package, Toolchain
from stackbridge.hub.stack import Entry, Group, Rule, Stack

__all__ = ["by_generation", "compiler_groups", "group_of", "has_generations"]

_LANGUAGES = (Feature(name="languages", value=("c", "c++", "fortran")),)


def has_generations(stack: Stack) -> bool:
    """Whether a stack can be written by generations: all of EasyBuild's, manifests with one."""
    if stack.groups or stack.definitions:
        return False
    chain = stack.toolchain
    plain = chain is not None and not chain.parts and compiler_of(chain) is not None
    return stack.names == "easybuild" or (stack.names is None and plain)


def by_generation(
    entries: Iterable[Entry], default: Toolchain | None = None
) -> list[tuple[Toolchain | None, list[Entry]]]:
    """Entries by the generation that they are built with, in order of appearance.

    `default` is that of entries which name none.
    A part of a generation (`GCC-12.3.0`, `gompi-2023a`) belongs to the fullest one that the
    stack has with that compiler and, where it is named by it, that version; None has what
    is built with the system's compiler and what has a toolchain of unknown parts.
    """
    entries = list(entries)
    known = {str(chain): chain for chain in all_toolchains()}
    built = [_built_with(entry, known, default) for entry in entries]
    chains = {str(chain): chain for chain in built if chain is not None}
    homes = {text: _home(chain, list(chains.values())) for text, chain in chains.items()}
    found: dict[str, tuple[Toolchain | None, list[Entry]]] = {}
    for entry, chain in zip(entries, built, strict=True):
        home = homes[str(chain)] if chain is not None else None
        found.setdefault(str(home), (home, []))[1].append(entry)
    return list(found.values())


def _built_with(
    entry: Entry, known: Mapping[str, Toolchain], default: Toolchain | None
) -> Toolchain | None:
    """The toolchain of an entry; a generation that is asked for by name is its own."""
    if not isinstance(entry, Package):
        return default
    own = known.get(f"{entry.name}-{entry.versions.exact}")
    if own is not None:
        return own
    chain = entry.toolchain or default
    if chain is None or chain.name in (None, "system", "SYSTEM") or compiler_of(chain) is None:
        return None
    return chain


def _home(chain: Toolchain, present: Sequence[Toolchain]) -> Toolchain:
    """The fullest generation with the same compiler; those of the stack come first."""
    compiler = compiler_of(chain)
    named = chain.version if len(parts_of(chain)) > 1 else None

    def fits(other: Toolchain) -> bool:
        return compiler_of(other) == compiler and named in (None, other.version)

    fitting = [other for other in (*present, *all_toolchains()) if fits(other)]
    here = {str(other) for other in present}
    return max(
        fitting or [chain],
        key=lambda other: (len(parts_of(other)), str(other) in here, str(other)),
    )


def group_of(
    chain: Toolchain, entries: tuple[Entry, ...], rules: Iterable[Rule], needs: tuple[str, ...]
) -> Group:
    """The group of one generation, named after it.

    A version required of `c` and of `cxx` can't be had of a compiler that another group brings
    (Spack 1.3 finds "a single version" for neither); so the compiler itself is held to it,
    and languages prefer that compiler.
    """
    held: dict[str, Rule] = {}
    for rule in rules:
        if rule.subject not in VIRTUALS["compiler"]:
            held[rule.subject] = rule
            continue
        held[rule.subject] = replace(rule, strength="prefer")
        for choice in rule.choices:
            name = choice.name or ""
            only = replace(choice, name=None)
            held.setdefault(name, replace(rule, subject=name, choices=(only,)))
    return Group(name=str(chain), entries=entries, needs=needs, rules=tuple(held.values()))


def compiler_groups(rules: Iterable[Rule]) -> tuple[Group, ...]:
    """A group for each compiler that rules on languages name, which nobody asked for by itself.

    gcc is asked for all three languages: a site's own gcc of that version may lack Fortran.
    """
    found: dict[str, Group] = {}
    for rule in rules:
        if rule.subject not in VIRTUALS["compiler"]:
            continue
        for choice in rule.choices:
            versions = choice.versions.ranges() or ""
            name = f"{choice.name}-{versions}".strip("-").replace(":", "").replace("=", "")
            asked = replace(choice, features=_LANGUAGES) if choice.name == "gcc" else choice
            found.setdefault(
                name, Group(name=name, entries=(asked,), explicit=False, place=rule.place)
            )
    return tuple(found.values())
