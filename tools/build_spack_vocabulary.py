"""Write stackbridge/data/spack-vocabulary.json.gz from a Spack package repository.

    python tools/build_spack_vocabulary.py REPOSITORY NAME

NAME says what was read, such as `spack-packages 1e8cf05`. Lists of values that several
variants share are stored once, by number.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.spack.index import open_index
from stackbridge.ecosystems.spack.vocabulary import conditional_of, on_of, values_of


def main() -> None:
    """Read the command line."""
    index = open_index([sys.argv[1]], None)
    values: dict[str, int] = {}
    packages: dict[str, dict[str, Any]] = {}
    conditional: dict[str, list[str]] = {}
    defaults: dict[str, list[str]] = {}
    for name in index.names():
        own: dict[str, Any] = {}
        for variant, allowed in (values_of(index, name) or {}).items():
            if isinstance(allowed, list):
                own[variant] = values.setdefault(json.dumps(allowed), len(values) + 2)
            else:
                own[variant] = allowed
        packages[name] = own
        if only := conditional_of(index, name):
            conditional[name] = list(only)
        if on := on_of(index, name):
            defaults[name] = list(on)
    answer = {
        "source": sys.argv[2],
        "values": [None, True, *(json.loads(text) for text in values)],
        "packages": packages,
        "conditional": conditional,
        "on": defaults,
        "virtuals": list(index.virtuals()),
    }
    target = Path(__file__).parents[1] / "stackbridge" / "data" / "spack-vocabulary.json.gz"
    text = json.dumps(answer, separators=(",", ":"))
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(packages)} packages, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
