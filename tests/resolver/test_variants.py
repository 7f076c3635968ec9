"""Several builds of one package: those for other machines are left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stackbridge.resolver.model import Level, Result, Verdict
from stackbridge.resolver.variants import LEFT_OUT
from stackbridge.resolver.wanted import Wanted
from stackbridge.sites.profile import Site

EB = [{"kind": "easybuild", "scope": "site", "source": "s1"}]
BOTH = ("hdf5 target=zen2", "hdf5 target=neoverse_v2")


def test_the_build_for_another_cpu_is_left_out(
    wanted: Callable[..., Wanted], place: Callable[..., Site], judge: Callable[..., Result]
) -> None:
    result = judge(wanted(*BOTH), place(delivery=EB))
    assert result.verdict is Verdict.BUILDABLE
    assert [answer.where == LEFT_OUT for answer in result.answers] == [False, True]
    (note,) = [reason for reason in result.reasons if reason.rule == "variant"]
    assert note.subject == "hdf5 target=neoverse_v2"
    assert note.level is Level.NOTE


def test_where_none_fits_all_count(
    wanted: Callable[..., Wanted], place: Callable[..., Site], judge: Callable[..., Result]
) -> None:
    power = [{"id": "p", "cpu": {"archspec": "power9le"}, "gpu": "none", "source": "s1"}]
    result = judge(wanted(*BOTH), place(delivery=EB, partitions=power))
    assert result.verdict is Verdict.BLOCKED
    assert LEFT_OUT not in [answer.where for answer in result.answers]


def test_gpu_builds_are_for_gpu_partitions(
    wanted: Callable[..., Wanted], place: Callable[..., Site], judge: Callable[..., Result]
) -> None:
    stack = wanted("gromacs", "gromacs +cuda cuda_arch=80", "gromacs +cuda cuda_arch=90")

    def left_out(**gpu: Any) -> list[bool]:
        partitions = [{"id": "p", "cpu": {"archspec": "zen3"}, "source": "s1", **gpu}]
        result = judge(stack, place(delivery=EB, partitions=partitions))
        return [answer.where == LEFT_OUT for answer in result.answers]

    assert left_out(gpu="none") == [False, True, True]
    assert left_out(gpu={"arch": "sm_80"}) == [False, False, True]
    assert left_out(gpu={"arch": "gfx90a"}) == [False, True, True]
    assert left_out() == [False, False, False]
