"""What easyblocks and easyconfigs switch on without saying so in a file's name: data only.

`ALWAYS` holds for every easyconfig, `BY_SOFTWARE` for those of one name. A rule maps a value
of the feature ("*": any other) to the outcome and its reason. Read from the easyblocks and
easyconfigs of EasyBuild 5.4.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

__all__ = ["ALWAYS", "BY_SOFTWARE", "NOTHING_WITHOUT_CUDA", "Outcome", "Rules"]

Outcome: TypeAlias = Literal["kept", "assumed", "approximated", "lost"]
Rules: TypeAlias = Mapping[str, Mapping[bool | str, tuple[Outcome, str]]]

NOTHING_WITHOUT_CUDA = frozenset(
    {"CUDA-Samples", "CUTLASS", "GDRCopy", "NCCL", "NCCL-tests", "UCX-CUDA", "cuDNN", "cuDSS",
     "cuSPARSELt", "cuTENSOR", "gpu-burn", "nvcomp"}
)  # fmt: skip
"""Software of which `-CUDA-...` in the versionsuffix tells no feature: it is part of CUDA."""

ALWAYS: Rules = {
    "openmp": {True: ("assumed", "the compilers have OpenMP; the easyblock decides")},
    "shared": {
        True: ("assumed", "EasyBuild builds shared libraries unless told otherwise"),
        False: ("lost", "EasyBuild builds shared libraries"),
    },
    "static": {
        True: ("assumed", "most easyconfigs install static libraries as well"),
        False: ("assumed", "static libraries do no harm"),
    },
    "libs": {"*": ("assumed", "EasyBuild builds shared and mostly static libraries")},
    "pic": {
        True: ("assumed", "libraries of EasyBuild are linked into shared ones"),
        False: ("assumed", "position-independent code works as well"),
    },
    "fortran": {True: ("assumed", "the toolchain has a Fortran compiler")},
    "cxx": {True: ("assumed", "the toolchain has a C++ compiler")},
    "c": {True: ("assumed", "the toolchain has a C compiler")},
    "ipo": {True: ("lost", "no easyconfig switches it on")},
    "build_type": {
        "Release": ("kept", "EasyBuild's CMake builds are of type Release"),
        "*": ("lost", "EasyBuild's CMake builds are of type Release"),
    },
    "buildtype": {
        "release": ("kept", "EasyBuild's Meson builds are of type release"),
        "*": ("lost", "EasyBuild's Meson builds are of type release"),
    },
    "build_system": {"*": ("assumed", "how it is built is the easyblock's business")},
    "generator": {"*": ("assumed", "how it is built is the easyblock's business")},
    "fabrics": {"*": ("assumed", "the fabrics are those that configure finds")},
}

# `general_packages`, the same in all 15 easyconfigs
_LAMMPS = (
    "amoeba asphere atc awpmd bocs body bpm brownian cg-dna cg-spica class2 colloid colvars "
    "compress coreshell dielectric diffraction dipole dpd-basic dpd-meso dpd-react dpd-smooth "
    "drude eff electrode extra-compute extra-dump extra-fix extra-molecule extra-pair fep "
    "granular h5md interlayer kim kspace latboltz lepton machdyn manifold manybody mc mdi meam "
    "mgpt misc ml-iap ml-pace ml-pod ml-rann ml-snap mofff molecule molfile mpiio netcdf opt "
    "orient peri phonon plugin plumed poems ptm python qeq qtb reaction reaxff replica rigid "
    "scafacos shock smtbq sph spin srd tally uef voronoi vtk yaff"
)

# Trilinos' own packages
_TRILINOS = (
    "amesos amesos2 anasazi aztec belos epetra epetraext ifpack ifpack2 intrepid intrepid2 "
    "isorropia kokkos minitensor ml muelu nox piro phalanx rol rythmos sacado shards shylu stk "
    "stokhos stratimikos teko tempus teuchos thyra tpetra trilinoscouplings xpetra zoltan zoltan2"
)

BY_SOFTWARE: Mapping[str, Rules] = {
    "LAMMPS": {
        **{
            name: {True: ("kept", "`general_packages` of the easyconfig names it")}
            for name in _LAMMPS.split()
        },
        "openmp-package": {True: ("kept", "the easyblock adds it to builds with OpenMP")},
    },
    "Trilinos": {
        "exodus": {True: ("kept", "the easyblock builds it as a part of SEACAS")},
        "gotype": {
            "*": ("lost", "the easyblock leaves the type of indices to Trilinos"),
        },
        **{
            name: {True: ("kept", "the easyblock sets Trilinos_ENABLE_ALL_PACKAGES")}
            for name in _TRILINOS.split()
        },
    },
    "HDF5": {
        "cxx": {True: ("kept", "the C++ library is built (`HDF5_BUILD_CPP_LIB`)")},
        "fortran": {True: ("kept", "the Fortran library is built (`HDF5_BUILD_FORTRAN`)")},
        "hl": {True: ("kept", "`libhdf5_hl` is among the files that are checked for")},
        "shared": {True: ("kept", "shared libraries are checked for")},
        "threadsafe": {True: ("kept", "`HDF5_ENABLE_THREADSAFE`")},
    },
    "OpenBLAS": {
        "threads": {
            "openmp": ("kept", "the easyblock sets USE_OPENMP=1"),
            "*": ("lost", "the easyblock sets USE_OPENMP=1"),
        },
        "shared": {True: ("kept", "`libopenblas.so` is checked for")},
        "fortran": {True: ("kept", "built with the toolchain's Fortran compiler")},
    },
    "Boost": {
        "multithreaded": {True: ("kept", "the easyblock builds with threading=multi")},
    },
    "FFTW": {
        "precision": {
            "*": ("kept", "the easyblock builds single, double, long double and quad"),
        },
        "openmp": {True: ("kept", "the easyblock builds with OpenMP")},
    },
    "GROMACS": {
        "double": {
            True: ("assumed", "the easyblock builds both precisions, but with CUDA single only"),
            False: ("kept", "the easyblock builds both precisions"),
        },
        "openmp": {True: ("kept", "`openmp` is in the easyconfig's toolchainopts")},
        "shared": {True: ("assumed", "GROMACS builds shared libraries by default")},
    },
    "Geant4": {
        "threads": {True: ("assumed", "Geant4 is multithreaded by default since release 11")},
    },
    "OpenCV": {
        "python3": {True: ("kept", "the easyblock builds the bindings; Python is a dependency")},
    },
    "PETSc": {
        "shared": {True: ("kept", "`shared_libs = 1` in the easyconfig")},
        "fortran": {True: ("kept", "the easyblock builds with the Fortran compiler")},
    },
    "binutils": {
        "ld": {True: ("kept", "the easyblock sets --enable-ld=default")},
        "gold": {True: ("assumed", "the easyblock builds gold up to version 2.43")},
        "plugins": {True: ("kept", "the easyblock sets --enable-plugins")},
        "libiberty": {True: ("kept", "the easyblock installs libiberty")},
        "headers": {True: ("assumed", "the easyblock links libiberty's headers")},
    },
    "netCDF": {
        "dap": {True: ("assumed", "netCDF is built with DAP where cURL is there")},
    },
}
