"""A Spack environment and its package repository become an easystack with easyconfigs beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackbridge.ecosystems.easybuild.language.evaluate import evaluate

PACKAGE = '''
from spack.package import *


class Flimsy(Package):
    """A library of flimsy things."""

    homepage = "https://flimsy.example"
    url = "https://github.com/flimsy/flimsy/archive/v1.2.tar.gz"
    version("1.3", sha256="a" * 64)
    build_system("cmake", default="cmake")
    variant("mpi", default=False)
    variant("fast", default=True)
    depends_on("c", type="build")
    depends_on("mpi", when="+mpi")
    depends_on("zlib")

    def cmake_args(self):
        return [self.define_from_variant("FLIMSY_FAST", "fast")]
'''
ENVIRONMENT = """\
spack:
  specs:
  - zlib
  - flimsy ~fast
  packages:
    all:
      variants: +mpi
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An environment and a repository."""
    (tmp_path / "spack.yaml").write_text(ENVIRONMENT)
    folder = tmp_path / "repository" / "packages" / "flimsy"
    folder.mkdir(parents=True)
    (folder / "package.py").write_text(PACKAGE)
    text = "repo:\n  namespace: small\n  api: v2.0\n"
    (tmp_path / "repository" / "repo.yaml").write_text(text)
    return tmp_path


def convert(place: Path, *further: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "stackbridge",
            "convert",
            "spack.yaml",
            "-t",
            "easystack",
            "--toolchain",
            "foss-2024a",
            "--notices",
            "notices.json",
            *further,
        ],
        cwd=place,
        env={**os.environ, "XDG_CACHE_HOME": str(place / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_directory_gets_easyconfigs_of_what_the_release_lacks(place: Path) -> None:
    convert(place, "--repository", "repository", "-o", "out/")
    files = sorted(str(p.relative_to(place / "out")) for p in (place / "out").rglob("*.*"))
    path = "easyconfigs/f/flimsy/flimsy-1.3-gompi-2024a.eb"
    assert files == [path, "easystack.yaml"]
    assert "- flimsy-1.3-gompi-2024a.eb\n" in (place / "out" / "easystack.yaml").read_text()
    values = evaluate((place / "out" / path).read_text()).values
    assert values["toolchain"] == {"name": "gompi", "version": "2024a"}
    assert values["configopts"] == "-DFLIMSY_FAST=OFF"
    assert values["checksums"] == ["a" * 64]
    assert values["github_account"] == "flimsy"
    notices = json.loads((place / "notices.json").read_text())
    about = {notice["code"] for notice in notices if notice["subject"] == "flimsy"}
    assert "package-generated" in about
    assert not about & {"package-lost", "package-absent", "feature-lost"}


def test_a_single_file_gets_none(place: Path) -> None:
    convert(place, "--repository", "repository", "-o", "easystack.yaml")
    assert "flimsy" not in (place / "easystack.yaml").read_text()
    notices = json.loads((place / "notices.json").read_text())
    assert "package-lost" in {n["code"] for n in notices if n["subject"] == "flimsy"}
