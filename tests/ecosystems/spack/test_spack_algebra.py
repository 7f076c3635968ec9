"""constrain, satisfies and intersects against real Spack, on generated pairs of specs."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems.spack.language.algebra import constrain, intersects, satisfies
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.ecosystems.spack.language.spec import parse
from stackbridge.errors import InputError
from stackbridge.hub.merge import Conflict

TESTS = Path(__file__).parents[2]
ROWS: list[list[Any]] = json.loads(
    (TESTS / "golden" / "spack" / "relations.json").read_text(encoding="utf-8")
)["rows"]

# Where we differ on purpose, because Spack loses what was said: a target range merged into
# an architecture without target becomes empty; what a dependency named twice depends on
# itself is dropped at its second mention.
EMPTY_TARGET = re.compile(r"target=(?=[ /]|$)")
NAMES = re.compile(r"[\^%=\] ]([de]|gcc|clang)\b")


def twice(text: str) -> bool:
    """Whether a dependency is named twice."""
    names = NAMES.findall(text)
    return len(names) != len(set(names))


def both(a: str, b: str) -> str | None:
    try:
        return canonical(constrain(parse(a), parse(b)))
    except Conflict:
        return None


def wrong(rows: list[list[Any]]) -> list[Any]:
    found: list[Any] = []
    for a, b, want_satisfies, want_intersects, merged in rows:
        if twice(a) or twice(b):
            continue
        left, right = parse(a), parse(b)
        if satisfies(left, right) != want_satisfies:
            found.append(("satisfies", a, b, want_satisfies))
        if intersects(left, right) != want_intersects:
            found.append(("intersects", a, b, want_intersects))
        if not (merged and EMPTY_TARGET.search(merged)) and both(a, b) != merged:
            found.append(("constrain", a, b, merged, both(a, b)))
    return found


def test_recorded_pairs() -> None:
    assert len(ROWS) > 2000
    assert sum(row[2] for row in ROWS) > 300
    assert sum(not row[3] for row in ROWS) > 300
    assert wrong(ROWS) == []


def test_most_recorded_pairs_are_compared() -> None:
    assert sum(twice(a) or twice(b) for a, b, *_ in ROWS) < len(ROWS) / 5


def test_toolchains_expand_to_conditional_edges() -> None:
    from stackbridge.ecosystems.spack.language.toolchains import expand_toolchains

    chains = {"site": [{"spec": "%c=gcc@12", "when": "%c"}], "bad": "^gcc"}
    expanded = expand_toolchains(parse("zlib %site"), chains)
    assert canonical(expanded) == "zlib %[when='%c'] c=gcc@12"
    with pytest.raises(InputError, match=r"toolchain `bad` has a `\^`"):
        expand_toolchains(parse("zlib %bad"), chains)
    for wrong in ([{"spec": "%gcc@12"}, {"spec": "%gcc@13"}], [{"spec": "%gcc", "when": 3}], [3]):
        with pytest.raises(InputError, match="the toolchain `t`"):
            expand_toolchains(parse("zlib %t"), {"t": wrong})


@pytest.mark.skipif("SPACK_ROOT" not in os.environ, reason="needs real Spack (SPACK_ROOT)")
def test_fresh_pairs(tmp_path: Path) -> None:
    texts = sorted({text for row in ROWS for text in row[:2]})
    chosen = random.Random(os.urandom(8))
    pairs = [[chosen.choice(texts), chosen.choice(texts)] for _ in range(3000)]
    source, target = tmp_path / "pairs.json", tmp_path / "rows.json"
    source.write_text(json.dumps(pairs), encoding="utf-8")
    script = TESTS.parent / "tools" / "record_spack_specs.py"
    spack = Path(os.environ["SPACK_ROOT"]) / "bin" / "spack"
    command = [str(spack), "python", str(script), "relations", str(source), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    assert wrong(json.loads(target.read_text(encoding="utf-8"))) == []
