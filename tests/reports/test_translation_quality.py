"""The benchmark that measures translations, and the page it wrote."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from stackbridge.ecosystems import Context, Delivered, Writing

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "translation-quality.md"
MANIFEST = "stackbridge: 1\nname: small\ntoolchain: foss-2024a\npackages:\n- hdf5\n- gromacs\n"
NUMBER = re.compile(r"[\d,]+")
ENVIRONMENT = {
    "specs": [
        "cmake@=3.1",
        {"group": "gcc-12", "explicit": False, "specs": ["gcc@12"]},
        {"group": "a", "needs": ["gcc-12"], "specs": ["zlib@=1 +x", "py-six@=2"], "override": {}},
    ],
    "concretizer": {"unify": "when_possible"},
    "repos": {"stackbridge": "./repo/spack_repo/stackbridge"},
}


@pytest.fixture(scope="module")
def tool() -> Any:
    """The modules of the benchmark, which is no part of the distribution."""
    sys.path.insert(0, str(ROOT))
    try:
        import benchmarks.translation.__main__ as command
        from benchmarks.translation import exactness, judging, measuring, page, sample
    finally:
        sys.path.remove(str(ROOT))
    return SimpleNamespace(
        command=command, exactness=exactness, judging=judging, measuring=measuring, page=page,
        sample=sample,
    )  # fmt: skip


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def tables(text: str, tool: Any) -> list[list[list[str]]]:
    """The cells of each table's rows, below its header."""
    found: list[list[list[str]]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line == tool.measuring.HEADER:
            assert lines[number + 1] == tool.measuring.RULE
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
    tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPACK_ROOT", raising=False)
    monkeypatch.setattr(tool.judging, "easybuild_says", lambda *_: tool.judging.Judgement())
    monkeypatch.setattr(tool.judging, "tool_versions", lambda: "none")
    monkeypatch.setattr(tool.command, "ProcessPoolExecutor", AtOnce)
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
    tool.command.main(
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
    assert all(adds_up(row) and row[7] == "-" == row[9] for row in (*there, *back))
    published = PAGE.read_text(encoding="utf-8")
    assert headings(published) == headings(text)
    assert len(tables(published, tool)) == 2


class AtOnce:
    """An executor that runs what it is given in this process."""

    def __init__(self, **_: object) -> None: ...

    def __enter__(self) -> AtOnce:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, function: Any, *given: Any) -> Any:
        found = function(*given)
        return SimpleNamespace(result=lambda: found)


def test_nothing_is_unaccounted_for_in_the_published_figures(tool: Any) -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = [row for table in tables(text, tool) for row in table]
    assert len(rows) > 20
    assert all(adds_up(row) for row in rows)
    assert not re.search(r"/(home|root|opt|work|tmp)/", text)


def test_a_row_counts_kinds_and_says_what_failed(tool: Any) -> None:
    kinds = ("version-approximated", "feature-lost")
    rows = (
        Delivered(subject="a@1", how="approximated", kinds=kinds),
        Delivered(subject="b", how="approximated", kinds=kinds[:1]),
        Delivered(subject="c@2+x", how="lost", kinds=("package-lost",)),
    )
    judged = tool.judging.Judgement(said="yes", seconds=3.21)
    result = tool.measuring.Result(stack="s", rows=rows, judged=judged, seconds=1.25)
    assert result.line() == (
        "| s | 3 | 0 | 0 | 2 (version-approximated 2, feature-lost 1) | 0 | 1 | yes | 1.25 | 3.2 |"
    )
    assert result.lost() == "- s, 1 of 3 names: `c`"
    failed = tool.measuring.Result(stack="s", failure="why").line()
    assert "not translated: why" in failed
    assert failed.count("|") == tool.measuring.HEADER.count("|")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('print(\'{"roots": 2, "problems": []}\')', "yes, all 2 roots"),
        ('print(\'{"roots": 2, "problems": ["zlib has no version 0"]}\')', "no, 1 problems: zlib"),
        ('raise SystemExit("no such thing")', "no: no such thing"),
    ],
)
def test_what_spack_answers(
    tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, said: str
) -> None:
    spack(tmp_path, answer, monkeypatch)
    writing = Writing(main="spack.yaml", files={"spack.yaml": "spack: {}\n"})
    found = tool.judging.spack_says(writing, 60)
    assert found.said.startswith(said)
    assert found.seconds is not None


