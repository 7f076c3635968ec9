"""What a resolution finds: needs with their toolchains, steps in build order, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from stackbridge.ecosystems.easybuild.resolving.entries import Entry, full_version

__all__ = ["Closure", "Mismatch", "Missing", "Needed", "Step", "Toolchain"]

Toolchain = tuple[str, str]


class Needed(NamedTuple):
    """One dependency as EasyBuild resolves it.

    `kind` is build, run or toolchain. `module` is the name under EasyBuild's default naming
    scheme; of an external module its own name, `version` being that of the metadata or "".
    """

    name: str
    version: str
    suffix: str
    toolchain: Toolchain
    kind: str
    module: str
    inherited: bool = False
    external: bool = False

    @property
    def full_version(self) -> str:
        """Version with toolchain and suffix, as in file names."""
        return full_version(self.version, self.toolchain, self.suffix)


class Missing(NamedTuple):
    """A dependency for which there is no easyconfig, and who needs it."""

    needed: Needed
    parent: Entry


class Mismatch(NamedTuple):
    """A file whose content does not say what its name says."""

    entry: Entry
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One easyconfig in build order, with its resolved dependencies (build, run, toolchain)."""

    entry: Entry
    module: str
    needs: tuple[Needed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """All easyconfigs that are needed, in build order, and what is wrong.

    `cycle` are modules that need each other, in order, the first one repeated at the end.
    """

    steps: tuple[Step, ...]
    missing: tuple[Missing, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    cycle: tuple[str, ...] = ()
    externals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Would `--robot` go on?"""
        return not (self.missing or self.cycle or self.mismatches)

    def error(self) -> str | None:
        """The failure in EasyBuild's words, None when there is none."""
        if self.mismatches:
            first = self.mismatches[0]
            return (
                f"Easyconfig filename '{first.entry.basename}' does not match with expected "
                f"filename '{first.expected}'"
            )
        if self.cycle:
            return f"Dependency cycle: {' -> '.join(self.cycle)}"
        if self.missing:
            names = ", ".join(dict.fromkeys(item.needed.module for item in self.missing))
            return f"Missing dependencies: {names} (no easyconfig file or existing module found)"
        return None
