"""Each rule: where it says yes, where no, and where it does not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stackbridge.hub.package import Toolchain
from stackbridge.hub.stack import Container
from stackbridge.resolver.model import How, Level, Reason, Result, Verdict, worst
from stackbridge.resolver.rules import REASONS, RULES
from stackbridge.resolver.wanted import Wanted
from stackbridge.sites.profile import Site

Make = Callable[..., Wanted]
Place = Callable[..., Site]
Judge = Callable[..., Result]
Said = Callable[[Result, str], list[Reason]]

EB = [{"kind": "easybuild", "scope": "site", "source": "s1"}]
SPACK = [{"kind": "spack", "scope": "site", "source": "s1"}]
IMAGE = Container(base="debian:12")


def partition(**more: Any) -> list[dict[str, Any]]:
    return [{"id": "cpu", "source": "s1", **more}]


# --- CPU ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "verdict"),
    [
        (("x86_64_v3",), Verdict.READY),
        (("zen3",), Verdict.READY),
        (("zen4", "zen2"), Verdict.READY),
        (("zen4",), Verdict.CHANGES_NEEDED),
        (("neoverse_v2",), Verdict.BLOCKED),
        (("grace", "zen3"), Verdict.READY),
        (("unheard",), Verdict.UNKNOWN),
        ((), Verdict.READY),
    ],
)
def test_cpu_target(
    *,     wanted: Make, place: Place, judge: Judge, said: Said,
    targets: tuple[str, ...], verdict: Verdict,
) -> None:  # fmt: skip
    result = judge(wanted(targets=targets), place())
    assert result.verdict is verdict
    reasons = said(result, "cpu-target")
    assert bool(reasons) is (verdict is not Verdict.READY)
    if verdict in (Verdict.CHANGES_NEEDED, Verdict.BLOCKED):
        assert "zen3" in reasons[0].evidence
        assert reasons[0].source == "github:us/config (2026)"
        assert "add the target zen3" in reasons[0].change


def test_an_unknown_cpu_is_unknown(wanted: Make, place: Place, judge: Judge) -> None:
    site = place(partitions=partition(gpu="none"))
    assert judge(wanted(targets=("zen3",)), site).verdict is Verdict.UNKNOWN
    assert judge(wanted(), site).verdict is Verdict.READY


def test_a_packages_own_target_counts(wanted: Make, place: Place, judge: Judge, said: Said) -> None:
    (reason,) = said(judge(wanted("hdf5 target=zen4"), place(delivery=EB)), "cpu-target")
    assert reason.subject == "hdf5"
    assert reason.level is Level.CHANGES_NEEDED


# --- GPU ---------------------------------------------------------------------------------

A100 = partition(cpu={"archspec": "zen2"}, gpu={"arch": "sm_80", "model": "NVIDIA A100"})


@pytest.mark.parametrize(
    ("gpus", "blocks", "verdict"),
    [
        (("sm_80",), {"partitions": A100}, Verdict.READY),
        (("gfx90a", "sm_80"), {"partitions": A100}, Verdict.READY),
        (("sm_90",), {"partitions": A100}, Verdict.CHANGES_NEEDED),
        (("gfx90a",), {"partitions": A100}, Verdict.BLOCKED),
        (("sm_80",), {}, Verdict.BLOCKED),
        (("sm_80",), {"partitions": partition()}, Verdict.UNKNOWN),
        (("sm_80",), {"partitions": partition(gpu={"model": "?"})}, Verdict.UNKNOWN),
    ],
)
def test_gpu(
    *,     wanted: Make, place: Place, judge: Judge, said: Said,
    gpus: tuple[str, ...], blocks: dict[str, Any], verdict: Verdict,
) -> None:  # fmt: skip
    result = judge(wanted(gpus=gpus), place(**blocks))
    assert result.verdict is verdict
    assert bool(said(result, "gpu")) is (verdict is not Verdict.READY)


def test_another_partition_with_the_gpu_is_named(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    cpu, gpu = partition(gpu="none")[0], {**A100[0], "id": "acc"}
    (reason,) = said(judge(wanted(gpus=("sm_80",)), place(partitions=[cpu, gpu])), "gpu")
    assert reason.change == "use the partition acc"


def test_a_gpu_package_without_architecture_needs_the_vendor(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    stack = wanted("gromacs +cuda")
    assert not said(judge(stack, place(partitions=A100, delivery=SPACK)), "gpu")
    amd = partition(gpu={"arch": "gfx90a"})
    (reason,) = said(judge(stack, place(partitions=amd, delivery=SPACK)), "gpu")
    assert reason.level is Level.BLOCKED


# --- system ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("os", "wants", "verdict"),
    [
        ({"id": "rocky", "version": "9.4"}, "rhel9", Verdict.READY),
        ({"id": "sles", "version": "15.6"}, "sles15", Verdict.READY),
        ({"id": "toss", "version": "4", "base": "rhel8"}, "almalinux8", Verdict.READY),
        ({"id": "rocky", "version": "8.5"}, "rhel9", Verdict.CHANGES_NEEDED),
        ({"id": "sles", "version": "15"}, "ubuntu24.04", Verdict.CHANGES_NEEDED),
        (None, "rhel9", Verdict.UNKNOWN),
        (None, None, Verdict.READY),
    ],
)
def test_os(
    *,     wanted: Make, place: Place, judge: Judge,
    os: dict[str, Any] | None, wants: str | None, verdict: Verdict,
) -> None:  # fmt: skip
    blocks = {"os": {**os, "source": "s1"}} if os else {}
    assert judge(wanted(os=wants), place(**blocks)).verdict is verdict


def test_a_container_brings_its_own_system(wanted: Make, place: Place, judge: Judge) -> None:
    site = place(
        os={"id": "sles", "version": "15", "source": "s1"},
        containers=[{"runtime": "apptainer", "build": True, "source": "s1"}],
    )
    assert judge(wanted(os="debian12", container=IMAGE), site).verdict is Verdict.READY


@pytest.mark.parametrize(
    ("libc", "verdict"),
    [("2.38", Verdict.READY), ("2.28", Verdict.CHANGES_NEEDED), (None, Verdict.UNKNOWN)],
)
def test_libc(wanted: Make, place: Place, judge: Judge, libc: str | None, verdict: Verdict) -> None:
    blocks = {"libc": {"family": "glibc", "version": libc, "source": "s1"}} if libc else {}
    assert judge(wanted("glibc@2.34:"), place(**blocks)).verdict is verdict


# --- MPI ---------------------------------------------------------------------------------

CRAY = {"name": "cray-mpich", "versions": ["8.1.32"], "abi": "mpich", "source": "s1"}
OPEN = {"name": "openmpi", "versions": ["5.0.5"], "abi": "openmpi", "source": "s1"}
FUJITSU = {"name": "fujitsu-mpi", "source": "s1"}


@pytest.mark.parametrize(
    ("asks", "mpi", "level"),
    [
        ("hdf5 +mpi", [CRAY], None),
        ("hdf5 +mpi", [], Level.UNKNOWN),
        ("hdf5 ^openmpi", [OPEN], None),
        ("hdf5 ^openmpi", [CRAY, OPEN], None),
        ("hdf5 ^openmpi", [CRAY], Level.CHANGES_NEEDED),
        ("hdf5 ^mpich", [CRAY], None),
        ("hdf5 ^mpich", [OPEN], Level.CHANGES_NEEDED),
        ("hdf5 ^openmpi", [FUJITSU], Level.UNKNOWN),
        ("hdf5 ^openmpi", [], Level.UNKNOWN),
        ("hdf5", [], None),
    ],
)
def test_mpi_abi(
    *,     wanted: Make, place: Place, judge: Judge, said: Said,
    asks: str, mpi: list[dict[str, Any]], level: Level | None,
) -> None:  # fmt: skip
    reasons = said(judge(wanted(asks), place(mpi=mpi, delivery=SPACK)), "mpi-abi")
    assert [reason.level for reason in reasons] == ([] if level is None else [level])
    if level is Level.CHANGES_NEEDED:
        assert reasons[0].change.startswith("use ")


def test_eessi_brings_open_mpi(wanted: Make, place: Place, judge: Judge, said: Said) -> None:
    eessi = [{"kind": "eessi", "source": "s1"}]
    (reason,) = said(judge(wanted("hdf5 ^openmpi"), place(delivery=eessi, mpi=[CRAY])), "mpi-abi")
    assert reason.level is Level.NOTE


def test_an_mpi_that_stands_in_is_named(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    site = place(mpi=[CRAY], delivery=SPACK)
    (reason,) = said(judge(wanted("hdf5 ^mpich"), site), "mpi-name")
    assert "cray-mpich" in reason.message
    assert not said(judge(wanted("hdf5 ^cray-mpich"), site), "mpi-name")


def test_a_fact_for_another_partition_does_not_count(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    elsewhere = [{**OPEN, "partitions": ["gpu"]}]
    (reason,) = said(judge(wanted("hdf5 ^openmpi"), place(mpi=elsewhere)), "mpi-abi")
    assert reason.level is Level.UNKNOWN


# --- containers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runtimes", "verdict", "rules"),
    [
        ([{"runtime": "apptainer", "build": True}], Verdict.READY, set()),
        ([{"runtime": "apptainer"}], Verdict.READY, {"container-build"}),
        ([{"runtime": "apptainer", "build": False}], Verdict.READY, {"container-build"}),
        ([{"runtime": "apptainer", "build": "limited"}], Verdict.READY, {"container-build"}),
        ([], Verdict.UNKNOWN, {"container-runtime"}),
        ([{"runtime": "docker", "available": False}], Verdict.UNKNOWN, {"container-runtime"}),
        (
            [{"runtime": name, "available": False} for name in ("docker", "apptainer")],
            Verdict.BLOCKED,
            {"container-runtime"},
        ),
    ],
)
def test_containers(
    *,     wanted: Make, place: Place, judge: Judge,
    runtimes: list[dict[str, Any]], verdict: Verdict, rules: set[str],
) -> None:  # fmt: skip
    site = place(containers=[{**runtime, "source": "s1"} for runtime in runtimes])
    result = judge(wanted("gromacs", container=IMAGE), site)
    assert result.verdict is verdict
    found = {reason.rule for reason in result.reasons if reason.rule.startswith("container")}
    assert found == rules
    assert [answer.how for answer in result.answers] == [How.CONTAINER]


def test_without_a_container_nothing_is_said_of_runtimes(
    wanted: Make, place: Place, judge: Judge
) -> None:
    assert judge(wanted(), place()).reasons == ()


# --- packages ----------------------------------------------------------------------------

MODULES = [
    {
        "modules": [
            "GROMACS/2024.4-foss-2024a",
            "HDF5/1.14.5-gompi-2024a",
            "HDF5/1.14.5-GCC-13.3.0",
            "SciPy-bundle/2024.05-gfbf-2024a",
            "GROMACS/2025.2-foss-2025a",
        ],
        "source": "s1",
    }
]


def test_an_installed_package_is_ready(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    result = judge(wanted("gromacs@2024.4", "py-numpy"), place(installed=MODULES))
    assert result.verdict is Verdict.READY
    assert [answer.where for answer in result.answers] == [
        "GROMACS/2024.4-foss-2024a",
        "SciPy-bundle/2024.05-gfbf-2024a",
    ]
    assert result.answers[1].version == "1.26.4"
    assert all(reason.evidence and reason.source for reason in said(result, "package-installed"))


def test_mpi_chooses_the_build(wanted: Make, place: Place, judge: Judge) -> None:
    site = place(installed=MODULES, mpi=[OPEN])
    assert judge(wanted("hdf5 +mpi"), site).answers[0].where == "HDF5/1.14.5-gompi-2024a"
    assert judge(wanted("hdf5 ~mpi"), site).answers[0].where == "HDF5/1.14.5-GCC-13.3.0"


def test_a_toolchain_chooses_the_generation(wanted: Make, place: Place, judge: Judge) -> None:
    site = place(installed=MODULES, mpi=[OPEN])

    def where(version: str) -> str:
        stack = wanted("gromacs", toolchain=Toolchain(name="foss", version=version))
        return judge(stack, site).answers[0].where

    assert where("2024a") == "GROMACS/2024.4-foss-2024a"
    assert where("2025a") == "GROMACS/2025.2-foss-2025a"
    assert where("2023b") == ""


def test_a_package_that_is_not_installed_can_be_built(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    result = judge(wanted("gromacs@2024.4"), place(delivery=EB))
    assert result.verdict is Verdict.BUILDABLE
    assert result.answers[0].how is How.EASYBUILD
    assert "GROMACS-2024.4-foss-2024a.eb" in said(result, "package-built")[0].evidence
    result = judge(wanted("gromacs@2024.4"), place(delivery=SPACK))
    assert result.answers[0].how is How.SPACK
    uenv = [{"kind": "uenv", "source": "s1"}]
    assert judge(wanted("gromacs"), place(delivery=uenv)).answers[0].where == "uenv: gromacs@2025.2"


def test_installed_only(wanted: Make, place: Place, judge: Judge) -> None:
    result = judge(wanted("gromacs"), place(delivery=EB), installed_only=True)
    assert result.verdict is Verdict.CHANGES_NEEDED
    assert not result.can_run


def test_a_branch_is_not_chosen_where_a_release_suits(
    wanted: Make, place: Place, judge: Judge
) -> None:
    assert judge(wanted("gromacs"), place(delivery=SPACK)).answers[0].version == "2025.2"
    assert judge(wanted("gromacs@main"), place(delivery=SPACK)).answers[0].version == "main"


def test_no_recipe_for_a_version(wanted: Make, place: Place, judge: Judge, said: Said) -> None:
    result = judge(wanted("onlyspack@9"), place(delivery=SPACK))
    assert result.verdict is Verdict.CHANGES_NEEDED
    (reason,) = said(result, "package-version")
    assert reason.change == "ask for 1.2"
    assert result.answers[0].how is How.NONE


def test_no_recipe_at_all(wanted: Make, place: Place, judge: Judge, said: Said) -> None:
    result = judge(wanted("onlyspack"), place(delivery=EB))
    assert result.verdict is Verdict.CHANGES_NEEDED
    assert said(result, "package-recipe")


def test_an_unknown_name_is_unknown_with_a_hint(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    result = judge(wanted("gromcas"), place(delivery=EB))
    assert result.verdict is Verdict.UNKNOWN
    (reason,) = said(result, "package-name")
    assert "did you mean `gromacs`?" in reason.change
    assert result.unknown == ("gromcas: the catalog does not know `gromcas`",)


@pytest.mark.parametrize(
    "delivery",
    [
        [],
        [{"kind": "cray-pe", "source": "s1"}],
        [{"kind": "site-modules", "source": "s1"}],
        [{"kind": "easybuild", "status": "retired", "source": "s1"}],
        [{"kind": "easybuild", "upstream_easyconfigs_work": False, "source": "s1"}],
        [{"kind": "easybuild", "partitions": ["gpu"], "source": "s1"}],
    ],
)
def test_an_unknown_delivery_is_unknown(
    wanted: Make, place: Place, judge: Judge, said: Said, delivery: list[dict[str, Any]]
) -> None:
    result = judge(wanted("gromacs"), place(delivery=delivery))
    assert result.verdict is Verdict.UNKNOWN
    assert said(result, "delivery")
    foreign = bool(delivery) and "upstream_easyconfigs_work" in delivery[0]
    assert bool(said(result, "foreign-recipes")) is foreign


def test_vetoed(wanted: Make, place: Place, judge: Judge, said: Said) -> None:
    veto = [{"value": ["impi"], "source": "s1"}]
    site = place(vetoed_software=veto, delivery=EB)
    result = judge(wanted("intel-oneapi-mpi"), site)
    assert result.verdict is Verdict.BLOCKED
    assert said(result, "vetoed")[0].subject == "intel-oneapi-mpi"
    assert not said(judge(wanted("gromacs"), site), "vetoed")
    elsewhere = place(vetoed_software=[{**veto[0], "partitions": ["gpu"]}], delivery=EB)
    assert not said(judge(wanted("intel-oneapi-mpi"), elsewhere), "vetoed")


def test_two_generations_do_not_load_together(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    stack = ("gromacs@2025.2", "py-numpy", "hdf5")
    result = judge(wanted(*stack), place(installed=MODULES))
    assert result.verdict is Verdict.CHANGES_NEEDED
    (reason,) = said(result, "one-generation")
    assert reason.subject == "gromacs@2025.2"
    result = judge(wanted(*stack), place(installed=MODULES, delivery=EB))
    assert result.verdict is Verdict.BUILDABLE
    levels = {reason.level for reason in said(result, "one-generation")}
    assert levels == {Level.NOTE, Level.WARNING}
    apart = judge(wanted(*stack, unify="separately"), place(installed=MODULES))
    assert apart.verdict is Verdict.READY


def test_features_that_no_list_tells_are_named(
    wanted: Make, place: Place, judge: Judge, said: Said
) -> None:
    site = place(installed=MODULES)
    result = judge(wanted("gromacs@2024.4 precision=single"), site)
    assert result.verdict is Verdict.READY
    assert "precision=single" in said(result, "features")[0].message
    assert any("precision=single" in text for text in result.unknown)
    assert not said(judge(wanted("gromacs +plumed"), place(delivery=SPACK)), "features")


# --- policies ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        ({"internet_on_compute": {"value": False}}, "internet"),
        ({"internet_on_compute": {"value": "proxy-only"}}, "internet"),
        ({"internet_on_compute": {"value": True}}, None),
        ({"compile_on_login": {"value": False}}, "login-build"),
        ({"compile_on_login": {"value": True}}, None),
        ({}, None),
    ],
)
def test_policies_warn_who_builds(
    wanted: Make, place: Place, judge: Judge, policy: dict[str, Any], rule: str | None
) -> None:
    blocks = {"policy": {name: {**row, "source": "s1"} for name, row in policy.items()}}
    built = judge(wanted("gromacs"), place(delivery=EB, **blocks))
    assert [r.rule for r in built.reasons if r.level is Level.WARNING] == ([rule] if rule else [])
    assert built.verdict is Verdict.BUILDABLE
    loaded = judge(wanted("gromacs@2024.4"), place(installed=MODULES, **blocks))
    assert not [r for r in loaded.reasons if r.level is Level.WARNING]


def test_inodes(wanted: Make, place: Place, judge: Judge, said: Said) -> None:
    few = [{"path": "/home", "inodes": 25_000, "source": "s1"}]
    many = [{"path": "/home", "inodes": 5_000_000, "source": "s1"}]
    assert said(judge(wanted("gromacs"), place(delivery=EB, filesystems=few)), "inodes")
    assert not said(judge(wanted("gromacs"), place(delivery=EB, filesystems=many)), "inodes")
    assert not said(
        judge(wanted("gromacs@2024.4"), place(installed=MODULES, filesystems=few)), "inodes"
    )


def test_eessi_for_cpus_only(wanted: Make, place: Place, judge: Judge, said: Said) -> None:
    eessi = [{"kind": "eessi", "cpu_only": True, "source": "s1"}]
    result = judge(wanted("gromacs +cuda"), place(delivery=eessi, partitions=A100))
    assert said(result, "eessi-gpu")
    assert result.answers[0].how is How.NONE


# --- the list ----------------------------------------------------------------------------


def test_every_rule_says_what_it_is() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.says.endswith((".", "?")) for rule in RULES)
    assert all(says.endswith(".") for says in REASONS.values())


def test_what_is_certain_goes_before_what_is_not_known() -> None:
    def reason(level: Level) -> Reason:
        return Reason(rule="gpu", level=level, subject="x", message="y")

    assert worst([]) is Verdict.READY
    assert worst([reason(Level.WARNING), reason(Level.NOTE)]) is Verdict.READY
    assert worst([reason(Level.BUILDABLE), reason(Level.UNKNOWN)]) is Verdict.UNKNOWN
    assert worst([reason(Level.UNKNOWN), reason(Level.CHANGES_NEEDED)]) is Verdict.CHANGES_NEEDED
    assert worst([reason(Level.CHANGES_NEEDED), reason(Level.BLOCKED)]) is Verdict.BLOCKED
