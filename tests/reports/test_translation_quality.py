"""The tool that measures translations, and the page it wrote."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stackbridge.ecosystems import Context, Delivered, Writing

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "translation-quality.md"
MANIFEST = "stackbridge: 1\nname: small\ntoolchain: foss-2024a\npackages:\n- hdf5\n- gromacs\n"
NUMBER = re.compile(r"[\d,]+")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "translation_quality", ROOT / "tools" / "translation_quality.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look annotations up
    spec.loader.exec_module(module)
    return module


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def tables(text: str, tool: ModuleType) -> list[list[list[str]]]:
    """The cells of each table's rows, below its header."""
    found: list[list[list[str]]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line == tool.HEADER:
            assert lines[number + 1] == tool.RULE
            found.append([])
            for row in lines[number + 2 :]:
                if not row.startswith("|"):
                    break
                found[-1].append([cell.strip() for cell in row.strip("|").split("|")])
    return found


def adds_up(cells: list[str]) -> bool:
    counts = [int(NUMBER.match(cell)[0].replace(",", "")) for cell in cells[1:7]]  # type: ignore[index]
    return counts[0] == sum(counts[1:])


def test_the_page_is_what_the_tool_writes(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPACK_ROOT", raising=False)
    monkeypatch.setattr(tool, "easybuild_says", lambda *_: "-")
    monkeypatch.setattr(tool, "tool_versions", lambda: "none")
    manifests = tmp_path / "manifests"
    stacks = tmp_path / "stacks" / "one"
    lists = tmp_path / "lists"
    for directory in (manifests, stacks, lists):
        directory.mkdir(parents=True)
    (manifests / "small.yaml").write_text(MANIFEST)
    (stacks / "spack.yaml").write_text("spack:\n  specs: [hdf5, zlib]\n")
    easyconfigs = ("HDF5-1.14.5-gompi-2024a.eb", "buildenv-default-foss-2024a.eb")
    for name in ("a.yml", "b.yml"):
        (lists / name).write_text("easyconfigs:\n" + "".join(f"  - {e}\n" for e in easyconfigs))
    page = tmp_path / "page.md"
    tool.main(
        [
            "--manifests", str(manifests), "--spack-stacks", str(tmp_path / "stacks"),
            "--easystacks", str(lists), "--title", "two files", "-o", str(page),
        ]
    )  # fmt: skip
    text = page.read_text()
    there, back = tables(text, tool)
    assert [row[0] for row in there] == ["one", "small"]
    assert [row[0] for row in back] == ["two files", "small"]
    assert back[0][1] == "2"  # each easyconfig once, although two files name it
    assert back[0][6] == "1"
    assert "- two files, 1 of 2 names: `buildenv`" in text
    assert all(adds_up(row) and row[7] == "-" for row in (*there, *back))
    published = PAGE.read_text(encoding="utf-8")
    assert headings(published) == headings(text)
    assert len(tables(published, tool)) == 2


def test_nothing_is_unaccounted_for_in_the_published_figures(tool: ModuleType) -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = [row for table in tables(text, tool) for row in table]
    assert len(rows) > 20
    assert all(adds_up(row) for row in rows)
    assert not re.search(r"/(home|root|opt|work|tmp)/", text)


def test_a_row_counts_kinds_and_says_what_failed(tool: ModuleType) -> None:
    kinds = ("version-approximated", "feature-lost")
    rows = (
        Delivered(subject="a@1", how="approximated", kinds=kinds),
        Delivered(subject="b", how="approximated", kinds=kinds[:1]),
        Delivered(subject="c@2+x", how="lost", kinds=("package-lost",)),
    )
    result = tool.Result(stack="s", rows=rows, accepted="yes", seconds=1.25)
    assert result.line() == (
        "| s | 3 | 0 | 0 | 0 | 2 (version-approximated 2, feature-lost 1) | 1 | yes | 1.25 |"
    )
    assert result.lost() == "- s, 1 of 3 names: `c`"
    assert "not translated: why" in tool.Result(stack="s", failure="why").line()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('print(\'{"roots": 2, "problems": []}\')', "yes, all 2 roots"),
        ('print(\'{"roots": 2, "problems": ["zlib has no version 0"]}\')', "no, 1 problems: zlib"),
        ('raise SystemExit("no such thing")', "no: no such thing"),
    ],
)
def test_what_spack_answers(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, said: str
) -> None:
    program = tmp_path / "bin" / "spack"
    program.parent.mkdir()
    program.write_text(f"#!/usr/bin/env python3\n{answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("SPACK_ROOT", str(tmp_path))
    writing = Writing(main="spack.yaml", files={"spack.yaml": "spack: {}\n"})
    assert tool.spack_says(writing, 60).startswith(said)


def test_a_generation_is_all_its_easyconfigs(tool: ModuleType) -> None:
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release

    names = tool.generation("foss-2024a")
    release = open_release(Context())
    assert "foss-2024a.eb" not in names  # made with the system's compiler, as all toolchains are
    found = {release.file(name).toolchain for name in names}  # type: ignore[union-attr]
    assert {("foss", "2024a"), ("GCCcore", "13.3.0")} <= found
    assert ("foss", "2025b") not in found
