"""The report as text: 80 columns, no color needed, no control characters."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from stackbridge.reports.terminal import key_of, render_check

GOLDEN = Path(__file__).parent.parent / "golden" / "check" / "terminal.txt"


def many(view: dict[str, Any], count: int) -> dict[str, Any]:
    wide = copy.deepcopy(view)
    wide["sites"] = [
        {**copy.deepcopy(view["sites"][i % 5]), "site": f"site{i:02}"} for i in range(count)
    ]
    wide["summary"] = [
        {"site": row["site"], "partition": "cpu", "name": "x", "verdict": row["verdict"]}
        for row in wide["sites"]
    ]
    return wide


def test_the_table_is_as_it_was(view: dict[str, Any]) -> None:
    assert render_check(view) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [1, 3, 5, 23, 60])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_80(view: dict[str, Any], count: int, verbose: bool) -> None:
    text = render_check(many(view, count), verbose=verbose)
    assert max(len(line) for line in text.splitlines()) <= 80
    for i in range(count):
        assert f"site{i:02}/cpu" in text


def test_23_sites_fit_beside_each_other(view: dict[str, Any]) -> None:
    text = render_check(many(view, 23))
    header = next(line for line in text.splitlines() if line.startswith("package"))
    assert header.split()[1:] == [key_of(i) for i in range(23)]


def test_words_carry_the_meaning(view: dict[str, Any]) -> None:
    text = render_check(view)
    assert "\x1b" not in text
    for word in ("ready", "buildable", "changes-needed", "unknown", "blocked"):
        assert word in text
    assert "use cray-mpich" in text


def test_color_only_repeats_it(view: dict[str, Any]) -> None:
    colored = render_check(view, color=True)
    assert "\x1b[" in colored
    bare = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in bare.splitlines()] == render_check(view).splitlines()


def test_verbose_tells_sources(view: dict[str, Any]) -> None:
    assert "github:us/config (2026)" in render_check(view, verbose=True)
    assert "github:us/config (2026)" not in render_check(view)


def test_hostile_names_do_not_steer_the_terminal(hostile_view: dict[str, Any]) -> None:
    text = render_check(hostile_view, verbose=True)
    assert "\x1b" not in text
    assert "\x00" not in text


def test_keys() -> None:
    assert [key_of(i) for i in (0, 25, 26, 27)] == ["a", "z", "aa", "ab"]
