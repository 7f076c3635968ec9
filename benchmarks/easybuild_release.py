"""Reading and resolving a release of easyconfigs, beside bare Python and beside `eb` itself.

    python benchmarks/easybuild_release.py [--easystacks DIR] [--names]

Whole processes, clock and CPU seconds, one after the other in one run; the ratios are what
counts. `--easystacks` names a directory of easystacks whose easyconfigs are resolved all at
once; with `--names` the same is given to `eb` (five minutes). Needs EasyBuild 5.4.1 beside
this Python.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
EASYCONFIGS = Path(sys.prefix) / "easybuild" / "easyconfigs"
EB = Path(sys.executable).parent / "eb"
PROGRAMS = (
    "GROMACS-2024.4-foss-2024a.eb",
    "TensorFlow-2.18.1-foss-2024a.eb",
    "PyTorch-2.9.1-foss-2024a-CUDA-12.6.0.eb",
    "OpenFOAM-v2412_250814-foss-2024a.eb",
)
PARSE = """
import ast, pathlib, sys, warnings
warnings.simplefilter("ignore")
for path in sorted(pathlib.Path(sys.argv[1]).glob("*/*/*.eb")):
    with open(path, encoding="utf-8") as stream:
        ast.parse(stream.read())
"""
OPEN = """
import sys
from stackbridge.ecosystems.easybuild.index import Index
index = Index.open([sys.argv[1]], cache=sys.argv[2])
assert len(index) == 11896 and index.find("GROMACS") and not index.problems
"""
SHIPPED = """
from stackbridge.ecosystems.easybuild.index import Index
assert Index.open().find("GROMACS")
"""


class Spent(NamedTuple):
    """Clock seconds, CPU seconds of the process and its children, largest memory in MB."""

    clock: float
    cpu: float
    memory: float


def run(command: list[str], environment: dict[str, str]) -> Spent:
    """One process from its start to its end."""
    with tempfile.TemporaryFile() as sink:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env=environment, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sink.seek(0)
            raise SystemExit(f"{command[:4]} failed:\n{sink.read().decode()[-2000:]}")
    return Spent(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def best(command: list[str], environment: dict[str, str], times: int) -> Spent:
    """The quickest of some runs, by clock and by CPU."""
    found = [run(command, environment) for _ in range(times)]
    return Spent(*(min(column) for column in zip(*found, strict=True)))


def show(what: str, spent: Spent, other: Spent | None = None, *, faster: bool = False) -> None:
    """One line; the ratio to `other` by clock and by CPU."""
    line = f"{what:46}{spent.clock:9.2f} s {spent.cpu:9.2f} s CPU {spent.memory:7.0f} MB"
    if other is not None:
        clock, cpu = spent.clock / other.clock, spent.cpu / other.cpu
        if faster:
            clock, cpu = 1 / clock, 1 / cpu
        line += f"   {clock:6.2f}x by clock {cpu:6.2f}x by CPU"
    print(line, flush=True)


def names_in(directory: str) -> list[str]:
    """File names of easyconfigs in all easystacks below a directory that the release has."""
    known = {path.name for path in EASYCONFIGS.glob("*/*/*.eb")}
    found: dict[str, None] = {}
    for path in sorted(Path(directory).rglob("*.y*ml")):
        for name in re.findall(r"^\s*-\s+[\"']?(\S+?)[\"']?:?\s*$", path.read_text(), re.MULTILINE):
            base = name.rpartition("/")[2]
            base = base if base.endswith(".eb") else f"{base}.eb"
            if base in known:
                found[base] = None
    return list(found)


def main() -> None:
    """Print one line a task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--easystacks", metavar="DIR")
    parser.add_argument("--names", action="store_true", help="eb resolves all names as well")
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    robot = str(EASYCONFIGS)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "EASYBUILD_PREFIX": f"{folder}/eb",
            "EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES": "1",
        }
        tool = Path("/usr/share/lmod/lmod/libexec/lmod")
        if tool.exists():
            environment |= {"LMOD_CMD": str(tool), "EASYBUILD_MODULES_TOOL": "Lmod"}
        python = [sys.executable, "-c"]
        parse = best([*python, PARSE, robot], environment, asked.times)
        show("read and ast.parse, one process", parse)
        cold = [
            run([*python, OPEN, robot, f"{folder}/{n}"], environment) for n in range(asked.times)
        ]
        quickest = Spent(*(min(column) for column in zip(*cold, strict=True)))
        show("cold: evaluate and index", quickest, parse)
        show("warm: open the index", best([*python, OPEN, robot, f"{folder}/0"], environment, 5))
        show("the shipped index", best([*python, SHIPPED], environment, 5))
        ours = [
            sys.executable,
            "-m",
            "stackbridge.ecosystems.easybuild.resolving.robot",
            "--robot",
            robot,
        ]
        theirs = [str(EB), f"--robot={robot}", "-D"]
        for name in PROGRAMS:
            reference = best([*theirs, name], environment, asked.times)
            show(f"eb -D --robot {name}"[:46], reference)
            show("  ours", best([*ours, name], environment, asked.times), reference, faster=True)
        if asked.easystacks:
            names = names_in(asked.easystacks)
            mine = best([*ours, *names], environment, asked.times)
            if asked.names:
                reference = run([*theirs, *names], environment)
                show(f"eb -D --robot, {len(names)} names", reference)
                show("  ours", mine, reference, faster=True)
            else:
                show(f"ours, {len(names)} names", mine)


if __name__ == "__main__":
    main()
