"""Files of an earlier conversion that stay in a directory, and are read along with the new ones."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from stackbridge.cli.app import cli
from stackbridge.cli.files import left_over


def test_only_the_folders_that_were_written_to_are_looked_at(tmp_path: Path) -> None:
    for name in ("easyconfigs/a/new.eb", "easyconfigs/b/old.eb", "mine/notes.txt", "README"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    written = ["easystack.yaml", "easyconfigs/a/new.eb"]
    assert left_over(str(tmp_path), written) == ("easyconfigs/b/old.eb",)
    assert left_over(str(tmp_path), ["easystack.yaml"]) == ()
    assert left_over(str(tmp_path / "nowhere"), written) == ()


def test_a_second_conversion_says_what_the_first_left(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "spack.yaml").write_text("spack:\n  specs: [zlib]\n")
    output = str(tmp_path / "out")
    convert = ["convert", str(tmp_path / "in"), "-t", "easystack", "-o", output]
    first = CliRunner().invoke(cli, convert)
    assert first.exit_code == 0, first.output
    assert "left there" not in first.stderr
    kept = tmp_path / "out" / "one"
    assert kept.is_dir()
    (kept / "old.eb").write_text("")
    second = CliRunner().invoke(cli, [*convert, "--force"])
    assert second.exit_code == 0, second.output
    assert "left there" in second.stderr
    assert "old.eb" in second.stderr
