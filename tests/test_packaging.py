"""The wheel and an editable install both carry schemas, recipes and data."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEEDED = (
    "stackbridge/py.typed",
    "stackbridge/schemas/manifest.schema.json",
    "stackbridge/schemas/site.schema.json",
    "stackbridge/recipes/md-cpu.yaml",
    "stackbridge/data/catalog.sqlite",
    "stackbridge/data/sites/lumi.yaml",
    "stackbridge/cli/app.py",
)


@pytest.mark.slow
def test_the_wheel_has_everything(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "-w",
            str(tmp_path),
            str(ROOT),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith("hpc_stackbridge-")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in NEEDED if name not in names]
    assert len(names) == len(set(names))
    assert wheel.stat().st_size < 20_000_000


def test_this_install_has_everything() -> None:
    package = files("stackbridge")
    for name in NEEDED:
        assert package.joinpath(*name.split("/")[1:]).is_file(), name


def test_nothing_names_this_machine() -> None:
    """No path of a developer's machine in what is shipped."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    if tracked == [""]:
        pytest.skip("not a git checkout")
    here = [
        f"/{one}/{two}" for one, two in (("opt", "judges"), ("work", "main"), ("work", "shared"))
    ]
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".yaml", ".json", ".toml", ".sh"} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [place for place in here if place in text], name
