"""Lists of installed modules: names taken apart, generations, extensions inside bundles."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from stackbridge.sites.installed import (
    Listing,
    from_names,
    gcc_of,
    generation_of,
    parse_module,
    shipped,
    split_name,
)


@pytest.mark.parametrize(
    ("label", "name", "version", "toolchain", "suffix"),
    [
        ("GROMACS/2024.4-foss-2023b-CUDA-12.4.0", "GROMACS", "2024.4", "foss-2023b", "CUDA-12.4.0"),
        ("GROMACS/2024.4-foss-2023b", "GROMACS", "2024.4", "foss-2023b", ""),
        ("LAMMPS/29Aug2024-foss-2023b-kokkos", "LAMMPS", "29Aug2024", "foss-2023b", "kokkos"),
        ("netCDF-C++4/4.3.1-gompi-2023b", "netCDF-C++4", "4.3.1", "gompi-2023b", ""),
        ("FFTW/3.3.10-intel-compilers-2024.2.0", "FFTW", "3.3.10", "intel-compilers-2024.2.0", ""),
        ("GSL/2.8-cpeGNU-25.03-OpenMP", "GSL", "2.8", "cpeGNU-25.03", "OpenMP"),
        ("GCC/13.3.0", "GCC", "13.3.0", None, ""),
        ("FastQC/0.12.1-Java-11", "FastQC", "0.12.1", None, "Java-11"),
        ("BLIS/1.0-GCC-13.3.0", "BLIS", "1.0", "GCC-13.3.0", ""),
        ("vim", "vim", "", None, ""),
    ],
)
def test_a_module_name_is_taken_apart(
    label: str, name: str, version: str, toolchain: str | None, suffix: str
) -> None:
    module = parse_module(label)
    assert (module.name, module.version, module.toolchain, module.suffix) == (
        name,
        version,
        toolchain,
        suffix,
    )


def test_file_names_are_split_before_the_version() -> None:
    assert split_name("APR-util-1.6.3-GCCcore-13.3.0") == ("APR-util", "1.6.3-GCCcore-13.3.0")
    assert split_name("nodigits") == ("nodigits", "")


def test_what_a_name_tells_of_mpi_and_accelerators() -> None:
    assert parse_module("HDF5/1.14.5-gompi-2024a").with_mpi is True
    assert parse_module("HDF5/1.14.5-GCC-13.3.0").with_mpi is False
    assert parse_module("GCC/13.3.0").with_mpi is None
    assert parse_module("CP2K/2023.1-cpeGNU-25.03").with_mpi is True
    assert parse_module("A/1-foss-2023b-CUDA-12.1").accelerator == "cuda"
    assert parse_module("A/1-cpeGNU-25.03-rocm").accelerator == "rocm"
    assert parse_module("A/1-foss-2023b").accelerator is None


def test_a_generation_is_what_can_be_loaded_together() -> None:
    assert gcc_of("foss-2024a") == "13.3.0"
    assert gcc_of("GCCcore-13.3.0") == "13.3.0"
    assert gcc_of("foss-1999a") is None
    one, other = parse_module("A/1-foss-2024a"), parse_module("B/1-GCCcore-13.3.0")
    assert generation_of(one) == generation_of(other) == "GCC 13.3.0"
    assert generation_of(parse_module("C/1")) is None
    lumi = parse_module("C/1-cpeGNU-25.03", release="LUMI/25.03", tree="LC")
    assert generation_of(lumi) == "LUMI/25.03 cpeGNU-25.03"
    system = parse_module("git/2", release="LUMI/25.03", tree="common")
    assert generation_of(system) == "LUMI/25.03"


def test_the_generations_are_those_of_the_easyconfigs() -> None:
    found = Path(sys.prefix) / "easybuild" / "easyconfigs"
    if not found.is_dir():
        pytest.skip("EasyBuild is not installed beside this Python")
    checked = 0
    for toolchain in ("foss-2023b", "foss-2024a", "gompi-2025a", "gfbf-2025b", "intel-2024a"):
        name = toolchain.partition("-")[0]
        path = found / name[0] / name / f"{toolchain}.eb"
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            version = re.search(r"gccver\w*\s*=\s*'([\d.]+)'", text)
            assert version is not None
            assert gcc_of(toolchain) == version[1]
            checked += 1
    assert checked >= 4


def test_eessi_has_targets_and_extensions() -> None:
    eessi = shipped("eessi")
    assert eessi is not None
    assert len(eessi) > 2200
    assert eessi.releases() == ("2023.06", "2025.06")
    assert "zen5" in eessi.cpus("2025.06")
    assert "zen5" not in eessi.cpus("2023.06")
    labels = {module.label for version, module in eessi.carrying("numpy") if version == "1.26.4"}
    assert "SciPy-bundle/2024.05-gfbf-2024a" in labels
    cuda = [m for m in eessi.named("gromacs") if m.suffix == "CUDA-12.4.0"]
    assert cuda
    assert cuda[0].gpus == ("sm_70", "sm_80", "sm_90")


def test_lumi_and_jsc_have_stacks() -> None:
    lumi, jsc = shipped("lumi"), shipped("jsc-stage-2025")
    assert lumi is not None
    assert jsc is not None
    assert "LUMI/25.03" in lumi.releases()
    assert {m.tree for m in lumi} >= {"LC", "G", "common"}
    assert len(jsc) == 350


@pytest.mark.parametrize("name", ["nothing", "../sites/lumi", "/etc/passwd", ""])
def test_there_is_no_list_of_another_name(name: str) -> None:
    assert shipped(name) is None


def test_a_profiles_own_modules_are_a_list() -> None:
    listing = from_names(["GROMACS/2024.4-foss-2023b", "odd"], source="seen")
    assert isinstance(listing, Listing)
    assert [module.version for module in listing.named("gromacs")] == ["2024.4"]
    assert listing.named("hdf5") == ()
    assert listing.source == "seen"
