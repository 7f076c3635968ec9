"""The translation report: its data, its page, its Markdown, and the command that writes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
from stackbridge.reports.advice import advice
from stackbridge.reports.translation import Conversion, Side, rows_of, translation_view
from stackbridge.reports.translation_markdown import render_markdown
from stackbridge.reports.translation_pages import render_html

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas/translation.schema.json").read_text())
HOSTILE = "<script>alert(1)</script>\"'&`|\x1b[31m\n"
FILES = {"easystack.yaml": "easyconfigs: []\n", "easyconfigs/f/flimsy/flimsy-1.3.eb": "#\n"}
DELIVERED = (
    Delivered(subject="hdf5 +mpi", how="exact", name="HDF5", version="1.14", evidence="HDF5.eb"),
    Delivered(
        subject="flimsy",
        how="generated",
        kinds=("step-skipped",),
        name="flimsy",
        version="1.3",
        evidence="flimsy-1.3.eb",
    ),
    Delivered(subject="nope", how="lost", kinds=("package-lost",), place=Place(line=4)),
)
NOTICES = (
    Notice(code=Code.PACKAGE_LOST, subject="nope", what="left out", why="unknown",
           where=Place(line=4)),
    Notice(code=Code.TOOLCHAIN_CHOSEN, subject="foss-2024a", what="chosen", why="best"),
    Notice(code=Code.STEP_SKIPPED, subject="flimsy", what="a patch is left out", why="no place",
           instead="copy it"),
    Notice(code=Code.PACKAGE_GENERATED, subject="deeper", what="generated", why="none there"),
)  # fmt: skip


def view(
    delivered: Sequence[Delivered] = DELIVERED,
    notices: Sequence[Notice] = NOTICES,
    stack: Stack | None = None,
    *,
    name: str = "s.yaml",
    evidence: dict[str, Any] | None = None,
    error: str = "",
) -> dict[str, Any]:
    one = Conversion(
        source=name,
        rows=rows_of(stack, delivered, notices),
        notices=tuple(notices),
        files=tuple(FILES),
    )
    failed = (Conversion(source="bad.yaml", error=error),) if error else ()
    return translation_view(
        version="1",
        source=Side(name=name, format="spack", title="Spack environment"),
        target=Side(name="out/", format="easystack", title="EasyBuild easystack"),
        conversions=(one, *failed),
        files=FILES,
        evidence=lambda _names, asked, _delivered: (
            evidence if asked in ("hdf5", HOSTILE.partition(">")[0]) else None
        ),
    )


PROOF = {"tier": "checksum", "against": "spack:hdf5", "count": 3, "detail": "hdf5-1.14.tar.gz"}


def test_the_data_fit_their_schema_and_add_up() -> None:
    data = view(evidence=PROOF)
    jsonschema.validate(data, SCHEMA)
    summary = data["summary"]
    assert summary == {"asked": 3, "exact": 1, "bundle": 0, "generated": 1, "approximated": 0,
                       "lost": 1, "attention": 2}  # fmt: skip
    assert [row["notices"] for row in data["packages"]] == [[], [2], [0]]
    assert [row["path"] for row in data["packages"]] == [
        "", "easyconfigs/f/flimsy/flimsy-1.3.eb", "",
    ]  # fmt: skip
    assert data["packages"][0]["package"] == "hdf5"
    assert data["packages"][0]["evidence"] == PROOF
    assert data["codes"]["step-skipped"]["count"] == 1


def test_several_sources_keep_their_notices() -> None:
    parts = [
        Conversion(source=name, rows=rows_of(None, DELIVERED, NOTICES), notices=NOTICES)
        for name in ("a", "b")
    ]
    side = Side(name="x", format="spack")
    data = translation_view(version="1", source=side, target=side, conversions=parts, files={})
    assert [row["notices"] for row in data["packages"]] == [[], [2], [0], [], [6], [4]]
    assert [row["source"] for row in data["packages"]] == ["a", "a", "a", "b", "b", "b"]
    assert "data-from" in render_html(data)


def test_a_recipe_is_found_among_the_files_of_its_own_source() -> None:
    row = Delivered(subject="a", how="generated", name="a", evidence="repo/packages/a/package.py")
    other = Delivered(subject="b", how="exact", name="b", evidence="packages/b/package.py")
    parts = [
        Conversion(
            source=name,
            rows=rows_of(None, [row, other], ()),
            files=(f"{name}/repo/packages/a/package.py", f"{name}/repo/packages/c/package.py"),
        )
        for name in ("one", "two")
    ]
    side = Side(name="x", format="spack")
    data = translation_view(version="1", source=side, target=side, conversions=parts, files={})
    assert [row["path"] for row in data["packages"]] == [
        "one/repo/packages/a/package.py", "", "two/repo/packages/a/package.py", "",
    ]  # fmt: skip


def test_without_counts_the_notices_judge() -> None:
    place = Place(file="s", line=3)
    stack = Stack(name="s", entries=(Package(name="a", place=place), Package(name="b")))
    lost = Notice(code=Code.FEATURE_LOST, subject="a", what="w", why="y", where=place)
    data = view((), (lost,), stack)
    jsonschema.validate(data, SCHEMA)
    assert [row["how"] for row in data["packages"]] == ["approximated", "exact"]
    gone = Notice(code=Code.PACKAGE_LOST, subject="b", what="w", why="y")
    assert [row["how"] for row in view((), (lost, gone), stack)["packages"]] == [
        "approximated", "lost",
    ]  # fmt: skip


def test_a_row_finds_the_notices_that_its_kinds_name() -> None:
    """By the output's name; at the first of two requests; on the parts of a bundle, by the line."""
    delivered = [
        Delivered(subject="LAMMPS", how="approximated", kinds=("version-approximated",),
                  name="lammps", place=Place(line=1)),
        Delivered(subject="dbcsr", how="generated", kinds=("step-skipped",), name="DBCSR",
                  place=Place(line=2)),
        Delivered(subject="foss", how="approximated", kinds=("version-approximated",),
                  name="gcc, openmpi", place=Place(line=3)),
        Delivered(subject="a", how="approximated", kinds=("feature-lost",), place=Place(line=4)),
        Delivered(subject="b", how="exact", place=Place(line=4)),
    ]  # fmt: skip
    notices = [
        Notice(code=code, subject=subject, what="w", why="y", where=Place(line=line))
        for code, subject, line in (
            (Code.VERSION_APPROXIMATED, "lammps", 1),
            (Code.STEP_SKIPPED, "dbcsr", 9),
            (Code.VERSION_APPROXIMATED, "openmpi", 3),
            (Code.FEATURE_LOST, "c", 4),
        )
    ]
    found = [row["notices"] for row in rows_of(None, delivered, notices)]
    assert found == [[0], [1], [2], [], []]


