"""A manifest with a toolchain generation: a group of the environment, after its compiler's."""

from __future__ import annotations

from pathlib import Path

import yaml
from click.testing import CliRunner

from stackbridge.cli.app import cli


def test_a_manifests_generation_is_a_group_that_needs_its_compiler(tmp_path: Path) -> None:
    manifest = tmp_path / "stackbridge.yaml"
    manifest.write_text(
        "stackbridge: 1\nname: t\ntoolchain: foss-2024a\npackages: [gromacs@2024.4, hdf5 +mpi]\n"
    )
    result = CliRunner().invoke(cli, ["convert", str(manifest), "-t", "spack"])
    assert result.exit_code == 0, result.output
    compiler, generation = yaml.safe_load(result.stdout)["spack"]["specs"]
    assert compiler["specs"] == ["gcc@13.3.0 languages='c,c++,fortran'"]
    assert generation["needs"] == [compiler["group"]]
    assert generation["specs"] == ["gromacs@2024.4", "hdf5+mpi"]
    assert "is not used" not in result.stderr
