"""Toolchains -> what Spack calls providers.

A toolchain's parts become requirements on virtual packages: `packages:c:require: gcc@13.3`
holds wherever C is used, and says nothing where it is not; `%c,cxx,fortran=gcc` on every
package would force Fortran on packages that have none. The parts of a named generation come
from `data/toolchain-parts.json`, read from the toolchains' own easyconfigs by
`tools/build_toolchain_parts.py`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Dependency, Package, Toolchain
from stackbridge.hub.stack import Entry, Matrix, Rule, Stack
from stackbridge.hub.versions import VersionSet

__all__ = [
    "VIRTUALS",
    "all_toolchains",
    "common_toolchain",
    "compiled_by",
    "compiler_of",
    "parts_of",
    "toolchain_rules",
]

VIRTUALS: dict[str, tuple[str, ...]] = {
    "compiler": ("c", "cxx", "fortran"),
    "c": ("c",),
    "cxx": ("cxx",),
    "fortran": ("fortran",),
    "mpi": ("mpi",),
    "blas": ("blas",),
    "lapack": ("lapack",),
    "scalapack": ("scalapack",),
    "fft": ("fftw-api",),
}
"""A toolchain's role -> the virtual packages of Spack that it fills."""

# The compiler's name as toolchains have it -> Spack's package.
_COMPILERS = {
    "gcc": "gcc",
    "gcccore": "gcc",
    "intel-compilers": "intel-oneapi-compilers",
    "llvm": "llvm",
    "nvhpc": "nvhpc",
}


@cache
def _parts() -> dict[str, dict[str, str]]:
    path = files("stackbridge") / "data" / "toolchain-parts.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    parts: dict[str, dict[str, str]] = found["toolchains"]
    return parts


def all_toolchains() -> tuple[Toolchain, ...]:
    """Every toolchain generation of which the parts are known."""
    split = (text.rpartition("-") for text in _parts())
    return tuple(Toolchain(name=name, version=version) for name, _, version in split)


def parts_of(chain: Toolchain) -> dict[str, Package]:
    """Role -> Spack's package with its version as a prefix."""
    if chain.parts:
        return dict(chain.parts)
    found = _parts().get(str(chain), {})
    result: dict[str, Package] = {}
    for role, text in found.items():
        name, _, version = text.partition("@")
        result[role] = Package(
            name=name, versions=VersionSet.prefix(version) if version else VersionSet.any()
        )
    return result


def compiler_of(chain: Toolchain) -> Package | None:
    """The compiler of a toolchain, where it is known."""
    parts = parts_of(chain)
    if "compiler" in parts:
        return parts["compiler"]
    name = _COMPILERS.get((chain.name or "").lower())
    if name is None or chain.version is None:
        return None
    return Package(name=name, versions=VersionSet.prefix(chain.version))


def compiled_by(compiler: Package) -> tuple[Dependency, ...]:
    """The compiler of whatever languages a package has.

    A plain `%gcc` could not be had for a package without any, such as a pure Python one.
    """
    return tuple(
        Dependency(
            package=compiler,
            provides=(language,),
            direct=True,
            when=Package(dependencies=(Dependency(package=Package(name=language), direct=True),)),
        )
        for language in VIRTUALS["compiler"]
    )


def toolchain_rules(chain: Toolchain, place: Place) -> tuple[list[Rule], list[Notice]]:
    """Requirements on virtual packages, and a notice that says which.

    The parts of a generation have Spack's names, given ones whatever names the stack has.
    """
    if chain.name in ("system", "SYSTEM"):
        return [], []
    parts = parts_of(chain)
    compiler = compiler_of(chain)
    if "compiler" not in parts and compiler is not None:
        parts = {"compiler": compiler, **parts}
    if not parts:
        return [], [
            Notice(
                code=Code.TOOLCHAIN_LOST,
                subject=str(chain),
                what="the toolchain is left out",
                why="it is not known what it is made of",
                instead="Spack chooses compilers and libraries itself",
                where=place,
            )
        ]
    rules: dict[str, Rule] = {}
    for role, part in parts.items():
        for virtual in VIRTUALS.get(role, ()):
            rules[virtual] = Rule(subject=virtual, strength="require", choices=(part,), place=place)
    said = ", ".join(
        f"{role}: {part.name}{'' if part.versions.is_any else '@' + str(part.versions)}"
        for role, part in parts.items()
    )
    notice = Notice(
        code=Code.TOOLCHAIN_APPROXIMATED,
        subject=str(chain),
        what=f"the toolchain became requirements on Spack's virtual packages: {said}",
        why="Spack has no toolchain generations" + (f" like {chain}" if chain.name else ""),
        where=place,
    )
    return list(rules.values()), [notice] if chain.name else []


def common_toolchain(stack: Stack) -> Toolchain | None:
    """The toolchain that most packages have; of equally frequent ones the fullest and newest.

    `foss-2024a` counts for `GCC-13.3.0` below it only through frequency.
    """
    chains = [
        chain
        for chain in _toolchains([*stack.entries, *(e for g in stack.groups for e in g.entries)])
        if chain.name not in (None, "system", "SYSTEM")
    ]
    if not chains:
        return None
    counts = Counter(map(str, chains))
    known = _parts()
    best = max(counts, key=lambda name: (len(known.get(name, ())), counts[name], name))
    return next(chain for chain in chains if str(chain) == best)


def _toolchains(entries: Iterable[Entry]) -> Iterator[Toolchain]:
    for entry in entries:
        if isinstance(entry, Package):
            if entry.toolchain is not None:
                yield entry.toolchain
        elif isinstance(entry, Matrix):
            for row in entry.rows:
                yield from _toolchains(row)
