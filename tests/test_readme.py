"""The README's first command, as a new user runs it: in a fresh clone, with nothing set up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def first_commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^\$ (python3 tools/\S+)$", text, re.MULTILINE)


def test_there_are_exactly_two_commands() -> None:
    assert first_commands() == ["python3 tools/try.py", "python3 tools/test.py"]


def test_ci_calls_the_second() -> None:
    assert "\npython3 tools/test.py\n" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("STACKBRIDGE_NO_CLONE")), reason="asked not to clone")
def test_the_main_job_in_a_fresh_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    if subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False
    ).returncode:
        pytest.skip("not a git checkout")
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    # The system's Python, as a new user's `python3`; the test's own environment stays out.
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    environment["PATH"] = os.pathsep.join(
        part
        for part in os.environ["PATH"].split(os.pathsep)
        if part != str(Path(sys.executable).parent)
    )
    done = subprocess.run(
        ["python3", "tools/try.py"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for name in ("spack.yaml", "easystack.yaml", "Dockerfile", "md-cpu.def"):
        assert (clone / "out" / name).stat().st_size > 100
    assert "gromacs" in (clone / "out" / "spack.yaml").read_text()
    assert "GROMACS" in (clone / "out" / "easystack.yaml").read_text()
