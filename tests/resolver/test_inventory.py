"""What is installed at a site, listed and as externals for Spack."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from stackbridge.cli.app import cli
from stackbridge.errors import UsageError
from stackbridge.resolver.check import Where
from stackbridge.resolver.inventory import inventory
from stackbridge.sites.shipped import site

ROOT = Path(__file__).parents[2]


def test_modules_of_a_partition() -> None:
    found = inventory(Where(site=site("karolina"), partition="qcpu"))
    names = {node.name for node in found.nodes}
    assert {"GROMACS", "HDF5"} <= names
    assert len(found.nodes) == len({node.key for node in found.nodes})
    assert {node.target for node in found.nodes} == {"zen2"}


def test_only_what_goes_with_a_toolchain() -> None:
    where = Where(site=site("karolina"), partition="qcpu")
    some = {node.key for node in inventory(where, "foss-2023b").nodes}
    every = {node.key for node in inventory(where).nodes}
    assert some < every
    assert not [key for key in some if key.endswith(("foss-2023a", "GCCcore-12.3.0"))]
    assert any(key.endswith("gompi-2023b") for key in some)


def test_cuda_modules_only_where_their_gpus_are() -> None:
    cpu = inventory(Where(site=site("karolina"), partition="qcpu"))
    for node in cpu.nodes:
        if node.name == "GROMACS":
            assert not [feature for feature in node.features if feature.name == "cuda"]


def test_a_site_without_a_list_says_so() -> None:
    with pytest.raises(UsageError, match="no list"):
        inventory(Where(site=site("frontier")))


def test_on_the_command_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["site", "installed", "vega/cpu", "--format", "json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    jsonschema.validate(rows, json.loads((ROOT / "schemas/site-installed.schema.json").read_text()))
    out = tmp_path / "packages.yaml"
    done = CliRunner().invoke(
        cli,
        ["site", "installed", "vega/cpu", "--toolchain", "foss-2023b",
         "--format", "packages.yaml", "-o", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    packages = yaml.safe_load(out.read_text())["packages"]
    (external, *_) = packages["hdf5"]["externals"]
    assert external["spec"].startswith("hdf5@=1.14.3")
    assert external["modules"] == ["HDF5/1.14.3-gompi-2023b"]
    assert "variants" in done.stderr
    # Spack can't choose between two of one spec; a part of a package is not the package.
    for entry in packages.values():
        specs = [row["spec"] for row in entry["externals"]]
        assert len(specs) == len(set(specs))
    modules = [
        m for entry in packages.values() for row in entry["externals"] for m in row["modules"]
    ]
    assert not [module for module in modules if module.startswith("Tkinter/")]
    # Spack's recipe reads its dates as figures.
    assert all(row["spec"].startswith("lammps@=20") for row in packages["lammps"]["externals"])
