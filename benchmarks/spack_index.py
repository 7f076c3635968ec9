"""How long the index of a Spack package repository takes, beside Python's parser and Spack.

    python benchmarks/spack_index.py REPOSITORY

Prints ratios measured in this run: cold index against a bare `ast.parse` of the same files
(both on all cores), warm opening in seconds, memory of the largest process, and, where
SPACK_ROOT is set, against Spack's own export of the same directives.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_PARSE = """
import ast, sys
for path in sys.stdin.read().split("\\n"):
    with open(path, encoding="utf-8") as file:
        ast.parse(file.read())
"""
_OURS = """
import sys
from stackbridge.ecosystems.spack.index import open_index
index = open_index([sys.argv[1]], sys.argv[2])
print(len(index), len(index.incomplete()))
"""
_SPACK = """
import spack.repo
count = 0
for cls in spack.repo.PATH.all_package_classes():
    for parts in (cls.versions, cls.variants, cls.dependencies, cls.provided, cls.conflicts,
                  cls.requirements, cls.licenses, cls.patches, cls.resources, cls.extendees):
        count += len(parts)
print(count)
"""


def _timed(commands: list[list[str]], inputs: list[str] | None = None) -> tuple[float, float, str]:
    """Run the commands at once: seconds on the clock, seconds of CPU, output of the first."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    running = [
        subprocess.Popen(c, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for c in commands
    ]
    if inputs is not None:
        for process, text in zip(running, inputs, strict=True):
            assert process.stdin is not None
            process.stdin.write(text)
            process.stdin.close()
            process.stdin = None
    output = ""
    for process in running:
        found, _ = process.communicate()
        output = output or found.strip()
        if process.returncode:
            sys.exit(f"{process.args!r} failed")
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, output


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path, help="directory with repo.yaml")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many is taken")
    options = parser.parse_args()
    files = sorted(map(str, options.repository.glob("packages/*/package.py")))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    parts = ["\n".join(files[i::cores]) for i in range(cores)]
    parse = cold = (float("inf"), float("inf"), "")
    warm = float("inf")
    for _ in range(options.rounds):
        parse = min(parse, _timed([[sys.executable, "-c", _PARSE]] * cores, parts))
        with tempfile.TemporaryDirectory() as cache:
            command = [sys.executable, "-c", _OURS, str(options.repository), cache]
            cold = min(cold, _timed([command]))
            warm = min(warm, _timed([command])[0])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{len(files)} files, {cores} cores; packages and incomplete ones: {cold[2]}")
    print(f"bare ast.parse    {parse[0]:6.2f} s on the clock, {parse[1]:6.2f} s of CPU")
    print(f"index, cold       {cold[0]:6.2f} s on the clock, {cold[1]:6.2f} s of CPU")
    print(f"index, warm       {warm:6.2f} s on the clock, Python's own start included")
    print(f"largest process   {peak:6.0f} MB")
    print(f"cold / ast.parse  {cold[0] / parse[0]:6.2f} clock, {cold[1] / parse[1]:6.2f} CPU")
    root = os.environ.get("SPACK_ROOT")
    if root:
        spack = str(Path(root) / "bin" / "spack")
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write(_SPACK)
            script.flush()
            theirs = _timed([[spack, "python", script.name]])
        print(f"Spack's classes   {theirs[0]:6.2f} s on the clock, {theirs[1]:6.2f} s of CPU")
        print(f"Spack / cold      {theirs[0] / cold[0]:6.2f} clock, {theirs[1] / cold[1]:6.2f} CPU")


if __name__ == "__main__":
    main()
