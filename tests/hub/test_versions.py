"""Versions and sets by example: what each text means and what is refused."""

from __future__ import annotations

import pytest

from stackbridge.hub.versions import ANY, NONE, Version, VersionSet


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=1.12,<2", ["1.12", "1.99.1", "2rc1"], ["1.11", "2", "2.0"]),
        ("=1.2", ["1.2", "1-2"], ["1.2.0", "1.2.9"]),
        ("==1.2", ["1.2"], ["1.2.1"]),
        ("1.14", ["1.14", "1.14.4-3"], ["1.140", "1.15", "1.1"]),
        ("1.14.*", ["1.14", "1.14.4-3"], ["1.15"]),
        ("!=1.3", ["1.2", "1.3.1"], ["1.3"]),
        ("!=1.3.*", ["1.2", "1.4"], ["1.3", "1.3.1"]),
        ("<=1.4", ["1.4", "1.3"], ["1.4.1"]),
        ("<=1.4.*", ["1.4", "1.4.9"], ["1.5"]),
        (">1.4", ["1.4.1", "1.5"], ["1.4"]),
        (">1.4.*", ["1.5"], ["1.4", "1.4.1"]),
        ("1.2 || >= 1.4 , < 1.6", ["1.2.3", "1.4", "1.5.9"], ["1.3", "1.6"]),
        ("*", ["0", "develop"], []),
    ],
)
def test_comparators(text: str, inside: list[str], outside: list[str]) -> None:
    found = VersionSet.parse(text)
    assert [v for v in inside if v not in found] == []
    assert [v for v in outside if v in found] == []


@pytest.mark.parametrize(
    "text", ["", ">=", "1.2,", "||", ">=1 <2", "1:2", "a b", "1.2;rm", "1" * 300]
)
def test_bad_comparators(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        VersionSet.parse(text)


@pytest.mark.parametrize("text", ["", "1.2,", "=", "1:2:3", "2:1", "1.2 1.3", "$(x)"])
def test_bad_ranges(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a version|is empty"):
        VersionSet.from_ranges(text)


@pytest.mark.parametrize(
    ("text", "comparators", "ranges"),
    [
        ("1.2:1.4", ">=1.2,<1.5", "1.2:1.4"),
        ("2023b:2024a", ">=2023b,<2024b", "2023b:2024a"),
        ("1.2", "1.2.*", "1.2"),
        ("=1.2,=1.4", "=1.2 || =1.4", "=1.2,=1.4"),
        (":develop", "<=develop.*", ":develop"),
        ("1.2,1.3", ">=1.2,<1.4", "1.2:1.3"),
    ],
)
def test_both_texts(text: str, comparators: str, ranges: str) -> None:
    found = VersionSet.from_ranges(text)
    assert (found.comparators(), found.ranges()) == (comparators, ranges)


@pytest.mark.parametrize("text", ["!=1.3", ">1.2", "<2.0", "<develop"])
def test_what_ranges_cannot_say(text: str) -> None:
    found = VersionSet.parse(text)
    assert found.ranges() is None
    assert found.comparators() == text
    assert NONE.comparators() is None


def test_prefix_is_not_exact() -> None:
    prefix, exact = VersionSet.from_ranges("1.2"), VersionSet.from_ranges("=1.2")
    assert exact < prefix
    assert (prefix.exact, exact.exact) == (None, Version("1.2"))
    assert prefix.prefixed == Version("1.2")


def test_git_references() -> None:
    pinned, free = Version("git.feature/x=1.2"), Version("git.main")
    assert Version("1.2") < pinned < Version("1.2.0")
    assert pinned in VersionSet.prefix("1.2")
    assert pinned not in VersionSet.exactly("1.2")
    assert free > Version("develop")
    assert free.is_branch
    assert not pinned.is_branch


def test_components() -> None:
    version = Version("4.8.5-foss-2020b")
    assert version.components == (4, 8, 5, "foss", 2020, "b")
    assert str(version.up_to(3)) == "4.8.5"
    assert str(version.up_to(-1)) == "4.8.5-foss-2020"
    assert str(Version("v2312").up_to(1)) == "v"
    assert Version("develop").is_branch
    assert Version("5.0.0rc1").is_prerelease
    with pytest.raises(ValueError, match="components"):
        version.up_to(0)


def test_any_and_none() -> None:
    assert ANY.is_any
    assert NONE.is_empty
    assert VersionSet.any() == ANY
    assert VersionSet.none() == NONE
    assert str(NONE) == "(none)"
    assert repr(VersionSet.prefix("1.2")) == "<VersionSet 1.2>"
