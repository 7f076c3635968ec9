"""How long a lookup in the shipped catalog takes once it is imported; prints milliseconds.

python benchmarks/catalog_lookup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from stackbridge.catalog.lookup import Catalog, shipped_path

NAMES = ("GROMACS", "FFTW.MPI", "numpy", "libhdf5-dev", "OpenFOAM", "r-ggplot2", "python")


def first() -> float:
    """The first lookup of a fresh process, without the time of the import."""
    code = (
        "import time\nfrom stackbridge.catalog.lookup import Catalog\n"
        "t = time.perf_counter()\nCatalog.open().find('GROMACS')\n"
        "print(1000 * (time.perf_counter() - t))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    print(f"catalog: {shipped_path().stat().st_size / 1e6:.1f} MB")
    print(f"first lookup in a process: {statistics.median(first() for _ in range(5)):.2f} ms")
    for name in NAMES:
        times = []
        for _ in range(20):
            with Catalog.open() as catalog:
                start = time.perf_counter()
                catalog.search(name)
                times.append(1000 * (time.perf_counter() - start))
        print(f"{name:<14} {statistics.median(times):.2f} ms")
    with Catalog.open() as catalog:
        start = time.perf_counter()
        near = catalog.suggest("gromcas")
        print(f"suggestions    {1000 * (time.perf_counter() - start):.2f} ms: {', '.join(near)}")


if __name__ == "__main__":
    main()
