"""Every command shown in the README, the docs and tests/commands is run.

A block fenced as `console` holds commands after `$ `; a command's output, where it is
shown, must come (lines of `...` stand for any lines); `# exit N` after a command gives
its exit code. All blocks of one file run in one directory which holds the recipes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "tests" / "commands").glob("*.md")),
]
ELSEWHERE = ("git clone", "python3 tools/")  # tests/test_readme.py runs these in a fresh clone


@dataclass(frozen=True)
class Shown:
    """One command with what is shown of its output."""

    command: str
    line: int
    exit_code: int
    output: tuple[str, ...]


def commands(page: Path) -> Iterator[Shown]:
    inside = False
    pending: tuple[str, int, int] | None = None
    output: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        starts = inside and line.startswith("$ ")
        if pending and (starts or (inside and line.startswith("```"))):
            yield Shown(pending[0], pending[1], pending[2], tuple(output))
            pending, output = None, []
        if line.startswith("```"):
            inside = not inside and line.strip() == "```console"
        elif starts:
            code = re.search(r"\s+# exit (\d)$", line)
            command = line[2 : code.start()] if code else line[2:]
            pending = (command, number, int(code[1]) if code else 0)
        elif inside and pending and pending[0].endswith("\\"):
            pending = (pending[0][:-1] + line.strip(), *pending[1:])
        elif inside:
            output.append(line)


def fits(shown: tuple[str, ...], printed: str) -> bool:
    """Whether the output is as shown; `...` stands for any number of lines."""
    pattern = "".join(
        r"(?:[^\n]*\n)*" if line.strip() == "..." else re.escape(line.rstrip() + "\n")
        for line in shown
        if line.strip()
    )
    got = "".join(line.rstrip() + "\n" for line in printed.splitlines() if line.strip())
    return re.fullmatch(pattern, got) is not None


# What stands for a checkout of Spack's packages, which pages tell their readers to get.
CHECKOUT = "spack-packages/repos/spack_repo/builtin"
ZLIB = """\
from spack.package import *


class Zlib(Package):
    \"\"\"A library for compression.\"\"\"

    homepage = "https://zlib.net"
    url = "https://zlib.net/zlib-1.3.1.tar.gz"
    version("1.3.1", sha256="9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23")
    depends_on("c", type="build")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tour")
    shutil.copytree(ROOT / "recipes", made / "recipes")
    zlib = made / CHECKOUT / "packages" / "zlib"
    zlib.mkdir(parents=True)
    (made / CHECKOUT / "repo.yaml").write_text("repo:\n  namespace: builtin\n  api: v2.2\n")
    (zlib / "package.py").write_text(ZLIB)
    return made


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_of_a_page(page: Path, folder: Path) -> None:
    bin_dir = Path(sys.executable).parent
    environment = dict(os.environ, PATH=f"{bin_dir}{os.pathsep}{os.environ['PATH']}", COLUMNS="80")
    environment["NO_COLOR"] = "1"
    # What a page makes, its later commands use; other pages start afresh.
    place = folder / page.stem
    for name in ("recipes", "spack-packages"):
        shutil.copytree(folder / name, place / name, dirs_exist_ok=True)
    for shown in commands(page):
        if shown.command.startswith(ELSEWHERE):
            continue
        if shown.command.startswith("stackbridge build") and not shutil.which("dockerd"):
            continue
        done = subprocess.run(
            ["bash", "-c", shown.command],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        where = f"{page.name}:{shown.line}: {shown.command}"
        assert done.returncode == shown.exit_code, (
            f"{where}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
        if shown.output:
            assert fits(shown.output, done.stdout + done.stderr), (
                f"{where}\nprinted:\n{done.stdout}{done.stderr}"
            )


def test_the_runner_itself_can_fail() -> None:
    assert fits(("a", "...", "d"), "a\nb\nc\nd\n")
    assert fits(("a", "...", "d"), "a\nd\n")
    assert not fits(("a", "d"), "a\nb\nd\n")
    assert not fits(("a",), "b\n")