def spack(root: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for Spack."""
    path = root / "bin" / "spack"
    path.parent.mkdir()
    path.write_text(f"#!/usr/bin/env python3\n{program}\n")
    path.chmod(0o755)
    monkeypatch.setenv("SPACK_ROOT", str(root))


def test_a_generation_is_all_its_easyconfigs(tool: Any) -> None:
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release

    names = tool.measuring.generation("foss-2024a")
    release = open_release(Context())
    assert "foss-2024a.eb" not in names  # made with the system's compiler, as all toolchains are
    found = {release.file(name).toolchain for name in names}  # type: ignore[union-attr]
    assert {("foss", "2024a"), ("GCCcore", "13.3.0")} <= found
    assert ("foss", "2025b") not in found


# --- the sample ---------------------------------------------------------------------------

SOLVES = """\
import json, pathlib, sys
if "--version" in sys.argv:
    print("9.9")
    raise SystemExit
place = pathlib.Path(sys.argv[sys.argv.index("-e") + 1])
log = pathlib.Path(__file__).with_name("asked")
with log.open("a") as stream:
    stream.write("x")
if "py-six" in (place / "spack.yaml").read_text():
    sys.exit("==> Error: py-six: Cannot satisfy constraint")
group = "a" if "zlib" in (place / "spack.yaml").read_text() else "gcc-12"
(place / "spack.lock").write_text(json.dumps({"roots": [{"group": group}], "concrete_specs": {"h": 1}}))
"""


def test_a_sample_is_drawn_alike_whatever_else_there_is(tool: Any) -> None:
    roots = [tool.sample.Root(spec=f"p{n}@=1", group="g") for n in range(50)]
    some = tool.sample.chosen(roots, 10, 7)
    assert some == tool.sample.chosen(roots[::-1], 10, 7)
    assert some != tool.sample.chosen(roots, 10, 8)
    newer = [tool.sample.Root(spec=root.spec + ".1", group="g") for root in roots]
    assert [r.spec + ".1" for r in some] == [r.spec for r in tool.sample.chosen(newer, 10, 7)]


def test_a_root_stands_alone_with_what_its_group_needs(tool: Any) -> None:
    roots = tool.sample.roots_of(ENVIRONMENT)
    assert [(root.spec, root.group) for root in roots] == [
        ("cmake@=3.1", None), ("zlib@=1 +x", "a"), ("py-six@=2", "a"),
    ]  # fmt: skip
    needs = tool.sample.needed(ENVIRONMENT, roots[1])
    made = yaml.safe_load(tool.sample.alone(ENVIRONMENT, roots[1], needs))["spack"]
    assert [group["specs"] for group in made["specs"]] == [["gcc@12"], ["zlib@=1 +x"]]
    assert made["repos"] == ENVIRONMENT["repos"]
    assert tool.sample.needed(ENVIRONMENT, roots[0]) == ()


def test_answers_are_kept_and_refusals_have_a_reason(
    tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spack(tmp_path, SOLVES, monkeypatch)
    monkeypatch.setattr(tool.sample, "_VERSION", [])
    directory, cache = tmp_path / "out", tmp_path / "cache"
    directory.mkdir()
    environment = {**ENVIRONMENT, "specs": ENVIRONMENT["specs"][1:]}  # type: ignore[index]
    (directory / "spack.yaml").write_text(yaml.safe_dump({"spack": environment}))
    first = list(tool.sample.answers(directory, 10, 1, cache))
    assert {answer.root: answer.ok for answer in first} == {"zlib@=1 +x": True, "py-six@=2": False}
    refused = next(answer for answer in first if not answer.ok)
    assert refused.reason == "a dependency in another version"
    asked = (tmp_path / "bin" / "asked").read_text()
    assert len(asked) == 3  # the compiler once, and each root
    assert list(tool.sample.answers(directory, 10, 1, cache)) == first
    assert (tmp_path / "bin" / "asked").read_text() == asked
    text = tool.page.sample_text(first, stack="s", wanted=10, seed=1)
    assert "1 concretize" in text
    assert "(50%)" in text
    assert "- a dependency in another version: `py-six@=2` (a)" in text


def test_a_generated_recipe_below_a_root_changes_its_key(tool: Any, tmp_path: Path) -> None:
    packages = tmp_path / "repo" / "spack_repo" / "stackbridge" / "packages"
    for name, text in {"py_a": 'depends_on("b-c@1")', "b_c": "pass", "other": "pass"}.items():
        (packages / name).mkdir(parents=True)
        (packages / name / "package.py").write_text(text)
    assert set(tool.sample.generated(tmp_path, "py-a@=1 +x ^zlib@=2")) == {"py-a", "b-c"}
    assert set(tool.sample.generated(tmp_path, "zlib@=1 ^other@=2")) == {"other"}
    before = tool.sample.digest(tmp_path, "py-a@=1")
    (packages / "other" / "package.py").write_text("changed")
    assert tool.sample.digest(tmp_path, "py-a@=1") == before
    (packages / "b_c" / "package.py").write_text("changed")
    assert tool.sample.digest(tmp_path, "py-a@=1") != before


# --- exact rows ---------------------------------------------------------------------------

ZLIB = """\
easyblock = 'ConfigureMake'
name = 'zlib'
version = '1.2.13'
homepage = 'https://x'
description = 'x'
toolchain = {'name': 'GCCcore', 'version': '12.2.0'}
"""


@pytest.mark.parametrize(
    ("subject", "wrong"),
    [
        ("zlib@=1.2.13", []),
        ("zlib@1.2", []),
        ("zlib@=1.2.12", ["is version 1.2.13"]),
        ("hdf5@=1.2.13", ["is zlib, which the catalog calls zlib"]),
        ("zlib +cuda", ["has no CUDA"]),
        ("zlib +mpi", ["has no MPI in its toolchain GCCcore"]),
    ],
)
def test_an_easyconfig_that_is_not_what_was_asked_for_is_found(
    tool: Any, subject: str, wrong: list[str]
) -> None:
    row = Delivered(subject=subject, how="exact", name="zlib", evidence="z.eb")
    writing = Writing(main="easystack.yaml", files={"easyconfigs/z.eb": ZLIB})
    found = list(tool.exactness.of_easybuild([row], writing, (), "spack"))
    assert found == [f"{subject}: {one}" for one in wrong]


def test_an_exact_row_of_spack_needs_a_recipe_with_that_version(tool: Any, tmp_path: Path) -> None:
    recipe = tmp_path / "packages" / "zlib" / "package.py"
    recipe.parent.mkdir(parents=True)
    recipe.write_text('    version("1.3.1", sha256="0")\n')
    writing = Writing(main="spack.yaml", files={})

    def said(version: str, asked: str, evidence: str = "packages/zlib/package.py") -> list[str]:
        row = Delivered(
            subject=f"zlib@={asked}", how="exact", name="zlib", version=version, evidence=evidence
        )
        found = tool.exactness.of_spack([row], writing, (str(tmp_path),), "easybuild")
        return [text.split(": ")[1] for text in found]

    assert said("1.3.1", "1.3.1") == []
    assert said("1.3.1", "1.3") == ["is version 1.3.1"]
    assert said("1.3", "1.3") == ["has no version 1.3 in its recipe"]
    assert said("1.3", "1.3", "packages/other/package.py") == [
        "has no recipe packages/other/package.py"
    ]
