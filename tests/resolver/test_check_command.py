"""`stackbridge check`, `site` and `graph`, as a user runs them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stackbridge.cli.app import main
from stackbridge.sites.shipped import names, text_of

ROOT = Path(__file__).parent.parent.parent
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
GOLDEN = ROOT / "tests" / "golden" / "check"
STACK = """\
stackbridge: 1
name: small
packages:
  - gromacs@2024.4 +mpi
  - py-numpy@1.26
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STACKBRIDGE_CACHE", "")
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return call


@pytest.fixture
def stack(tmp_path: Path) -> str:
    path = tmp_path / "stackbridge.yaml"
    path.write_text(STACK, encoding="utf-8")
    return str(path)


def schema(name: str) -> dict[str, Any]:
    text = (files("stackbridge") / "schemas" / name).read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


# --- check -------------------------------------------------------------------------------


def test_yes_is_0_and_no_is_1(run: Run, stack: str) -> None:
    code, out, _ = run("check", stack, "--site", "vega/cpu")
    assert code == 0
    assert "vega/cpu" in out
    assert "ready" in out
    assert run("check", stack, "--site", "vega", "--site", "irene")[0] == 1
    assert run("check", stack, "--site", "frontier", "--installed-only")[0] == 1


def test_json_of_every_site_is_valid(run: Run, stack: str) -> None:
    code, out, _ = run("check", stack, "--format", "json")
    payload = json.loads(out)
    jsonschema.validate(payload, schema("check.schema.json"))
    assert {row["site"] for row in payload["summary"]} == set(names())
    assert code == (0 if payload["ok"] else 1)
    assert payload["source"] == stack


@pytest.mark.parametrize("form", ["text", "json", "html", "junit", "sarif"])
def test_every_format_goes_to_a_file(run: Run, stack: str, tmp_path: Path, form: str) -> None:
    target = tmp_path / "report"
    command = ("check", stack, "--site", "lumi", "--format", form, "-o", str(target))
    code, out, _ = run(*command)
    assert code == 0
    assert out == ""
    word = {"text": "gromacs", "sarif": '"version": "2.1.0"'}.get(form, "GROMACS")
    assert word in target.read_text(encoding="utf-8")
    before = target.read_bytes()
    code, _, err = run(*command)
    assert code == 2
    assert "--force" in err
    assert target.read_bytes() == before
    assert run(*command, "--force")[0] == 0


def test_line_of_a_package_is_reported(run: Run, stack: str) -> None:
    _, out, _ = run("check", stack, "--site", "lumi/lumi-c", "--format", "json")
    lines = {r["subject"]: r["line"] for r in json.loads(out)["sites"][0]["reasons"]}
    assert lines["gromacs@2024.4"] == 4


@pytest.mark.parametrize(
    ("site", "hint"),
    [
        ("lummi", "did you mean `lumi`?"),
        ("LUMI", "did you mean `lumi`?"),
        ("lumi/lumi-x", "did you mean `lumi/lumi-"),
        ("zzzz", "`stackbridge site list`"),
    ],
)
def test_a_wrong_site_gives_a_hint(run: Run, stack: str, site: str, hint: str) -> None:
    code, out, err = run("check", stack, "--site", site)
    assert code == 2
    assert out == ""
    assert hint in err


def test_a_profile_of_ones_own(run: Run, stack: str, tmp_path: Path) -> None:
    profile = tmp_path / "ours.yaml"
    profile.write_text(text_of("vega").replace("id: vega", "id: ours"), encoding="utf-8")
    code, out, _ = run("check", stack, "--site", str(profile), "--format", "json")
    assert code == 0
    assert {row["site"] for row in json.loads(out)["sites"]} == {"ours"}
    profile.write_text("stackbridge_site: 1\nid: ours\nnmae: x\n", encoding="utf-8")
    code, _, err = run("check", stack, "--site", str(profile))
    assert code == 2
    assert "did you mean `name`?" in err
    assert f"{profile}:3" in err


