"""Read and expand an environment, beside a bare YAML load of the same text.

    python benchmarks/spack_environments.py [SPACK.YAML]

Without a file, one with 300 roots is made up. Prints seconds of CPU and ratios; with
SPACK_ROOT, what real Spack needs for the same expansion.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from stackbridge.ecosystems import Context, Input
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write


def made_up() -> str:
    """An environment of 300 roots, half of them from a matrix."""
    names = [f"package{n}@{n % 9}.{n % 7}: +mpi~cuda api=v{n % 5} ^zlib@1.3" for n in range(150)]
    plain = "".join(f"  - '{name}'\n" for name in names)
    row = ", ".join(f"other{n} +shared" for n in range(50))
    matrix = f"  - matrix:\n    - [{row}]\n    - ['%gcc@12', '%gcc@13', '%llvm@18']\n"
    return f"spack:\n  specs:\n{plain}{matrix}"


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Read the command line."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8") if len(sys.argv) > 1 else made_up()
    source = Input(text=text, file="spack.yaml")
    bare = seconds(lambda: yaml.safe_load(text))
    start = time.process_time()
    reading = read(source, Context())
    first = time.process_time() - start  # nothing of it is cached yet
    assert reading.stack is not None
    stack = reading.stack
    expand = seconds(lambda: roots(stack))
    count = sum(map(len, roots(stack).values()))
    back = seconds(lambda: write(reading, Context()))
    print(f"{count} roots; yaml.safe_load {bare:.3f} s")
    for name, figure in (("read", first), ("expand", expand), ("write", back)):
        print(f"{name}: {figure:.3f} s ({figure / bare:.1f} x yaml.safe_load)")
    if "SPACK_ROOT" in os.environ:
        script = Path(__file__).parents[1] / "tools" / "record_spack_roots.py"
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "spack.yaml").write_text(text, encoding="utf-8")
            program = str(Path(os.environ["SPACK_ROOT"]) / "bin" / "spack")
            before = os.times()
            subprocess.run(
                [program, "python", str(script), directory, f"{directory}/out.json"], check=True
            )
            after = os.times()
        used = sum(after[2:4]) - sum(before[2:4])
        ours = first + expand
        print(f"real Spack, the same with its start: {used:.3f} s ({used / ours:.1f} x ours)")


if __name__ == "__main__":
    main()
