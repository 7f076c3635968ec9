"""Names of modules under EasyBuild's naming schemes.

`EasyBuildMNS` names are those of the resolution (`Resolver.module`). Under
`HierarchicalMNS` a module stands below its toolchain's compiler and MPI library, which are
found in the toolchain's own easyconfig (EasyBuild framework 5.4.1,
`tools/module_naming_scheme/hierarchical_mns.py` and `toolchain.py`).
"""

from __future__ import annotations

from typing import NamedTuple

from stackbridge.ecosystems.easybuild.resolving.closure import Needed, Toolchain
from stackbridge.ecosystems.easybuild.resolving.entries import SYSTEM, Entry
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
from stackbridge.ecosystems.easybuild.resolving.toolchains import definition

__all__ = ["HierarchicalNames", "NamingError", "environment_name"]


class NamingError(Exception):
    """A scheme has no name for that easyconfig; the message says why."""


class _Element(NamedTuple):
    name: str
    version: str  # with prefix and suffix


# Compilers of a toolchain, sorted -> name and version of its directory.
_COMPILERS = {
    ("icc", "ifort"): ("intel", "%(icc)s"),
    ("iccifort",): ("intel", "%(iccifort)s"),
    ("intel-compilers",): ("intel", "%(intel-compilers)s"),
    ("Clang", "GCC"): ("Clang-GCC", "%(Clang)s-%(GCC)s"),
    ("CUDA", "GCC"): ("GCC-CUDA", "%(GCC)s-%(CUDA)s"),
    ("CUDA", "icc", "ifort"): ("intel-CUDA", "%(icc)s-%(CUDA)s"),
    ("CUDA", "iccifort"): ("intel-CUDA", "%(iccifort)s-%(CUDA)s"),
    ("CUDA", "intel"): ("intel-CUDA", "%(intel)s-%(CUDA)s"),
    ("xlc", "xlf"): ("xlcxlf", "%(xlc)s"),
}


class HierarchicalNames:
    """Module names of the hierarchical scheme, under one resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._directories: dict[Toolchain, str] = {SYSTEM: "Core"}

    def full(self, entry: Entry) -> str:
        """`Compiler/GCC/13.3.0/OpenMPI/5.0.3`, relative to the top of the module tree."""
        for need in self._resolver.fetching(entry):
            self.full_of(need)  # EasyBuild wants a name for these as well
        return f"{self.directory(self._resolver.toolchain(entry))}/{self.short(entry)}"

    def short(self, entry: Entry) -> str:
        """`OpenMPI/5.0.3`, as users see it."""
        return f"{entry.name}/{entry.prefix}{entry.version}{self._resolver.suffix(entry)}"

    def full_of(self, needed: Needed) -> str:
        """The name of a dependency's module; NamingError when it has no easyconfig."""
        if needed.external:
            return needed.name
        entry = self._resolver.locate(needed.name, needed.full_version)
        if entry is None:
            raise NamingError(
                f"there is no easyconfig for {needed.name} {needed.full_version}, "
                "which the hierarchical scheme needs"
            )
        return self.full(entry)

    def directory(self, toolchain: Toolchain) -> str:
        """Where modules built with that toolchain stand: `MPI/GCC/13.3.0/OpenMPI/5.0.3`."""
        found = self._directories.get(toolchain)
        if found is None:
            found = self._directories[toolchain] = self._directory(toolchain)
        return found

    def _directory(self, toolchain: Toolchain) -> str:
        if toolchain[0] == "system":
            return "Core"
        row = definition(self._resolver.table, *toolchain)
        if row is None:
            raise NamingError(f"the toolchain {toolchain[0]} is not known")
        if not row.compilers:
            return f"Toolchain/{toolchain[0]}/{toolchain[1]}"
        if len(row.compilers) == 1 and self._element(toolchain, row.compilers[0]) is None:
            return f"Toolchain/{toolchain[0]}/{toolchain[1]}"
        compilers = self._compilers(toolchain, row.compilers)
        name, version = self._compiler(compilers)
        if not row.mpi:
            return f"Compiler/{name}/{version}"
        mpi = self._element(toolchain, row.mpi[0])
        if mpi is None:
            raise NamingError(f"{row.mpi[0]} is not part of {toolchain[0]}/{toolchain[1]}")
        return f"MPI/{name}/{version}/{mpi.name}/{mpi.version}"

    def _compilers(self, toolchain: Toolchain, names: tuple[str, ...]) -> list[_Element]:
        combined = self._element(toolchain, "".join(names))
        together = list(names)
        if combined is None and {"icc", "ifort"} <= set(names):
            combined = self._element(toolchain, "iccifort")
            together = ["icc", "ifort"]
        found: list[_Element] = []
        left = list(names)
        if combined is not None:
            for name in together:
                found.append(_Element(name, combined.version))
                left.remove(name)
        for name in left:
            one = self._element(toolchain, name)
            if one is None:
                raise NamingError(f"{name} is not part of {toolchain[0]}/{toolchain[1]}")
            found.append(one)
        return found

    @staticmethod
    def _compiler(compilers: list[_Element]) -> tuple[str, str]:
        versions = {item.name: item.version for item in compilers}
        known = _COMPILERS.get(tuple(sorted(versions)))
        if known is not None:
            return known[0], known[1] % versions
        if len(compilers) == 1:
            return compilers[0].name, compilers[0].version
        raise NamingError(f"no name is known for the compilers {', '.join(versions)}")

    def _element(self, toolchain: Toolchain, name: str) -> _Element | None:
        own = self._resolver.locate(*toolchain)
        if own is None:
            raise NamingError(f"there is no easyconfig for {toolchain[0]} {toolchain[1]}")
        for item in self._resolver.dependencies(own):
            if item.name == name and item.kind != "toolchain" and not item.external:
                return _Element(name, item.version + item.suffix)
        if own.name == name:
            return _Element(name, own.prefix + own.version + self._resolver.suffix(own))
        return None


def environment_name(name: str) -> str:
    """The software name as in `EBROOT<name>`: upper case, `+` plus, `-` min, `.` left out."""
    return name.replace("+", "plus").replace("-", "min").replace(".", "").upper()
