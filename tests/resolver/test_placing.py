"""How packages come to partitions of the shipped sites: EESSI, LUMI, JSC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stackbridge.hub.package import Toolchain
from stackbridge.hub.versions import VersionSet
from stackbridge.resolver.check import Where, check, partitions_of
from stackbridge.resolver.matching import spellings, suits
from stackbridge.resolver.model import How, Result
from stackbridge.resolver.offers import NoOffers, plain_names
from stackbridge.resolver.wanted import Wanted
from stackbridge.sites.profile import Site
from stackbridge.sites.shipped import site

Make = Callable[..., Wanted]


def at(place: str, partition: str, wanted: Wanted, offers: Any = None) -> Result:
    return check(
        wanted, [Where(site=site(place), partition=partition)], offers or NoOffers()
    ).results[0]


def test_eessi_serves_by_cpu_target(wanted: Make) -> None:
    result = at("deucalion", "arm", wanted("gromacs@2024.4"))
    assert result.answers[0].how is How.EESSI
    assert "for a64fx" in result.reasons[0].evidence
    result = at("jupiter", "booster", wanted("gromacs@2024.4"))
    assert "for neoverse_v2" in result.reasons[0].evidence


def test_eessi_gpu_modules_need_the_architecture(wanted: Make) -> None:
    stack = wanted("gromacs@2024.4 +cuda cuda_arch=80")
    assert at("karolina", "qgpu", stack).answers[0].where == (
        "GROMACS/2024.4-foss-2023b-CUDA-12.4.0"
    )
    assert at("karolina", "qcpu", stack).answers[0].how is not How.EESSI


def test_an_extension_is_found_in_its_bundle(wanted: Make) -> None:
    result = at("vega", "cpu", wanted("py-numpy@1.26.4"))
    assert result.answers[0].where == "SciPy-bundle/2024.05-gfbf-2024a"
    assert "extension of SciPy-bundle" in result.reasons[0].evidence


def test_sites_without_eessi_get_nothing_of_it(wanted: Make) -> None:
    assert at("leonardo", "dcgp_usr_prod", wanted("gromacs")).answers[0].how is How.EESSI
    assert at("frontier", "batch", wanted("gromacs")).answers[0].how is How.NONE
    assert at("juwels", "cluster", wanted("gromacs")).answers[0].how is not How.EESSI


def test_lumi_has_a_module_tree_for_each_partition(wanted: Make) -> None:
    stack = wanted("gsl@2.8", unify="separately")
    assert at("lumi", "lumi-c", stack).answers[0].how is How.MODULE
    assert "cpeGNU" in at("lumi", "lumi-c", stack).answers[0].where
    amd = wanted("boost@1.88", toolchain=Toolchain(name="cpeAMD", version="25.03"))
    assert at("lumi", "lumi-g", amd).answers[0].where == "Boost/1.88.0-cpeAMD-25.03"
    assert at("lumi", "lumi-c", amd).answers[0].how is How.NONE


def test_builds_with_gcc_are_preferred(wanted: Make) -> None:
    assert (
        at("juwels", "cluster", wanted("fftw@3.3.10"))
        .answers[0]
        .where.startswith("FFTW/3.3.10-GCC")
    )


def test_compilers_named_by_the_profile_are_there(wanted: Make) -> None:
    result = at("miyabi", "miyabi-g", wanted("cuda@12.8", "hpcx"))
    assert [answer.how for answer in result.answers] == [How.MODULE, How.MODULE]
    assert at("miyabi", "miyabi-g", wanted("cuda@10")).answers[0].how is How.NONE
    assert at("jupiter", "booster", wanted("cuda@12")).answers[0].how is How.MODULE


@pytest.mark.parametrize(
    ("version", "wanted_set", "answer"),
    [
        ("29Aug2024", "20240829", True),
        ("29Aug2024_update1", "20240829.1", True),
        ("29Aug2024_update1", "=20240829", False),
        ("v2312", "=2312", True),
        ("1.2.3", "1.2", True),
        ("1.3", "1.2", False),
        ("", "1.2", False),
    ],
)
def test_versions_in_other_spellings(version: str, wanted_set: str, answer: bool) -> None:
    assert suits(version, VersionSet.parse(wanted_set)) is answer
    assert suits(version, VersionSet.any())


def test_spellings() -> None:
    assert spellings("2Aug2023_update2") == ("2Aug2023_update2", "20230802.2")
    assert spellings("2023.1") == ("2023.1",)
    assert spellings("1Foo2023") == ("1Foo2023",)


def test_without_a_catalog_equal_names_are_equal() -> None:
    assert [(o.name, o.extension) for o in plain_names("py-numpy", "spack")] == [
        ("numpy", True),
        ("numpy", False),
    ]
    assert plain_names("gromacs", None)[0].name == "gromacs"


def test_login_nodes_are_not_checked_unless_named() -> None:
    fugaku = site("fugaku")
    assert [p.id for p in partitions_of(Where(site=fugaku))] == ["compute"]
    assert [p.id for p in partitions_of(Where(site=fugaku, partition="login"))] == ["login"]


def test_the_stack_of_another_generation_is_not_mixed_in(wanted: Make) -> None:
    result = at("vega", "cpu", wanted("gromacs@2024.4", "py-numpy", "hdf5 +mpi", "fftw"))
    labels = [answer.where for answer in result.answers]
    assert labels[0] == "GROMACS/2024.4-foss-2023b"
    assert all(any(t in label for t in ("2023b", "13.2.0")) for label in labels)


def test_a_site_of_ones_own(place: Callable[..., Site], wanted: Make) -> None:
    ours = place(installed=[{"modules": ["gromacs/2024.4"], "source": "s1"}])
    result = check(wanted("gromacs@2024"), [Where(site=ours)], NoOffers()).results[0]
    assert result.can_run


def test_easyconfigs_of_one_generation_are_chosen(wanted: Make) -> None:
    result = at("juwels", "cluster", wanted("gromacs@2024.4", "hdf5", unify="together"))
    assert [answer.where for answer in result.answers] == [
        "GROMACS-2024.4-foss-2024a.eb",
        "HDF5-1.14.5-gompi-2024a.eb",
    ]
    cuda = at("juwels", "booster", wanted("gromacs@2024.4 +cuda cuda_arch=80"))
    assert cuda.answers[0].where == "GROMACS-2024.4-foss-2023b-CUDA-12.4.0.eb"


def test_no_easyconfig_for_cuda_is_no_way_to_build_it(wanted: Make) -> None:
    (answer,) = at("juwels", "booster", wanted("zlib +cuda cuda_arch=80")).answers
    assert answer.how is How.NONE


def test_a_python_of_the_site_is_not_mixed_with_other_modules(wanted: Make) -> None:
    result = at("jupiter", "booster", wanted("python@3.11:", "py-numpy@1.26"))
    assert [answer.how for answer in result.answers] == [How.EESSI, How.EESSI]
    hunter = at("hunter", "mi300a", wanted("python@3.11", "py-numpy@1.24"))
    assert [answer.where for answer in hunter.answers] == [
        "cray_python 3.11.7 of HLRS/APU/2026.1",
        "numpy 1.24.4 of HLRS/APU/2026.1",
    ]
