"""A Spack environment or manifest to an easystack: where the time goes, in one run.

    python benchmarks/easystack.py [SOURCE]

SOURCE is a spack.yaml or a manifest; without it E4S of `../shared`, or the largest recipe. The
ratio is against reading and parsing the shipped index with bare Python, in the same process.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
E4S = ROOT.parent / "shared" / "corpus" / "spack-stacks" / "e4s" / "spack.yaml"


def main() -> None:
    start = time.process_time()
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import Context, Input, format_named
    from stackbridge.ecosystems.easybuild.choosing import translation
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release

    recipes = sorted((ROOT / "recipes").glob("*.yaml"), key=lambda path: path.stat().st_size)
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else E4S if E4S.exists() else recipes[-1]
    reader = format_named("spack" if path.name == "spack.yaml" else "manifest").load_reader()
    times = {"imports": time.process_time() - start}

    def timed(name: str, since: float) -> float:
        times[name] = time.process_time() - since
        return time.process_time()

    now = time.process_time()
    data = (ROOT / "stackbridge" / "data" / "easybuild-index.json.gz").read_bytes()
    json.loads(gzip.decompress(data))
    now = timed("bare reading of the index", now)
    stack = reader.read(
        Input(text=path.read_text(encoding="utf-8"), file=path.name), Context()
    ).stack
    assert stack is not None
    now = timed("reading the stack", now)
    release = open_release(Context())
    now = timed("opening the index", now)
    release.generations()
    now = timed("deriving the generations", now)
    plan = translation.translate(stack, release, Catalog.open())
    timed("choosing", now)
    print(f"{path.parent.name}/{path.name}: {len(plan.delivered)} packages, {plan.generation}")
    print(
        "  " + ", ".join(f"{n} {how}" for how, n in Counter(r.how for r in plan.delivered).items())
    )
    for name, seconds in times.items():
        print(f"  {name:28} {seconds:6.2f} s CPU")
    whole = sum(times.values()) - times["imports"] - times["bare reading of the index"]
    print(f"  whole, after imports         {whole:6.2f} s CPU")
    print(f"  against bare reading         {whole / times['bare reading of the index']:6.1f} x")


if __name__ == "__main__":
    main()
