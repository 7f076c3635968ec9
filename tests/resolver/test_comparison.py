"""What differs in meaning between two stacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from stackbridge.hub.package import Package
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet
from stackbridge.resolver.comparison import compare

ROOT = Path(__file__).parents[2]


def same_name(package: Package, _names: str | None) -> Iterator[tuple[str, VersionSet, str]]:
    yield (package.name or "").lower(), package.versions, ""
    if package.name == "bundle":
        yield "numpy", VersionSet.exactly("1.26"), "bundle"


def stack(*specs: str) -> Stack:
    return Stack(name="s", entries=tuple(parse(spec) for spec in specs))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (["zlib"], ["zlib"], []),
        (["zlib"], ["ZLIB"], []),
        (["zlib", "hdf5"], ["zlib"], ["missing hdf5 package"]),
        (["zlib"], ["zlib", "hdf5"], ["added hdf5 package"]),
        (["hdf5@1.14"], ["hdf5@=1.14.5"], ["narrowed hdf5 version"]),
        (["hdf5@=1.14.5"], ["hdf5@1.14"], ["widened hdf5 version"]),
        (["hdf5@=1.14.5"], ["hdf5@=1.14.6"], ["changed hdf5 version"]),
        (["hdf5 +mpi"], ["hdf5"], ["widened hdf5 feature"]),
        (["hdf5 +mpi"], ["hdf5 ~mpi"], ["changed hdf5 feature"]),
        (["hdf5 +mpi", "hdf5 ~mpi"], ["hdf5 ~mpi", "hdf5 +mpi"], []),
        (["hdf5 +mpi", "hdf5 ~mpi"], ["hdf5 +mpi"], ["missing hdf5 package"]),
        (["numpy@1.26"], ["bundle"], ["narrowed numpy version", "added bundle package"]),
        (["bundle"], ["bundle"], []),
    ],
)
def test_differences(a: list[str], b: list[str], expected: list[str]) -> None:
    found = compare(stack(*a), stack(*b), same_name)
    assert [f"{d.kind} {d.subject} {d.aspect}" for d in found.differences] == expected


def test_targets_and_gpus_of_the_stack() -> None:
    found = compare(Stack(name="a", targets=("zen3",)), Stack(name="b", gpus=("sm_80",)), same_name)
    assert [(d.aspect, d.kind) for d in found.differences] == [
        ("target", "widened"),
        ("gpu", "narrowed"),
    ]


def test_across_formats_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "spack.yaml").write_text(
        "spack:\n  specs:\n  - zlib\n  - py-numpy\n  - gromacs@2024.4\n"
    )
    (tmp_path / "easystack.yaml").write_text(
        "easyconfigs:\n- zlib-1.3.1-GCCcore-13.3.0.eb\n- SciPy-bundle-2024.05-gfbf-2024a.eb\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "stackbridge",
            "diff",
            "spack.yaml",
            "easystack.yaml",
            "--format",
            "json",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads((ROOT / "schemas/diff.schema.json").read_text()))
    found = {(d["subject"], d["aspect"], d["kind"]) for d in answer["differences"]}
    assert ("gromacs", "package", "missing") in found
    assert ("py-numpy", "version", "narrowed") in found
    assert not any(subject == "zlib" and aspect == "package" for subject, aspect, _ in found)


def test_equal_stacks_exit_with_0(tmp_path: Path) -> None:
    (tmp_path / "spack.yaml").write_text("spack:\n  specs: [zlib]\n")
    done = subprocess.run(
        [sys.executable, "-m", "stackbridge", "diff", "spack.yaml", "spack.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "no difference in meaning\n")
