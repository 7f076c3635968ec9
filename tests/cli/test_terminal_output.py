"""What standard error shows: notices, one line on what was written, progress on a terminal only."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stackbridge.cli import common
from stackbridge.hub.notices import Code, Notice, Place

MANIFEST = "stackbridge: 1\nname: small\npackages:\n  - zlib\n  - no-such-software\n"

LINE = """
import sys
from stackbridge.cli import progress
line = progress._Line("first")
line._timer.cancel()
line._appear()
line.say("second \\x1b[31m[bold]name")
line.stop()
with progress.progress("at once over") as say:
    say("more")
"""


def notice(code: Code, subject: str) -> Notice:
    return Notice(code=code, subject=subject, what="what", why="why", where=Place(line=3))


def test_losses_are_listed_and_many_assumptions_are_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    common.show_notices(
        [
            *(notice(Code.STEP_SKIPPED, f"lost-{n}") for n in range(20)),
            *(notice(Code.STEP_ASSUMED, f"taken-{n % 10}") for n in range(20)),
            *(notice(Code.FEATURE_ASSUMED, f"few-{n}") for n in range(common.MANY)),
            notice(Code.SETTING_CARRIED, "kept"),
        ]
    )
    lines = capsys.readouterr().err.splitlines()
    lost = ", ".join(f"lost-{n}" for n in range(20))
    few = ", ".join(f"few-{n}" for n in range(common.MANY))
    assert f"lost: <stdin>:3: {lost}: what (why)" in lines
    assert f"assumed: <stdin>:3: {few}: what (why)" in lines
    assert [line for line in lines if "step-assumed" in line] == [
        "assumed: step-assumed, 20 times: taken-0, taken-1, taken-2, taken-3, taken-4 and 5 more"
    ]
    assert lines[-1] == (
        "info: 1 notices of what was kept and each assumption: `--notices FILE` lists them"
    )


def test_packages_at_several_lines_share_one(capsys: pytest.CaptureFixture[str]) -> None:
    every = [
        Notice(
            code=Code.TOOLCHAIN_LOST, subject=f"p-{n}", what="what", why="why",
            where=Place(file="in.yml", line=n),
        )
        for n in (2, 3)
    ]  # fmt: skip
    common.show_notices([*every, replace(every[0], what="other")])
    assert capsys.readouterr().err.splitlines() == [
        "lost: in.yml: p-2, p-3: what (why)",
        "lost: in.yml:2: p-2: other (why)",
    ]


def test_what_is_said_of_many_members_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    every = [
        Notice(code=Code.DEPENDENCY_APPROXIMATED, subject=f"py-{n}", what=what, why="why")
        for n in range(7)
        for what in ("needs a bundle", "has all dependencies")
    ]
    common.show_notices([*every, notice(Code.STEP_SKIPPED, "asked")])
    assert capsys.readouterr().err.splitlines() == [
        "approximated: py-0, py-1, py-2, py-3, py-4 and 2 more: needs a bundle (why)",
        "approximated: py-0, py-1, py-2, py-3, py-4 and 2 more: has all dependencies (why)",
        "lost: <stdin>:3: asked: what (why)",
    ]


def test_one_line_says_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(MANIFEST)
    for output, expected in (
        ("out/", "2 packages: 1 exact, 1 lost; 1 file in out/"),
        ("e.yaml", "2 packages: 1 exact, 1 lost; e.yaml"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "stackbridge", "convert", "in.yaml", "-t", "easystack",
             "-o", output],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr.splitlines()[-1] == expected
        assert "\x1b" not in done.stderr


def on_a_terminal(**environment: str) -> str:
    """What LINE shows on a terminal as its standard error."""
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", LINE], stderr=slave, env={**base, "TERM": "xterm", **environment}
    )
    os.close(slave)
    said = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # so a terminal ends on Linux
            break
        if not part:
            break
        said += part
    os.close(master)
    assert process.wait() == 0
    return said.decode()


def test_progress_on_a_terminal_appears_and_goes_away() -> None:
    said = on_a_terminal()
    assert "second \\x1b[31m[bold]name" in said  # a name steers neither the terminal nor rich
    assert "\x1b[32m" in said
    assert said.endswith("\x1b[2K")  # the line is empty again
    assert said.count("\x1b[?25l") == said.count("\x1b[?25h") == 1  # and the cursor is back
    assert "at once over" not in said


def test_progress_without_color() -> None:
    said = on_a_terminal(NO_COLOR="1")
    assert "second" in said
    assert "\x1b[3" not in said


def test_no_progress_elsewhere() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINE.split("line =", maxsplit=1)[0] + 'progress.PATIENCE = 0\n'
         'with progress.progress("x") as say:\n    say("y")\n'
         'assert "rich" not in sys.modules\n'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
