"""Which MPI is binary compatible with which: two ABI families.

Sources: MPICH ABI compatibility initiative (MPICH, Intel MPI, Cray MPICH, MVAPICH,
ParaStation MPI share one ABI); HPC-X and BullMPI are builds of Open MPI; EasyBuild's
toolchain definitions say which MPI a toolchain has. Fujitsu MPI is left without a family.
"""

from __future__ import annotations

__all__ = ["family_of", "toolchain_family"]

_FAMILIES: dict[str, str] = {
    "mpich": "mpich",
    "cray-mpich": "mpich",
    "cray-mpich-abi": "mpich",
    "impi": "mpich",
    "intel-mpi": "mpich",
    "intel-oneapi-mpi": "mpich",
    "mvapich": "mpich",
    "mvapich2": "mpich",
    "mvapich-plus": "mpich",
    "psmpi": "mpich",
    "parastationmpi": "mpich",
    "openmpi": "openmpi",
    "hpcx": "openmpi",
    "hpcx-mpi": "openmpi",
    "nvhpc-hpcx": "openmpi",
    "bullmpi": "openmpi",
    "bullxmpi": "openmpi",
    "spectrum-mpi": "openmpi",
    "fujitsu-mpi": "",
    "mpt": "",
}

_TOOLCHAINS: dict[str, str] = {
    "foss": "openmpi",
    "gompi": "openmpi",
    "gomkl": "openmpi",
    "iompi": "openmpi",
    "iomkl": "openmpi",
    "nvompi": "openmpi",
    "nvofbf": "openmpi",
    "lompi": "openmpi",
    "lfoss": "openmpi",
    "rompi": "openmpi",
    "rfoss": "openmpi",
    "intel": "mpich",
    "iimpi": "mpich",
    "gimpi": "mpich",
    "gimkl": "mpich",
    "gmpich": "mpich",
    "gmpflf": "mpich",
    "gpsmpi": "mpich",
    "gpsolf": "mpich",
    "ipsmpi": "mpich",
    "intel-para": "mpich",
    "nvpsmpi": "mpich",
}


def family_of(name: str) -> str | None:
    """`mpich` or `openmpi`; the empty string for an MPI of no known family; None: no MPI."""
    return _FAMILIES.get(name.lower().replace("_", "-"))


def toolchain_family(name: str) -> str | None:
    """The family of the MPI in an EasyBuild or Cray toolchain; None when it has none."""
    if name.lower().startswith("cpe"):
        return "mpich"
    return _TOOLCHAINS.get(name)
