"""What counts as one meaning and what does not, whichever words a stack has for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "diff.schema.json").read_text())


def spack(*specs: str, more: str = "") -> str:
    listed = "".join(f"  - '{spec}'\n" for spec in specs)
    return f"spack:\n  specs:\n{listed}{more}"


def easystack(*files: str) -> str:
    return "easyconfigs:\n" + "".join(f"- {name}\n" for name in files)


def diff(
    place: Path, *further: str, code: int | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "stackbridge", "diff", *further],
        cwd=place,
        env={**os.environ, "XDG_CACHE_HOME": str(place / "cache")},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if code is not None:
        assert done.returncode == code, done.stderr
    return done


def differences(place: Path, a: str, b: str) -> set[str]:
    """`kind subject aspect a -> b` of all; a and b are texts."""
    names = []
    for side, text in (("a", a), ("b", b)):
        name = "spack.yaml" if text.startswith("spack") else "easystack.yaml"
        name = "stackbridge.yaml" if text.startswith("stackbridge") else name
        (place / side).mkdir(exist_ok=True)
        (place / side / name).write_text(text)
        names.append(f"{side}/{name}")
    done = diff(place, *names, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMA)
    assert answer["equal"] == (done.returncode == 0) == (not answer["differences"])
    return {
        f"{d['kind']} {d['subject']} {d['aspect']} {d['a']} -> {d['b']}"
        for d in answer["differences"]
    }


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        # a compiler is one, however it is said
        (spack("zlib %gcc@13"), spack("zlib %gcc@12"), "changed zlib toolchain"),
        (spack("zlib %gcc@13"), spack("zlib"), "widened zlib toolchain compiler gcc@13 -> "),
        (spack("zlib %c,cxx=gcc@13"), spack("zlib %gcc@13"), None),
        (
            spack("zlib %gcc@13"),
            spack("zlib", more="  packages:\n    c:\n      require: [gcc@13]\n"),
            None,
        ),
        # providers are roles, other dependencies constraints
        (spack("hdf5 ^openmpi"), spack("hdf5 ^[virtuals=mpi] mpich"), "changed hdf5 toolchain"),
        (spack("hdf5 ^zlib@1.3"), spack("hdf5"), "widened hdf5 dependency ^zlib@1.3 -> "),
        (spack("hdf5 ^zlib@1.3"), spack("hdf5 ^zlib@1.2"), "changed hdf5 dependency"),
        (spack("hdf5 ^zlib"), spack("hdf5 ^zlib@1.2"), "narrowed hdf5 dependency"),
        (spack("hdf5 ^zlib +pic"), spack("hdf5 ^zlib ~pic"), "changed hdf5 dependency ^zlib pic"),
        # GPUs have one spelling
        (
            spack("kokkos +cuda cuda_arch=80"),
            spack("kokkos +cuda cuda_arch=90"),
            "changed kokkos gpu sm_80 -> sm_90",
        ),
        # the machine, flags and hashes
        (spack("zlib target=zen3"), spack("zlib target=zen4"), "changed zlib target"),
        (spack("zlib os=rhel9"), spack("zlib"), "widened zlib target os=rhel9 -> "),
        (spack('zlib cflags="-O3"'), spack("zlib"), "widened zlib flags"),
        (spack("zlib /abcdef"), spack("zlib"), "widened zlib origin /abcdef -> "),
        # a rule on a request is part of it; another one is compared as a rule
        (
            spack("hdf5", more="  packages:\n    hdf5:\n      require: [+mpi]\n"),
            spack("hdf5 +mpi"),
            None,
        ),
        (
            spack("hdf5", more="  packages:\n    zlib:\n      require: ['@1.3']\n"),
            spack("hdf5"),
            "missing zlib rule require",
        ),
        (
            spack("hdf5", more="  concretizer:\n    unify: true\n"),
            spack("hdf5", more="  concretizer:\n    unify: false\n"),
            "changed the stack unify together -> separately",
        ),
        # an easystack's toolchains are what they are made of
        (easystack("zlib-1.3.1-GCC-13.3.0.eb"), easystack("zlib-1.3.1-GCCcore-13.3.0.eb"), None),
        (
            easystack("HDF5-1.14.5-gompi-2024a.eb"),
            spack("hdf5@=1.14.5 +mpi %gcc@13.3.0 ^openmpi@5.0.3"),
            None,
        ),
        (
            easystack("LAMMPS-29Aug2024-foss-2023b-kokkos.eb"),
            spack("lammps@=20240829 +kokkos"),
            "widened LAMMPS toolchain",
        ),
        # a group's compiler is that of its packages, and what is only needed is not asked for
        (
            (
                "spack:\n  specs:\n  - group: g\n    specs: [zlib]\n    override:\n"
                "      packages:\n        c:\n          require: [gcc@13]\n"
            ),
            spack("zlib %gcc@12"),
            "changed zlib toolchain compiler gcc@13 -> compiler gcc@12",
        ),
        (
            "spack:\n  specs:\n  - group: g\n    explicit: false\n    specs: [gcc@13]\n  - zlib\n",
            spack("zlib"),
            None,
        ),
        # one build that is both needs no second
        (spack("hdf5", "hdf5 +mpi"), spack("hdf5 +mpi"), None),
        (spack("hdf5 +mpi", "hdf5 ~mpi"), spack("hdf5 +mpi"), "missing hdf5 package hdf5 ~mpi -> "),
    ],
)
def test_meaning(tmp_path: Path, a: str, b: str, expected: str | None) -> None:
    found = {d for d in differences(tmp_path, a, b) if " unify  -> " not in d}
    if expected is None:
        assert not {d for d in found if " unify " not in d}
    else:
        assert any(d.startswith(expected) for d in found), found
        assert all(d.startswith(" ".join(expected.split(" ")[:2])) for d in found), found


def test_what_everything_has_is_said_once(tmp_path: Path) -> None:
    names = ["zlib", "bzip2", "cURL", "expat", "ncurses"]
    versions = ["1.3.1", "1.0.8", "8.7.1", "2.6.2", "6.5"]
    (tmp_path / "easystack.yaml").write_text(
        easystack(*(f"{n}-{v}-GCCcore-13.3.0.eb" for n, v in zip(names, versions, strict=True)))
    )
    (tmp_path / "spack.yaml").write_text(spack("zlib", "bzip2", "curl", "expat", "ncurses"))
    out = diff(tmp_path, "spack.yaml", "easystack.yaml", code=1).stdout
    assert out.count("compiler gcc@13.3.0") == 1
    assert out.startswith("A spack.yaml: 5 packages\nB easystack.yaml: 5 packages\n")
    assert "zlib =1.3.1" in out


def test_standard_input_and_a_directory(tmp_path: Path) -> None:
    (tmp_path / "spack.yaml").write_text(spack("zlib"))
    (tmp_path / "out" / "easyconfigs").mkdir(parents=True)
    (tmp_path / "out" / "easystack.yaml").write_text(easystack("zlib-1.3.1-GCCcore-13.3.0.eb"))
    diff(tmp_path, "-", "spack.yaml", stdin=spack("zlib"), code=0)
    diff(tmp_path, "spack.yaml", "out", "--ignore", "narrowed", code=0)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("-", "-"), "standard input"),
        (("spack.yaml", "nowhere.yaml"), "no such file"),
        (("spack.yaml", "empty"), "no stack in here"),
        (("spack.yaml", "two"), "which one"),
        (("spack.yaml", "notes.txt"), "what format"),
        (("spack.yaml", "spack.yaml", "--from-b", "spak"), "did you mean"),
        (("spack.yaml", "bad/spack.yaml"), "bad/spack.yaml"),
        (("spack.yaml",), "Missing argument"),
    ],
)
def test_bad_input_exits_with_2(tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    (tmp_path / "spack.yaml").write_text(spack("zlib"))
    (tmp_path / "notes.txt").write_text("hello\n")
    for name in ("empty", "two", "bad"):
        (tmp_path / name).mkdir()
    (tmp_path / "bad" / "spack.yaml").write_text("spack: [\n")
    (tmp_path / "two" / "spack.yaml").write_text(spack("zlib"))
    (tmp_path / "two" / "easystack.yaml").write_text(easystack("zlib-1.3.1-GCCcore-13.3.0.eb"))
    done = diff(tmp_path, *arguments, code=2)
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_what_could_not_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "spack.yaml").write_text(spack("zlib", more="  include: [nowhere.yaml]\n"))
    done = diff(tmp_path, "spack.yaml", "spack.yaml", code=0)
    assert "nowhere.yaml" in done.stderr
