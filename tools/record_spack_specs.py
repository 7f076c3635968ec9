"""Record what real Spack says of spec strings: run with `spack python THIS ...`.

    spack python tools/record_spack_specs.py canonical TEXTS.json OUT.json
    spack python tools/record_spack_specs.py relations TEXTS.json OUT.json

`canonical`: a list of texts -> {text: str(Spec(text)) or null where Spack refuses it}.
`relations`: a list of pairs -> rows of [a, b, satisfies, intersects, constrained or null],
without the package repository (no virtual is resolved).
"""

# ruff: noqa: SLF001 (without the repository, which only private methods allow)
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def canonical(texts: list[str]) -> dict[str, str | None]:
    """Each text as Spack prints it."""
    from spack.spec import Spec

    found: dict[str, str | None] = {}
    for text in texts:
        try:
            found[text] = str(Spec(text))
        except Exception:
            found[text] = None
    return found


def relations(pairs: list[list[str]]) -> list[list[Any]]:
    """What holds between the two specs of each pair."""
    from spack.spec import Spec

    rows: list[list[Any]] = []
    for a, b in pairs:
        try:
            left, right = Spec(a), Spec(b)
            satisfies = left._satisfies(right, resolve_virtuals=False)
            intersects = left._intersects(right, resolve_virtuals=False)
        except Exception:
            continue
        merged: str | None
        try:
            left._constrain(right, resolve_virtuals=False)
            merged = str(left)
        except Exception:
            merged = None
        rows.append([a, b, satisfies, intersects, merged])
    return rows


def main() -> None:
    """Read the command line."""
    what, source, target = sys.argv[1:4]
    data = json.loads(Path(source).read_text(encoding="utf-8"))
    answer: Any = canonical(data) if what == "canonical" else relations(data)
    Path(target).write_text(json.dumps(answer, indent=0, ensure_ascii=False) + "\n", "utf-8")


main()
