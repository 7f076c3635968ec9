"""`constrain`, `satisfies` and `intersects` answer as Spack does; its answers are recorded."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stackbridge.hub.merge import Conflict, constrain, intersects, satisfies
from stackbridge.hub.package import Package
from stackbridge.hub.shortform import parse

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "merge" / "spack.json").read_text(encoding="utf-8")
)
FIRSTS = sorted({row[0] for row in GOLDEN["rows"]})


@cache
def _package(text: str) -> Package:
    """Texts that mean the same in Spack and in the short form."""
    text = re.sub(r"(?<=[^\s+~])(\+\+|~~|/ab)", r" \1", text)
    return parse(text.replace("'", '"'))


def _sorted(package: Package) -> Package:
    """Without the order, which Spack does not keep."""
    return replace(
        package,
        features=tuple(
            replace(f, value=f.value if isinstance(f.value, bool) else tuple(sorted(f.value)))
            for f in sorted(package.features, key=lambda f: f.name)
        ),
        flags=tuple(
            sorted(
                (replace(f, value=v) for f in package.flags for v in f.value.split()),
                key=lambda f: f.value,
            )
        ),
        dependencies=tuple(
            sorted(
                (replace(d, package=_sorted(d.package)) for d in package.dependencies),
                key=lambda d: str(d.package.name),
            )
        ),
    )


@pytest.mark.parametrize("first", FIRSTS)
def test_answers_are_spacks(first: str) -> None:
    rows = [row for row in GOLDEN["rows"] if row[0] == first]
    assert len(rows) == len(FIRSTS)
    for a, b, merged, satisfied, intersecting in rows:
        x, y = _package(a), _package(b)
        if merged is None:
            with pytest.raises(Conflict):
                constrain(x, y)
        else:
            found = constrain(x, y)
            if merged.endswith("target="):  # beside an os, Spack doesn't print ranges
                found, merged = replace(found, target=None), merged.removesuffix("target=")
            assert _sorted(found) == _sorted(_package(merged)), (a, b)
        if x.target and y.target:  # Spack is content with an overlap; here all must be inside
            assert satisfied or not satisfies(x, y), (a, b)
        else:
            assert satisfies(x, y) is satisfied, (a, b)
        assert intersects(x, y) is intersecting, (a, b)
