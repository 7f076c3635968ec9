"""How long the command line takes, as whole processes, beside a bare Python on the same machine.

Prints CPU seconds (user and system) of the best of some runs, and ratios.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
RUNS = 5


def seconds(command: list[str], runs: int = RUNS) -> float:
    """CPU seconds of the best run of a command and its children."""
    best = float("inf")
    for _ in range(runs):
        before = os.times()
        subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd=ROOT
        )
        after = os.times()
        spent = after.children_user + after.children_system
        best = min(best, spent - before.children_user - before.children_system)
    return best


def roots(count: int) -> str:
    """A spack.yaml with that many roots, of real names, with compilers and variants."""
    names = ["hdf5+mpi", "fftw precision=float,double", "gromacs~cuda", "netcdf-c", "openblas",
             "petsc+mumps", "trilinos", "hypre+openmp", "cmake", "python@3.11:", "boost+mpi",
             "py-numpy", "py-scipy", "r-ggplot2", "openfoam", "cp2k", "lammps", "samtools"]  # fmt: skip
    lines = [f"  - {names[n % len(names)]} %gcc@{9 + n // len(names) % 7}" for n in range(count)]
    return "spack:\n  concretizer:\n    unify: false\n  specs:\n" + "\n".join(lines) + "\n"


def main() -> None:
    """Print one line a task."""
    ours = [PYTHON, "-m", "stackbridge"]
    base = seconds([PYTHON, "-c", "import click, yaml"])
    print(f"{'python -c import click, yaml':<46}{base:8.2f} s")
    largest = max((ROOT / "recipes").glob("*.yaml"), key=lambda path: path.stat().st_size)
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "spack.yaml"
        environment.write_text(roots(300))
        tasks = {
            "stackbridge --help": [*ours, "--help"],
            f"check {largest.name}, all sites": [*ours, "check", str(largest)],
            "300 roots: spack.yaml to easystack": [*ours, "convert", str(environment), "-t", "easystack"],
            "300 roots: spack.yaml to manifest": [*ours, "convert", str(environment), "-t", "manifest"],
            "300 roots: spack.yaml to spack.yaml": [*ours, "convert", str(environment), "-t", "spack"],
            "lookup hdf5": [*ours, "lookup", "hdf5"],
        }  # fmt: skip
        for name, command in tasks.items():
            spent = seconds(command)
            print(f"{name:<46}{spent:8.2f} s   {spent / base:6.1f} x", flush=True)


if __name__ == "__main__":
    main()
