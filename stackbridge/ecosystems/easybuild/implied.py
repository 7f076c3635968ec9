"""What an easyconfig is built with though nobody says so: MPI, CUDA and ROCm, or none of them.

EasyBuild tells it by the toolchain and the dependencies: `FFTW` with GCC has no MPI, `PyTorch`
without CUDA among its dependencies has none. Other tools have defaults of their own (Spack's
fftw has MPI, its py-torch CUDA), so that what is silent here must be said there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError
from stackbridge.ecosystems.easybuild.resolving.toolchains import Table, definition
from stackbridge.errors import InputError
from stackbridge.hub.package import Feature, Package

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.resolving.entries import Entry
    from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver

__all__ = ["implied"]

_MPI = frozenset({"OpenMPI", "MPICH", "impi", "MVAPICH2", "psmpi", "OpenMPI-system", "BullMPI"})
_ACCELERATORS = {
    "cuda": frozenset({"CUDA", "CUDAcore", "NCCL", "cuDNN"}),
    "rocm": frozenset({"ROCm", "HIP", "ROCm-LLVM", "rocm-compilers"}),
}


def implied(package: Package, entry: Entry | None, resolver: Resolver) -> tuple[Feature, ...]:
    """Features which the package has, or has not, by its easyconfig; not those that it says.

    `entry` is its easyconfig; without one only what the toolchain proves is told. A toolchain
    that has more than MPI above its compiler (foss) proves nothing about MPI: much is built
    with it for its BLAS.
    """
    said = {feature.name for feature in package.features}
    below = _below(entry, resolver) if entry is not None else None
    return tuple(
        feature for feature in _found(package, below, resolver) if feature.name not in said
    )


def _found(
    package: Package, below: Collection[str] | None, resolver: Resolver
) -> Iterator[Feature]:
    mpi = _mpi(package, below, resolver)
    if mpi is not None:
        yield Feature(name="mpi", value=mpi)
    for name, parts in _ACCELERATORS.items():
        if below is not None:
            yield Feature(name=name, value=not parts.isdisjoint(below))


def _mpi(package: Package, below: Collection[str] | None, resolver: Resolver) -> bool | None:
    if below is not None and not _MPI.isdisjoint(below):
        return True
    chain = package.toolchain
    if chain is None or chain.name is None:
        return None
    if chain.name == "system":
        return False if below is not None else None
    row = definition(resolver.table, chain.name, chain.version or "")
    if row is None:
        return None
    if row.mpi:
        return None if row.blas else True
    return False if _plain(row.below, resolver.table) else None


def _plain(names: Collection[object], table: Table) -> bool:
    """Whether no toolchain below has an MPI library either."""
    flat = {part for name in names for part in (name if isinstance(name, tuple) else (name,))}
    return not any(name in table and table[str(name)].mpi for name in flat)


def _below(entry: Entry, resolver: Resolver) -> frozenset[str] | None:
    """Names of what it needs at run time, and of itself; None where they can't be told."""
    try:
        needs = resolver.dependencies(entry)
    except (HierarchyError, InputError):
        return None
    return frozenset({entry.name, *(need.name for need in needs if need.kind == "run")})
