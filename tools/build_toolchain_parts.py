"""Write stackbridge/data/toolchain-parts.json from EasyBuild's toolchain easyconfigs.

    python tools/build_toolchain_parts.py EASYCONFIGS VERSION

For each version of a toolchain: which Spack package fills each role, with its version. The
easyconfigs are read as syntax trees; only strings, tuples, lists and names assigned before
are understood.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

TOOLCHAINS = ("foss", "gompi", "gfbf", "gompic", "intel", "iimpi", "gmpich", "nvompi", "iimkl")
# EasyBuild's module -> roles and Spack's package.
PARTS = {
    "GCC": (("compiler",), "gcc"),
    "intel-compilers": (("compiler",), "intel-oneapi-compilers"),
    "NVHPC": (("compiler",), "nvhpc"),
    "OpenMPI": (("mpi",), "openmpi"),
    "MPICH": (("mpi",), "mpich"),
    "impi": (("mpi",), "intel-oneapi-mpi"),
    "OpenBLAS": (("blas", "lapack"), "openblas"),
    "imkl": (("blas", "lapack", "scalapack", "fft"), "intel-oneapi-mkl"),
    "FFTW": (("fft",), "fftw"),
    "ScaLAPACK": (("scalapack",), "netlib-scalapack"),
}


def value(node: ast.expr, known: dict[str, Any]) -> Any:
    """A literal, or a name assigned before; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Tuple | ast.List):
        return [value(item, known) for item in node.elts]
    return None


def dependencies(path: Path) -> dict[str, str]:
    """Name -> version of what an easyconfig depends on."""
    known: dict[str, Any] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            known[statement.targets[0].id] = value(statement.value, known)
    return {
        item[0]: item[1]
        for item in known.get("dependencies") or []
        if isinstance(item, list) and len(item) > 1 and isinstance(item[1], str)
    }


def main() -> None:
    """Read the command line."""
    top, release = Path(sys.argv[1]), sys.argv[2]
    found: dict[str, dict[str, str]] = {}
    for name in TOOLCHAINS:
        for path in sorted((top / name[0] / name).glob("*.eb")):
            needs = dependencies(path)
            if "FlexiBLAS" in needs and "GCC" in needs:
                blas = sorted((top / "o" / "OpenBLAS").glob(f"*-GCC-{needs['GCC']}.eb"))
                match = re.match(r"OpenBLAS-([^-]+)-", blas[-1].name) if blas else None
                needs["OpenBLAS"] = match[1] if match else ""
            parts: dict[str, str] = {}
            for module, version in needs.items():
                roles, package = PARTS.get(module, ((), ""))
                for role in roles:
                    parts[role] = f"{package}@{version}" if version else package
            if parts:
                found[path.stem] = parts
    target = Path(__file__).parents[1] / "stackbridge" / "data" / "toolchain-parts.json"
    answer = {"source": f"easybuild-easyconfigs {release}", "toolchains": found}
    target.write_text(json.dumps(answer, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(found)} toolchains")


if __name__ == "__main__":
    main()
