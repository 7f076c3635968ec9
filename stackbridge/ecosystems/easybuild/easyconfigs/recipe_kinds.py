"""What kind of software a recipe builds: its easyblock and module class.

Module classes are those of EasyBuild's own list (framework 5.4.1, `config.py`,
`DEFAULT_MODULECLASSES`); which one is told by words of the description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stackbridge.ecosystems.easybuild.language.parameters import parameters
from stackbridge.hub.recipe import Recipe

__all__ = ["APPLICATIONS", "EASYBLOCKS", "WITH_CUDA", "moduleclass"]

EASYBLOCKS: Mapping[str, str] = {
    "autotools": "ConfigureMake", "binary": "Tarball", "bundle": "Bundle", "cargo": "Cargo",
    "cmake": "CMakeMake", "generic": "Tarball", "go": "GoPackage", "julia": "JuliaPackage",
    "make": "ConfigureMake", "meson": "MesonNinja", "perl": "PerlModule",
    "python": "PythonPackage", "r": "Bundle", "ruby": "RubyGem", "scons": "SCons", "waf": "Waf",
}  # fmt: skip
"""Neutral word for a build system -> the easyblock for it."""

WITH_CUDA = frozenset(
    {"AMBER", "Amber", "CP2K", "Clang", "DualSPHysics", "ELPA", "Extrae", "GROMACS", "Hypre",
     "Kokkos", "LAMMPS", "LLVM", "MPICH", "NAMD", "NCCL", "OpenCV", "OpenFOAM", "OpenMPI",
     "PETSc", "PyTorch", "QuantumESPRESSO", "SLEPc", "Score-P", "SuiteSparse", "TensorFlow",
     "VMD", "XALT", "jaxlib", "pocl", "psmpi", "torchvision"}
)  # fmt: skip
"""Software whose own easyblock switches CUDA on where it is a dependency (easyblocks 5.4.1)."""

APPLICATIONS = frozenset({"bio", "cae", "chem", "geo", "phys", "astro"})
"""Module classes of applications: built with the full compiler, as released ones are."""

_WORDS: tuple[tuple[str, str], ...] = (
    ("bio", (r"bioinformat\w*|genom\w*|sequencing|dna|rna|protein\w*|phylogen\w*|variant call\w*|"
            r"single[- ]cell|reads? align\w*|transcript\w*|bioconductor")),
    ("chem", (r"molecular dynamics|quantum chemistry|chemistry|density functional|molecules?|"
             r"electronic structure|cheminformat\w*")),
    ("quantum", r"quantum comput\w*|qubits?|quantum circuits?"),
    ("ai", r"machine learning|deep learning|neural networks?|tensorflow|pytorch"),
    ("astro", r"astronom\w*|astrophysic\w*|cosmolog\w*|telescopes?"),
    ("geo", r"geospatial|geograph\w*|climate|weather|ocean|seismic|seismolog\w*|earth"),
    ("cae", r"finite[- ]element|computational fluid|cfd|mesh\w*|multiphysics|discretization"),
    ("phys", r"physics|particles?|plasma|collider|monte carlo|detector"),
    ("perf", (r"profil\w+|trac\w+|performance (?:analysis|measurement|tools?|counters?)|"
             r"instrumentation|benchmarks?")),
    ("debugger", r"debuggers?|for debugging|debugging tools?"),
    ("vis", r"visuali[sz]\w*|rendering|plotting|graphics|in situ"),
    ("numlib", (r"linear (?:solvers?|algebra|systems?)|eigen\w*|sparse|preconditioner\w*|"
               r"differential equations|nonlinear solvers?|fft\w*|blas|lapack")),
    ("math", r"mathematic\w*|statistic\w*|optimi[sz]ation|arithmetic|graphs? partition\w*"),
    ("data", (r"i/o|data (?:formats?|model|management|compress\w*)|hdf5|netcdf|"
             r"compress\w+|file formats?|databases?")),
    ("mpi", r"mpi implementation"),
    ("compiler", (r"compilers? (?:for|suite|collection|infrastructure)|"
                 r"(?:is an?|^an?) (?:[\w+-]+ ){0,4}compiler")),
    ("devel", r"build systems?|unit tests?|testing framework|code generat\w+|version control"),
    ("lib", r"librar\w+|bindings|c\+\+|header[- ]only"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for name, words in _WORDS)


def moduleclass(recipe: Recipe) -> str:
    """The module class: what the recipe says, else the first that its description speaks of."""
    if recipe.category in parameters().moduleclasses:
        return str(recipe.category)
    text = recipe.description[:600]
    for name, pattern in _PATTERNS:
        if pattern.search(text):
            return name
    return "lib" if recipe.build_system in ("python", "r", "perl", "ruby", "julia") else "tools"
