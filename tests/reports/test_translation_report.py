"""The report of a translation: data, page, Markdown."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from stackbridge.cli.app import cli
from stackbridge.ecosystems import Delivered
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Stack
from stackbridge.reports.translation import translation_view
from stackbridge.reports.translation_pages import render_html, render_markdown

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas/translation.schema.json").read_text())
HOSTILE = "<script>alert(1)</script>\"'&`|\x1b[31m\n"


def view(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "source": "s.yaml",
        "source_format": "spack",
        "target_format": "easystack",
        "main": "easystack.yaml",
        "stack": None,
        "delivered": (
            Delivered(
                subject="hdf5 +mpi", how="exact", name="HDF5", version="1.14", evidence="HDF5.eb"
            ),
            Delivered(subject="nope", how="lost", place=Place(line=4)),
        ),
        "notices": (
            Notice(
                code=Code.PACKAGE_LOST,
                subject="nope",
                what="left out",
                why="unknown",
                where=Place(line=4),
            ),
            Notice(code=Code.TOOLCHAIN_CHOSEN, subject="foss-2024a", what="chosen", why="best"),
        ),
    }
    return translation_view(**{**given, **changes})


def test_the_data_fit_their_schema_and_add_up() -> None:
    data = view()
    jsonschema.validate(data, SCHEMA)
    summary = data["summary"]
    assert (summary["asked"], summary["exact"], summary["lost"]) == (2, 1, 1)
    assert sum(count for how, count in summary.items() if how != "asked") == summary["asked"]
    assert data["packages"][1]["notices"] == [0]
    assert data["packages"][0]["package"] == "hdf5"


def test_without_counts_the_notices_judge() -> None:
    place = Place(file="s", line=3)
    stack = Stack(name="s", entries=(Package(name="a", place=place), Package(name="b")))
    lost = Notice(code=Code.FEATURE_LOST, subject="a", what="w", why="y", where=place)
    data = view(stack=stack, delivered=(), notices=(lost,))
    jsonschema.validate(data, SCHEMA)
    assert [row["how"] for row in data["packages"]] == ["approximated", "exact"]


class Tags(HTMLParser):
    """Which tags and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def hostile() -> dict[str, Any]:
    return view(
        source=HOSTILE,
        delivered=(
            Delivered(
                subject=HOSTILE, how="exact", name=HOSTILE, version=HOSTILE, evidence=HOSTILE
            ),
        ),
        notices=(
            Notice(
                code=Code.SETTING_LOST, subject=HOSTILE, what=HOSTILE, why=HOSTILE, instead=HOSTILE
            ),
        ),
    )


def test_the_page_is_inert_and_whole() -> None:
    page = render_html(hostile())
    found = Tags()
    found.feed(page)
    assert found.tags.count("script") == 1
    assert "alert(1)</script>" not in page
    assert "\x1b" not in page
    assert not [
        value
        for name, value in found.attributes
        if name in ("src", "href") and value and value[0] != "#"
    ]
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    for needed in ("h1", "main", "caption", "label"):
        assert needed in found.tags
    assert ("lang", "en") in found.attributes


def test_markdown_says_the_same_and_is_inert() -> None:
    text = render_markdown(hostile())
    assert "<script>" not in text
    assert "\x1b" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all(line.replace("\\|", "").count("|") == 5 for line in rows)
    assert "2 packages asked for: 1 exact, 1 lost." in render_markdown(view())


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_on_the_command_line(ending: str, tmp_path: Path) -> None:
    report = tmp_path / f"r.{ending}"
    source = ROOT / "recipes" / "climate-io.yaml"
    done = CliRunner().invoke(
        cli,
        [
            "convert",
            str(source),
            "-t",
            "easystack",
            "-o",
            str(tmp_path / "e.yaml"),
            "--report",
            str(report),
        ],
    )
    assert done.exit_code == 0, done.output
    text = report.read_text()
    assert "netcdf" in text
    if ending == "json":
        data = json.loads(text)
        jsonschema.validate(data, SCHEMA)
        assert data["summary"]["asked"] == len(data["packages"]) > 3
        assert any(row["identity"] for row in data["packages"])


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    arguments = ["convert", "-", "-t", "manifest", "--report", str(report)]
    text = "stackbridge: 1\nname: small\npackages: [zlib]\n"
    done = CliRunner().invoke(cli, arguments, input=text)
    assert done.exit_code == 0, done.output
    assert json.loads(report.read_text())["summary"]["asked"] == 1


def test_another_ending_is_refused_before_any_work(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["convert", "-", "-t", "manifest", "--report", "x.pdf"])
    assert done.exit_code != 0
