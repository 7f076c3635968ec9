"""Reading sources and writing results: whole or not at all, with exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from stackbridge.cli import common
from stackbridge.cli.app import COMMANDS, cli
from stackbridge.errors import InputError, UsageError

MANIFEST = "stackbridge: 1\nname: small\npackages:\n  - zlib\n"


def run(
    *arguments: str, stdin: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stackbridge", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.yaml"
    common.write_text(str(target), "one\n", force=False)
    with pytest.raises(UsageError, match="exists already"):
        common.write_text(str(target), "two\n", force=False)
    assert target.read_text() == "one\n"
    common.write_text(str(target), "two\n", force=True)
    assert target.read_text() == "two\n"
    with pytest.raises(UsageError, match="can't be written"):
        common.write_text(str(tmp_path / "missing" / "out"), "x", force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["out.yaml"]


def test_a_directory_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "out"
    common.write_directory(str(out), {"a.yaml": "1", "deep/b.eb": "2"}, force=False)
    assert (out / "deep" / "b.eb").read_text() == "2"
    with pytest.raises(UsageError, match="exists already"):
        common.write_directory(str(out), {"c": "3", "a.yaml": "4"}, force=False)
    assert sorted(p.name for p in out.iterdir()) == ["a.yaml", "deep"]
    for hostile in ("../x", "/etc/x", "a/../../x"):
        with pytest.raises(UsageError, match="outside"):
            common.write_directory(str(out), {hostile: "3"}, force=True)


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises((UsageError, UnicodeEncodeError)):
        common.write_directory(str(out), {"a": "1", "b/c": "\ud800"}, force=False)
    assert not out.exists()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no such file"),
        (lambda p: p.mkdir(), "directory"),
        (lambda p: p.write_bytes(b"\xff\xfe\x00binary"), "UTF-8"),
        (os.mkfifo, "regular file"),
    ],
)
def test_what_is_no_text_file_is_refused(tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "in.yaml"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        common.load(str(path))


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.truncate(common.LARGEST_TEXT + 2)
    with pytest.raises(InputError, match="larger than"):
        common.load(str(path))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (MANIFEST, "x.yaml", "manifest"),
        (MANIFEST, None, "manifest"),
        ("# c\nspack:\n  specs: [zlib]\n", "env.yaml", "spack"),
        ("spack::\n  specs: [zlib]\n", None, "spack"),
        ("easyconfigs:\n  - zlib-1.3.1.eb\n", "x.yml", "easystack"),
        ('{"_meta": {"file-type": "spack-lockfile"}}', "spack.lock", "spack-lock"),
        ("name = 'zlib'\n", "zlib-1.3.1.eb", "easyconfig"),
        ("easyblock = 'ConfigureMake'\n", None, "easyconfig"),
        ("FROM debian:12\n", "Dockerfile", "dockerfile"),
        ("Bootstrap: docker\n", "a.def", "apptainer"),
    ],
)
def test_the_format_is_detected(text: str, name: str | None, expected: str) -> None:
    assert common.detect(text, name).name == expected


def test_what_looks_like_nothing_is_said(tmp_path: Path) -> None:
    done = run("convert", "-", "-t", "manifest", stdin="hello")
    assert done.returncode == 2
    assert "can't tell" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    done = CliRunner().invoke(cli, [name, "--help"])
    assert done.exit_code == 0, done.output
    assert re.search("Examples?:", done.output)


def test_near_misses_are_suggested() -> None:
    done = run("convrt", "x")
    assert done.returncode == 2
    assert "did you mean `convert`" in done.stderr
    done = run("convert", "-", "-t", "spak", stdin=MANIFEST)
    assert done.returncode == 2
    assert "did you mean `spack`" in done.stderr


@pytest.mark.parametrize("target", ["guix", "modules", "python", "spack-lock"])
def test_what_is_planned_says_so(target: str) -> None:
    done = run("convert", "-", "-t", target, stdin=MANIFEST)
    assert done.returncode == 4
    assert "not available yet" in done.stderr


def test_completion_of_each_shell() -> None:
    for shell in ("bash", "zsh", "fish"):
        done = run("completion", shell)
        assert done.returncode == 0
        assert "_STACKBRIDGE_COMPLETE" in done.stdout


def test_convert_reads_standard_input_and_writes_notices(tmp_path: Path) -> None:
    notices = tmp_path / "n.json"
    done = run("convert", "-", "-t", "manifest", "--notices", str(notices), stdin=MANIFEST)
    assert done.returncode == 0, done.stderr
    assert "zlib" in done.stdout
    assert json.loads(notices.read_text()) == []


def test_an_output_that_exists_needs_force(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(MANIFEST)
    arguments = ("convert", "in.yaml", "-t", "manifest", "-o", "out.yaml")
    assert run(*arguments, cwd=tmp_path).returncode == 0
    again = run(*arguments, cwd=tmp_path)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert run(*arguments, "--force", cwd=tmp_path).returncode == 0


def test_a_directory_goes_on_past_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.stackbridge.yaml").write_text(MANIFEST)
    (tmp_path / "in" / "deep" / "b.stackbridge.yaml").write_text("stackbridge: 1\nname: [\n")
    done = run("convert", "in", "-f", "manifest", "-t", "manifest", "-o", "out/", cwd=tmp_path)
    assert done.returncode == 2
    assert "b.stackbridge.yaml" in done.stderr
    assert "1 of 2 files converted" in done.stderr
    assert len([p for p in (tmp_path / "out").rglob("*") if p.is_file()]) == 1


def test_validate_looks_at_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.stackbridge.yaml").write_text(MANIFEST)
    (tmp_path / "b.stackbridge.yaml").write_text("stackbridge: 1\nnme: x\n")
    names = ("a.stackbridge.yaml", "b.stackbridge.yaml")
    done = run("validate", *names, "--format", "json", cwd=tmp_path)
    assert done.returncode == 2
    first, second = json.loads(done.stdout)
    assert first["valid"]
    assert not second["valid"]
    assert second["errors"][0]["file"] == "b.stackbridge.yaml"
    assert 2 in [error["line"] for error in second["errors"]]
    assert run("validate", names[0], cwd=tmp_path).returncode == 0
