"""Every command that answers does so in JSON too, and a schema in `schemas/` says in which shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner

from stackbridge.cli.app import COMMANDS, cli

ROOT = Path(__file__).parents[2]
RECIPE = str(ROOT / "recipes" / "climate-io.yaml")

# command -> (arguments, exit code, schema); `build` needs a Docker engine and is tested below
ANSWERS: dict[str, list[tuple[list[str], int, str]]] = {
    "check": [([RECIPE, "--site", "lumi"], 0, "check")],
    "validate": [([RECIPE], 0, "validate"), (["nme.yaml", "no-such-file"], 2, "validate")],
    "diff": [([RECIPE, RECIPE], 0, "diff"), ([RECIPE, "other.yaml"], 1, "diff")],
    "lookup": [(["hdf5"], 0, "lookup"), (["no-such-software"], 1, "lookup")],
    "graph": [([RECIPE], 0, "graph"), (["needs.yaml"], 0, "graph")],
    "build": [],
    "site list": [([], 0, "site-list")],
    "site show": [(["lumi"], 0, "site")],
    "site detect": [([], 0, "site")],
    "site installed": [(["karolina/qcpu"], 0, "site-installed")],
    "site validate": [(["nme.yaml"], 2, "site-validate")],
    "toolchain list": [([], 0, "toolchain")],
    "toolchain show": [(["foss-2024a"], 0, "toolchain")],
    "catalog info": [([], 0, "catalog-info")],
    "formats": [([], 0, "formats")],
}
# What writes a file in a format of its own, or says nothing that could be read.
NO_ANSWER = {"convert", "completion", "catalog build", "catalog export"}


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", found) for inner, found in command.commands.items())
        else:
            yield name, command


def test_every_command_is_one_or_the_other() -> None:
    found = dict(commands())
    assert set(found) == set(ANSWERS) | NO_ANSWER
    for name in ANSWERS:
        kinds = [o.type for o in found[name].params if o.name == "output_format"]
        assert kinds, name
        assert isinstance(kinds[0], click.Choice)
        assert "json" in kinds[0].choices, name


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are wrong or differ, in the current directory."""
    (tmp_path / "nme.yaml").write_text("stackbridge: 1\nnme: x\n")
    (tmp_path / "other.yaml").write_text("stackbridge: 1\nname: x\npackages: [zlib@1.2]\n")
    text = "stackbridge: 1\nname: x\npackages: [gromacs ^fftw@3.3]\n"
    (tmp_path / "needs.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)


def schema(name: str) -> Any:
    return json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").iterdir()), ids=lambda p: p.name)
def test_schemas_are_schemas(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("command", "arguments", "code", "name"),
    [(command, *row) for command, rows in ANSWERS.items() for row in rows],
)
@pytest.mark.usefixtures("place")
def test_an_answer_fits_its_schema(
    command: str, arguments: list[str], code: int, name: str
) -> None:
    words = [*command.split(), *arguments, "--format", "json"]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.exception is None, done.output
    assert (done.return_value or 0) == code
    answer = json.loads(done.stdout)
    assert answer
    jsonschema.validate(answer, schema(name))


def test_a_build_answers_in_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    from stackbridge.cli.build import failed, succeeded
    from stackbridge.ecosystems.containers.judge import Built, NotBuilt

    succeeded(Built(id="sha256:1", digest="sha256:2", tag="x:1", size=3), {"zlib": "1"}, "json")
    jsonschema.validate(json.loads(capsys.readouterr().out), schema("build"))
    failed(NotBuilt(message="no", step="RUN x", log=()), "json")
    jsonschema.validate(json.loads(capsys.readouterr().out), schema("build"))


@pytest.mark.parametrize("target", ["easystack", "spack", "dockerfile", "manifest"])
def test_what_a_pipeline_reads_of_a_conversion(target: str, tmp_path: Path) -> None:
    """What was written, what became of each package, and every notice."""
    report, notices = tmp_path / "report.json", tmp_path / "notices.json"
    done = CliRunner().invoke(
        cli,
        ["convert", str(ROOT / "recipes" / "e4s-subset.yaml"), "-t", target, "--via", "apt",
         "-o", f"{tmp_path}/out/", "--report", str(report), "--notices", str(notices)],
        standalone_mode=False,
    )  # fmt: skip
    assert done.return_value == 0, done.output
    said = json.loads(report.read_text())
    jsonschema.validate(said, schema("translation"))
    listed = json.loads(notices.read_text())
    jsonschema.validate(listed, schema("notices"))
    assert said["notices"] == listed
    assert {file["path"]: file["bytes"] for file in said["files"]} == {
        str(path.relative_to(tmp_path / "out")): path.stat().st_size
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert said["summary"]["asked"] == 22
