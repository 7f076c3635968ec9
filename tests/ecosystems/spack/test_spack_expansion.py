"""Environments expand to the roots that real Spack gives, group by group."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems import Context, Input
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.ecosystems.spack.reader import read

TESTS = Path(__file__).parents[2]
OWN = TESTS / "corpus" / "spack"
SHARED = TESTS.parents[1] / "shared" / "corpus"


def golden(name: str) -> dict[str, Any]:
    text = (TESTS / "golden" / "spack" / name).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["environments"]
    return found


def expanded(path: Path) -> dict[str, list[str]]:
    reading = read(Input(text=path.read_text(encoding="utf-8"), file=str(path)), Context())
    assert reading.stack is not None
    return {name: [canonical(p) for p in found] for name, found in roots(reading.stack).items()}


@pytest.mark.parametrize("name", sorted(golden("corpus_roots.json")))
def test_own_environments(name: str) -> None:
    assert expanded(OWN / name) == golden("corpus_roots.json")[name]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the corpus of real environments is not here")
@pytest.mark.parametrize(
    "name", sorted(k for k, v in golden("roots.json").items() if isinstance(v, dict) and v)
)
def test_real_environments(name: str) -> None:
    assert expanded(SHARED / name) == golden("roots.json")[name]
