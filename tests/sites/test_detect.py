"""Detecting a site: what is seen gives a valid profile, what is not seen is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackbridge.sites.detect import Machine, look, profile
from stackbridge.sites.document import read_site
from stackbridge.yamltext import dump

FULL = Machine(
    os_release={"ID": "rocky", "VERSION_ID": "9.4"},
    libc=("glibc", "2.34"),
    cpu="zen4",
    cores=96,
    gpus=(("NVIDIA H100", "sm_90"), ("NVIDIA H100", "sm_90")),
    commands=frozenset({"sbatch", "apptainer", "eb", "spack"}),
    module_tool="lmod",
    mpi=("openmpi", "5.0.3"),
    eessi=("2023.06", "2025.06"),
)


def test_what_is_seen_is_in_the_profile() -> None:
    text = dump(profile(FULL, site="ours", date="2026-11-21"))
    site = read_site(text, "ours.yaml")
    assert site.os is not None
    assert (site.os.id, site.os.version) == ("rocky", "9.4")
    assert site.libc is not None
    assert site.libc.version == "2.34"
    assert site.scheduler == "slurm"
    assert [delivery.kind for delivery in site.delivery] == ["eessi", "easybuild", "spack"]
    assert [(mpi.name, mpi.abi) for mpi in site.mpi] == [("openmpi", "openmpi")]
    assert [runtime.runtime for runtime in site.runtimes] == ["apptainer"]
    (partition,) = site.partitions
    assert partition.cpu == "zen4"
    assert partition.gpu
    assert (partition.gpu.arch, partition.gpu.visible) == ("sm_90", 2)


def test_what_is_not_seen_is_left_out() -> None:
    site = read_site(dump(profile(Machine(), site="bare", date="2026-11-21")), "bare.yaml")
    assert site.os is None
    assert site.libc is None
    assert site.mpi == ()
    assert site.partitions[0].cpu is None
    assert site.partitions[0].gpu is None


@pytest.mark.parametrize("version", ['9"; rm', "$(id)", "9\n"])
def test_odd_values_stay_values(version: str) -> None:
    machine = Machine(os_release={"ID": "rocky", "VERSION_ID": version})
    site = read_site(dump(profile(machine, site="odd", date="2026-11-21")), "odd.yaml")
    assert site.os is not None
    assert site.os.version == version


def test_this_machine_gives_a_valid_profile_without_its_user(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "os-release").write_text('ID="sles"\nVERSION_ID="15.6"\nbad line\n')
    (tmp_path / "cvmfs/software.eessi.io/versions/2025.06").mkdir(parents=True)
    secrets = {"LMOD_CMD": "/x/lmod", "TOKEN": "very-secret", "USER": "somebody-here"}
    machine = look(tmp_path, secrets)
    assert machine.os_release == {"ID": "sles", "VERSION_ID": "15.6"}
    assert machine.eessi == ("2025.06",)
    assert machine.module_tool == "lmod"
    text = dump(profile(machine, site="here", date="2026-11-21"))
    assert "secret" not in text
    assert "somebody" not in text
    assert str(tmp_path) not in text
    read_site(text, "here.yaml")
