"""What a set of easyconfigs offers, in the words in which selection asks.

`Release` is the question side: which easyconfigs of a name, who carries an extension, which
generations, what does an easyconfig pull in. `selection` and its neighbors know nothing else
of the index.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Protocol, TypeAlias

from stackbridge.ecosystems.easybuild.choosing.stated_options import Stated
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import Suffix
from stackbridge.hub.versions import Version

__all__ = ["SYSTEM", "Generation", "Level", "Member", "Offer", "Release"]

Level: TypeAlias = tuple[str, str]
"""A toolchain: name and version. System is `("system", "system")`."""

SYSTEM: Level = ("system", "system")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One easyconfig. `file` is its name, which is its identity in a robot path."""

    name: str
    version: str
    toolchain: Level
    suffix: Suffix
    file: str

    @cached_property
    def ordered(self) -> Version:
        """The version, to compare by."""
        return Version(self.version)

    @property
    def full_version(self) -> str:
        """`2024.4-foss-2024a-CUDA-12.6.0`, as in module names."""
        toolchain = "" if self.toolchain == SYSTEM else f"-{self.toolchain[0]}-{self.toolchain[1]}"
        return f"{self.version}{toolchain}{self.suffix.text}"


@dataclass(frozen=True, kw_only=True)
class Member:
    """Something inside an easyconfig: an extension or a component."""

    name: str
    version: str
    host: Offer

    @cached_property
    def ordered(self) -> Version | None:
        """The version, to compare by; extensions of a language's core have none."""
        return Version(self.version) if self.version else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One toolchain with everything below it: `foss` `2025b`.

    `levels` are its toolchains from itself down to GCCcore, without system. `parts` maps what
    the toolchain is made of (GCC, OpenMPI, OpenBLAS, binutils, ...) to versions.
    `compiler` and `mpi` name the parts which are the compiler and the MPI library; `base`
    is the lowest level, which related generations share (`GCCcore`, `14.3.0`).
    """

    name: str
    version: str
    levels: tuple[Level, ...]
    compiler: Level
    mpi: Level | None = None
    base: Level | None = None
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mpi_levels: frozenset[Level] = frozenset()

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"


class Release(Protocol):
    """The easyconfigs that can be chosen from."""

    @property
    def title(self) -> str:
        """What it is, for messages: `EasyBuild 5.4.1`."""

    @property
    def software(self) -> Collection[str]:
        """Every software name, exactly as EasyBuild writes it."""

    @property
    def toolchain_names(self) -> Collection[str]:
        """Every toolchain's name."""

    def offers(self, name: str) -> tuple[Offer, ...]:
        """The easyconfigs of that software."""

    def file(self, name: str) -> Offer | None:
        """The easyconfig of that file name."""

    def members(self, name: str) -> tuple[Member, ...]:
        """Who carries that extension or component for others to use; private ones left out."""

    def easyblocks(self, name: str) -> Collection[str]:
        """The easyblocks that build that software, where easyconfigs name them."""

    def spelled(self, name: str) -> tuple[str, ...]:
        """Software names, then member names, that are this one but for case and `-_.`."""

    def generations(self) -> tuple[Generation, ...]:
        """Every full toolchain (compiler, MPI, mathematics), oldest first."""

    @property
    def mpi_levels(self) -> Collection[Level]:
        """Every toolchain with an MPI library, of any generation."""

    def options(self, offer: Offer) -> Stated:
        """What the options in its text say of features; nothing where there is no text."""

    def requires(self, offer: Offer) -> tuple[Offer, ...]:
        """Direct dependencies at run time."""

    def closure(self, offer: Offer) -> Mapping[str, tuple[Offer, ...]]:
        """Everything below, by software name, the toolchain's parts included."""

    def demand(self, name: str, version: str, levels: frozenset[Level]) -> int:
        """How many easyconfigs of these toolchains depend on that version of it."""