def test_an_easystack_of_eessi_is_ready_where_eessi_is(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "easystack.yaml"
    path.write_text(
        "easyconfigs:\n"
        "  - SciPy-bundle-2023.07-gfbf-2023a.eb\n"
        "  - OpenFOAM-10-foss-2023a.eb\n"
        "  - OpenFOAM-v2312-foss-2023a.eb\n"
        "  - GROMACS-2024.4-foss-2023b-CUDA-12.4.0.eb\n",
        encoding="utf-8",
    )
    _, out, _ = run("check", str(path), "--site", "karolina", "--format", "json")
    by_partition = {row["partition"]: row for row in json.loads(out)["sites"]}
    assert by_partition["qgpu"]["verdict"] == "ready"
    assert [package["where"] for package in by_partition["qgpu"]["packages"]] == [
        "SciPy-bundle/2023.07-gfbf-2023a",
        "OpenFOAM/10-foss-2023a",
        "OpenFOAM/v2312-foss-2023a",
        "GROMACS/2024.4-foss-2023b-CUDA-12.4.0",
    ]
    assert by_partition["qcpu"]["verdict"] == "blocked"


def test_a_single_easyconfig_is_checked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "HDF5-1.14.3-gompi-2023b.eb"
    path.write_text(
        "easyblock = 'EB_HDF5'\nname = 'HDF5'\nversion = '1.14.3'\n"
        "homepage = 'x'\ndescription = 'x'\n"
        "toolchain = {'name': 'gompi', 'version': '2023b'}\nmoduleclass = 'data'\n",
        encoding="utf-8",
    )
    code, out, _ = run("check", str(path), "--site", "vega/cpu")
    assert code == 0
    assert "EESSI 1.14.3" in out


def test_hostile_names_in_a_stack_stay_harmless(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "stackbridge.yaml"
    path.write_text(
        'stackbridge: 1\nname: "<script>$(id)\\x1b[31m"\npackages: [hdf5]\n', encoding="utf-8"
    )
    for form in ("text", "html", "junit", "sarif"):
        code, out, err = run("check", str(path), "--site", "vega", "--format", form)
        assert "\x1b" not in out + err
        assert code in (0, 2)
        if form == "html" and code == 0:
            assert "<script>$(id)" not in out


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_checked_and_some_site_can_run_it(run: Run, recipe: Path) -> None:
    code, out, _ = run("check", str(recipe), "--format", "json")
    payload = json.loads(out)
    jsonschema.validate(payload, schema("check.schema.json"))
    assert code in (0, 1)
    verdicts = {row["verdict"] for row in payload["summary"]}
    assert verdicts & {"ready", "buildable"}
    for row in payload["sites"]:
        for reason in row["reasons"]:
            assert reason["rule"] != "package-name", reason


def essence(payload: dict[str, Any]) -> dict[str, Any]:
    """What must not change unseen: verdicts, rules, where packages come from."""
    return {
        f"{row['site']}/{row['partition']}": {
            "verdict": row["verdict"],
            "reasons": [f"{r['level']} {r['rule']}: {r['subject']}" for r in row["reasons"]],
            "packages": [f"{p['wanted']}: {p['how']} {p['where']}" for p in row["packages"]],
        }
        for row in payload["sites"]
    }


@pytest.mark.parametrize("recipe", ["md-cpu", "md-nvidia"])
def test_the_answer_is_as_it_was(run: Run, recipe: str) -> None:
    """After a change that is meant: write `essence` of the new answer into the golden file."""
    places = [part for site in ("lumi", "karolina", "jupiter", "frontier")
              for part in ("--site", site)]  # fmt: skip
    source = GOLDEN / f"{recipe}.stackbridge.yaml"  # the recipe as it was then
    _, out, _ = run("check", str(source), "--format", "json", *places)
    golden = json.loads((GOLDEN / f"{recipe}.json").read_text(encoding="utf-8"))
    assert essence(json.loads(out)) == golden


# --- site --------------------------------------------------------------------------------


def test_site_list(run: Run) -> None:
    code, out, _ = run("site", "list")
    assert code == 0
    assert len(out.splitlines()) == 23
    _, out, _ = run("site", "list", "--format", "json")
    rows = json.loads(out)
    jsonschema.validate(rows, schema("site-list.schema.json"))
    assert [row["id"] for row in rows] == list(names())


def test_site_show(run: Run) -> None:
    _, out, _ = run("site", "show", "karolina")
    assert out.strip() == text_of("karolina").strip()
    _, out, _ = run("site", "show", "karolina", "--format", "json")
    jsonschema.validate(json.loads(out), schema("site.schema.json"))
    code, _, err = run("site", "show", "karolin")
    assert code == 2
    assert "did you mean `karolina`?" in err


def test_site_validate(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(text_of("vega"), encoding="utf-8")
    bad.write_text(text_of("vega").replace("archspec: zen2", "archspec: zen22"), encoding="utf-8")
    assert run("site", "validate", str(good))[0] == 0
    code, out, err = run("site", "validate", str(good), str(bad), str(tmp_path / "none.yaml"))
    assert code == 2
    assert "good.yaml: ok" in out
    assert "zen22" in err
    assert "no such file" in err
    code, out, _ = run("site", "validate", str(bad), "--format", "json")
    (row,) = json.loads(out)
    assert row["ok"] is False
    assert row["line"] > 1


def test_site_detect(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "here.yaml"
    assert run("site", "detect", "--id", "here", "-o", str(target))[0] == 0
    assert run("site", "validate", str(target))[0] == 0
    code, _, err = run("site", "detect", "--id", "../x")
    assert code == 2
    assert "id" in err


# --- graph -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "dot", "svg", "json", "graphml"])
def test_graph(run: Run, tmp_path: Path, form: str) -> None:
    path = tmp_path / "stackbridge.yaml"
    path.write_text(
        "stackbridge: 1\nname: g\npackages: ['gromacs@2024 ^fftw@3.3']\n", encoding="utf-8"
    )
    code, out, _ = run("graph", str(path), "--format", form)
    assert code == 0
    assert "gromacs" in out
    assert "fftw" in out


def test_graph_of_one_package(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "stackbridge.yaml"
    path.write_text(
        "stackbridge: 1\nname: g\npackages: ['gromacs ^fftw', hdf5]\n", encoding="utf-8"
    )
    _, out, _ = run("graph", str(path), "--of", "gromacs")
    assert "hdf5" not in out
    code, _, err = run("graph", str(path), "--of", "gromac")
    assert code == 2
    assert "did you mean `gromacs`?" in err


# --- all ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [("check",), ("site",), ("site", "list"), ("site", "show"), ("site", "validate"),
     ("site", "detect"), ("graph",)],
)  # fmt: skip
def test_help_has_an_example(run: Run, command: tuple[str, ...]) -> None:
    code, out, _ = run(*command, "--help")
    assert code == 0
    assert f"Example: stackbridge {' '.join(command)}" in out


def test_a_check_imports_only_what_it_uses(stack: str) -> None:
    script = (
        "import sys\nfrom stackbridge.cli.app import main\n"
        f"try: main(['check', {stack!r}, '--format', 'json', '-o', '/dev/null'])\n"
        "except SystemExit: pass\n"
        "print(sorted(m for m in sys.modules if '.' not in m))"
    )
    done = subprocess.run(
        (sys.executable, "-c", script),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    loaded = set(ast.literal_eval(done.stdout.strip().splitlines()[-1]))
    heavy = {"networkx", "jsonschema", "archspec", "rich", "docker", "ruamel", "numpy", "packaging"}
    assert not loaded & heavy