@pytest.mark.parametrize("code", Code)
def test_every_code_has_advice(code: Code) -> None:
    assert advice(code).endswith(".")


class Tags(HTMLParser):
    """Which tags and attributes a page has, and whether they nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "input", "br", "col"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data + " "


def hostile() -> dict[str, Any]:
    delivered = Delivered(
        subject=HOSTILE, how="exact", name=HOSTILE, version=HOSTILE, evidence=HOSTILE
    )
    notices = [
        Notice(code=code, subject=HOSTILE, what=HOSTILE, why=HOSTILE, instead=HOSTILE)
        for code in (Code.SETTING_LOST, Code.PACKAGE_GENERATED)
    ]
    proof = {"tier": "checksum", "against": HOSTILE, "count": 2, "detail": HOSTILE}
    return view([delivered], notices, name=HOSTILE, evidence=proof, error=HOSTILE)


def test_the_page_is_inert_and_whole() -> None:
    page = render_html(hostile())
    found = Tags(page)
    assert found.open == []
    assert found.tags.count("script") == 1
    assert "alert(1)</script>" not in page
    assert "<script>alert(1)</script>" in found.text
    assert "\x1b" not in page
    assert not [
        value
        for name, value in found.attributes
        if name in ("src", "href") and value and value[0] != "#"
    ]
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "style"]
    for needed in ("h1", "main", "caption", "label"):
        assert needed in found.tags
    assert ("lang", "en") in found.attributes
    names = [value for name, value in found.attributes if name == "id"]
    assert len(names) == len(set(names))


def test_the_page_says_what_to_do_and_how_it_is_known() -> None:
    text = " ".join(Tags(render_html(view(evidence=PROOF, error="broken"))).text.split())
    assert (
        "2 of 3 packages are delivered: 1 as asked for, 1 by a generated recipe; 1 is lost." in text
    )
    assert "2 packages differ from what was asked for" in text
    assert "the same source files, by checksum (3 agree): hdf5-1.14.tar.gz" in text
    assert "easyconfigs/f/flimsy/flimsy-1.3.eb" in text
    assert advice(Code.STEP_SKIPPED) in text
    assert advice(Code.TOOLCHAIN_CHOSEN) in text
    assert "1 package not asked for by name" in text
    assert "bad.yaml broken" in text


def test_a_perfect_translation_says_so() -> None:
    text = " ".join(Tags(render_html(view(DELIVERED[:1], ()))).text.split())
    assert "1 of 1 package is delivered: 1 as asked for." in text
    assert "Nothing differs from what was asked for." in text
    assert "What needs your attention Nothing." in text


def test_nothing_asked_for_makes_a_page_too() -> None:
    assert "No package was asked for." in render_html(view((), ()))


def test_markdown_says_the_same_and_is_inert() -> None:
    text = render_markdown(hostile())
    assert "<script>" not in text
    assert "\x1b" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert rows
    assert all(line.replace("\\|", "").count("|") == 5 for line in rows)
    said = render_markdown(view(error="broken"))
    assert "1 as asked for, 1 by a generated recipe; 1 is lost." in said
    assert "a package can't be had" in said
    assert advice(Code.PACKAGE_LOST) in said
    assert "**not converted**: bad.yaml: broken" in said


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_on_the_command_line(ending: str, tmp_path: Path) -> None:
    report = tmp_path / f"r.{ending}"
    source = str(ROOT / "recipes" / "climate-io.yaml")
    output = str(tmp_path / "e.yaml")
    done = CliRunner().invoke(
        cli, ["convert", source, "-t", "easystack", "-o", output, "--report", str(report)]
    )
    assert done.exit_code == 0, done.output
    text = report.read_text()
    assert "netcdf" in text
    if ending == "json":
        data = json.loads(text)
        jsonschema.validate(data, SCHEMA)
        assert data["summary"]["asked"] == len(data["packages"]) > 3
        assert any(row["evidence"] for row in data["packages"])
        assert data["files"][0]["bytes"] == (tmp_path / "e.yaml").stat().st_size


def test_a_report_on_a_directory_of_stacks(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "in" / name).mkdir(parents=True)
        text = f"spack:\n  specs: [zlib, {'hdf5' if name == 'one' else 'no-such-software'}]\n"
        (tmp_path / "in" / name / "spack.yaml").write_text(text)
    (tmp_path / "in" / "bad.stackbridge.yaml").write_text("stackbridge: 1\nname: [\n")
    report = tmp_path / "out" / "report.json"
    done = CliRunner().invoke(
        cli,
        ["convert", str(tmp_path / "in"), "-t", "easystack", "-o", str(tmp_path / "out/"),
         "--report", str(report)],
        standalone_mode=False,
    )  # fmt: skip
    assert done.return_value == 2, done.output
    data = json.loads(report.read_text())
    jsonschema.validate(data, SCHEMA)
    assert data["summary"]["asked"] == 4
    assert {Path(row["source"]).parent.name for row in data["packages"]} == {"one", "two"}
    assert len(data["errors"]) == 1
    assert {file["path"] for file in data["files"]} == {
        "one/spack/easystack.yaml", "two/spack/easystack.yaml",
    }  # fmt: skip


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    arguments = ["convert", "-", "-t", "manifest", "--report", str(report)]
    text = "stackbridge: 1\nname: small\npackages: [zlib]\n"
    done = CliRunner().invoke(cli, arguments, input=text)
    assert done.exit_code == 0, done.output
    data = json.loads(report.read_text())
    assert data["summary"]["asked"] == 1
    assert data["source"]["name"] == "<stdin>"


def test_another_ending_is_refused_before_any_work(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["convert", "-", "-t", "manifest", "--report", "x.pdf"])
    assert done.exit_code != 0
