"""Which code runs where, held against archspec itself."""

from __future__ import annotations

import archspec.cpu
import pytest

from stackbridge.sites import targets

KNOWN = sorted(archspec.cpu.TARGETS)


def test_the_compact_table_has_archspecs_order() -> None:
    # The table may be of another archspec release than the one installed: compare what both know.
    for machine in KNOWN:
        if not targets.known(machine):
            continue
        real = {machine} | {a.name for a in archspec.cpu.TARGETS[machine].ancestors}
        assert targets.below(machine) == real, machine


def test_nearly_all_of_archspec_is_in_the_table() -> None:
    assert len([name for name in KNOWN if targets.known(name)]) > 70


@pytest.mark.parametrize(
    ("code", "machine", "runs"),
    [
        ("zen2", "zen3", True),
        ("zen3", "zen3", True),
        ("zen4", "zen3", False),
        ("x86_64_v3", "zen2", True),
        ("x86_64_v4", "zen3", False),
        ("aarch64", "a64fx", True),
        ("zen2", "a64fx", False),
        ("grace", "neoverse_v2", True),
        ("x86_64/amd/zen3", "trento", True),
        ("amd64", "icelake", True),
        ("skylake_avx512", "zen4", False),
        ("pentium9", "zen3", None),
        ("zen3", "unheard", None),
    ],
)
def test_runs_on(code: str, machine: str, runs: bool | None) -> None:
    assert targets.runs_on(code, machine) is runs


@pytest.mark.parametrize(
    ("wanted", "machine", "answer"),
    [
        ("zen2:", "zen3", True),
        ("zen4:", "zen3", False),
        (":zen3", "zen4", True),
        (":zen3", "a64fx", False),
        (":", "a64fx", True),
        ("zen4,zen2", "zen3", True),
        ("x86_64_v3:skylake_avx512", "zen2", True),
        ("nonsense,zen4", "zen3", None),
        (":nonsense", "zen3", None),
    ],
)
def test_in_range(wanted: str, machine: str, answer: bool | None) -> None:
    assert targets.in_range(wanted, machine) is answer


def test_family() -> None:
    assert targets.family("neoverse_v2") == "aarch64"
    assert targets.family("sapphirerapids") == "x86_64"
    assert targets.family("nothing") is None


def test_the_most_specific_target_is_chosen() -> None:
    assert targets.best("zen4", ["x86_64", "zen2", "zen3", "haswell"]) == "zen3"
    assert targets.best("a64fx", ["x86_64", "zen2"]) is None
    assert targets.best("grace", ["aarch64", "neoverse_n1", "neoverse_v1"]) == "neoverse_n1"


@pytest.mark.parametrize(
    ("arch", "vendor"),
    [("sm_80", "nvidia"), ("cc90", "nvidia"), ("80", "nvidia"), ("sm_90a", "nvidia"),
     ("gfx90a", "amd"), ("gfx942", "amd"), ("gfx90a:sramecc+", "amd"), ("pvc", "intel"),
     ("zen3", None), ("", None)],
)  # fmt: skip
def test_gpu_vendor(arch: str, vendor: str | None) -> None:
    assert targets.gpu_vendor(arch) == vendor


@pytest.mark.parametrize(
    ("code", "device", "runs"),
    [
        ("sm_80", "sm_80", True),
        ("sm_80", "sm_86", True),
        ("sm_86", "sm_80", False),
        ("sm_80", "sm_90", False),
        ("sm_90a", "sm_90", False),
        ("sm_100", "sm_103", True),
        ("gfx90a", "gfx90a", True),
        ("gfx90a:xnack-", "gfx90a", True),
        ("gfx90a", "gfx942", False),
        ("sm_80", "gfx90a", False),
        ("pvc", "pvc", True),
        ("what", "sm_80", None),
    ],
)
def test_gpu_runs_on(code: str, device: str, runs: bool | None) -> None:
    assert targets.gpu_runs_on(code, device) is runs
