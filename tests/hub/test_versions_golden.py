"""The order and the sets agree with the tools: Spack's answers are recorded, EasyBuild's live."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from stackbridge.hub.versions import Version, VersionSet

GOLDEN = Path(__file__).parents[1] / "golden" / "versions"
SPACK: dict[str, Any] = json.loads((GOLDEN / "spack.json").read_text(encoding="utf-8"))


def test_order_is_spacks() -> None:
    order = [Version(same[0]) for same in SPACK["order"]]
    assert len(order) > 400
    assert sorted(order) == order
    for a, b in itertools.pairwise(order):
        assert a < b, (a, b)
        assert a != b


def test_equal_versions_are_spacks_and_hash_alike() -> None:
    groups = [same for same in SPACK["order"] if len(same) > 1]
    assert groups
    for same in groups:
        assert len({Version(text) for text in same}) == 1, same


@pytest.mark.parametrize(("text", "members"), SPACK["members"], ids=lambda value: str(value)[:20])
def test_members_are_spacks(text: str, members: list[str]) -> None:
    found = VersionSet.from_ranges(text)
    assert [same[0] for same in SPACK["order"] if same[0] in found] == members


def test_algebra_is_spacks() -> None:
    assert len(SPACK["algebra"]) > 1000
    for a, b, common, subset, intersects, union in SPACK["algebra"]:
        x, y = VersionSet.from_ranges(a), VersionSet.from_ranges(b)
        expected = VersionSet.from_ranges(common) if common else VersionSet.none()
        assert (x & y) == expected, (a, b)
        assert (x | y) == VersionSet.from_ranges(union), (a, b)
        assert x.intersects(y) is intersects, (a, b)
        assert (x <= y) is subset, (a, b)


def test_text_is_spacks() -> None:
    for text, canonical in SPACK["canonical"]:
        assert VersionSet.from_ranges(text).ranges() == canonical


_EASYBUILD = (
    ["1.2", "1.2.1", "1.3", "1.10", "2.0", "develop"],
    ["2022a", "2022b", "2023a", "2023b", "2024a", "2025b"],
    ["1.1.1k", "1.1.1w", "3.0"],
    ["9b", "9d", "9e"],
    ["4.7.4", "4.8.5", "4.8.5-2", "4.9"],
    ["1.14.4-2", "1.14.4-3", "1.14.5"],
    ["2.7.11b", "2.7.11c", "2.7.12"],
    ["v2306", "v2312", "v2406"],
    ["R2023b", "R2024a"],
    ["20240207", "20250101"],
)


@pytest.mark.parametrize("ascending", _EASYBUILD, ids=lambda row: row[0])
def test_order_is_easybuilds_where_both_agree(ascending: list[str]) -> None:
    loose = pytest.importorskip("easybuild.tools.loose_version").LooseVersion
    for a, b in itertools.pairwise(ascending):
        assert loose(a) < loose(b)
        assert Version(a) < Version(b)


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("5.0.0rc1", "5.0.0"), ("main", "develop"), ("1.2b", "1.2.1")],
)
def test_known_differences_from_easybuild(lower: str, higher: str) -> None:
    """EasyBuild has no prereleases and no branches: the hub keeps Spack's order."""
    loose = pytest.importorskip("easybuild.tools.loose_version").LooseVersion
    assert Version(lower) < Version(higher)
    assert not loose(lower) < loose(higher)
