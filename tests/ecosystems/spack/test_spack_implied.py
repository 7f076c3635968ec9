"""What is said for Spack because its defaults are others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from stackbridge.cli.app import cli
from stackbridge.ecosystems.spack.translating.implied import with_implied
from stackbridge.ecosystems.spack.vocabulary import Vocabulary
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Feature, Package

ON, OFF = Feature(name="mpi", value=True), Feature(name="mpi", value=False)


def vocabulary(*, on: bool, conditional: bool = False) -> Vocabulary:
    return Vocabulary(
        "a test",
        {"fftw": {"mpi": True, "precision": ["float"]}},
        frozenset(),
        lambda _name: ("mpi",) if conditional else (),
        lambda _name: ("mpi",) if on else (),
    )


def test_what_differs_from_the_default_is_said() -> None:
    found, notices = with_implied(Package(name="fftw"), [OFF], vocabulary(on=True))
    assert found.features == (OFF,)
    assert [(n.code, n.subject) for n in notices] == [(Code.FEATURE_IMPLIED, "fftw")]


def test_what_is_on_is_said_and_what_is_off_anyway_is_not() -> None:
    assert with_implied(Package(name="fftw"), [ON], vocabulary(on=True))[0].features == (ON,)
    assert with_implied(Package(name="fftw"), [OFF], vocabulary(on=False)) == (
        Package(name="fftw"),
        (),
    )


def test_what_the_package_says_itself_counts() -> None:
    package = Package(name="fftw", features=(ON,))
    assert with_implied(package, [OFF], vocabulary(on=True)) == (package, ())


@pytest.mark.parametrize("name", ["mpi", "cuda", "precision"])
def test_a_choice_that_is_not_always_there_is_not_said(name: str) -> None:
    told = [Feature(name=name, value=True)]
    words = vocabulary(on=True, conditional=True)
    assert with_implied(Package(name="fftw"), told, words)[0].features == ()


def test_easyconfigs_tell_by_toolchain_dependencies_and_name(tmp_path: Path) -> None:
    files = {
        "FFTW-3.3.10-GCC-12.3.0": "fftw@=3.3.10~mpi",
        "FFTW.MPI-3.3.10-gompi-2023a": "fftw@=3.3.10+mpi",
        "netCDF-4.9.2-gompi-2023a": "netcdf-c@=4.9.2+mpi",
        "PyTorch-2.1.2-foss-2023a": "py-torch@=2.1.2~cuda",
        "Boost.Python-1.82.0-GCC-12.3.0": "boost@=1.82.0+python",
    }
    stack = tmp_path / "easystack.yaml"
    stack.write_text("easyconfigs:\n" + "".join(f"  - {name}.eb\n" for name in files))
    result = CliRunner().invoke(cli, ["convert", str(stack), "-t", "spack"])
    assert result.exit_code == 0
    text = yaml.safe_load(result.stdout)["spack"]["specs"]
    flat = [spec for item in text for spec in ([item] if isinstance(item, str) else item["specs"])]
    for spec in files.values():
        assert spec in flat


def test_the_whole_for_a_part_is_not_exact(tmp_path: Path) -> None:
    stack, report = tmp_path / "easystack.yaml", tmp_path / "report.json"
    stack.write_text("easyconfigs:\n  - arrow-R-14.0.1-foss-2023a-R-4.3.2.eb\n")
    convert = ["convert", str(stack), "-t", "spack", "--report", str(report)]
    assert CliRunner().invoke(cli, convert).exit_code == 0
    (row,) = json.loads(report.read_text())["packages"]
    assert row["how"] == "approximated"
    assert "name-approximated" in row["kinds"]
