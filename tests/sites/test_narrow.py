"""A stack narrowed to a site."""

from __future__ import annotations

import pytest

from stackbridge.hub.notices import Code
from stackbridge.hub.stack import Stack
from stackbridge.sites.narrow import lowest, narrow
from stackbridge.sites.profile import Gpu, Partition, Site

SITE = Site(
    id="here",
    name="Here",
    partitions=(
        Partition(id="cpu", cpu="zen3", gpu=False),
        Partition(id="old", cpu="zen2", gpu=False),
        Partition(id="gpu", cpu="zen3", gpu=Gpu(arch="gfx90a")),
        Partition(id="login", cpu="icelake", role="login"),
    ),
)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["zen3", "zen2"], ("zen2",)),
        (["zen2", "zen3", "zen4"], ("zen2",)),
        (["zen3", "neoverse_v2"], ("zen3", "neoverse_v2")),
        (["zen3", "zen3"], ("zen3",)),
        ([], ()),
    ],
)
def test_the_fewest_targets_that_run_everywhere(
    targets: list[str], expected: tuple[str, ...]
) -> None:
    assert lowest(targets) == expected


def test_compute_partitions_decide() -> None:
    stack, notices = narrow(Stack(name="s"), SITE)
    assert stack.targets == ("zen2",)
    assert [notice.code for notice in notices] == [Code.TARGET_ASSUMED]
    assert narrow(Stack(name="s"), SITE, "cpu")[0].targets == ("zen3",)


def test_what_the_stack_says_stays() -> None:
    stack, notices = narrow(Stack(name="s", targets=("x86_64_v3",)), SITE)
    assert stack.targets == ("x86_64_v3",)
    assert not notices
    _, notices = narrow(Stack(name="s", targets=("a64fx",)), SITE)
    assert [notice.code for notice in notices] == [Code.TARGET_LOST]


def test_gpus_only_for_a_stack_that_wants_them() -> None:
    assert narrow(Stack(name="s"), SITE)[0].gpus == ()
    assert narrow(Stack(name="s", gpus=("gfx90a", "gfx942")), SITE)[0].gpus == ("gfx90a",)
    stack, notices = narrow(Stack(name="s", gpus=("sm_80",)), SITE)
    assert stack.gpus == ("sm_80",)
    assert Code.GPU_LOST in [notice.code for notice in notices]


def test_unknown_processors_are_said() -> None:
    stack, notices = narrow(Stack(name="s"), Site(id="x", name="X"))
    assert stack.targets == ()
    assert [notice.code for notice in notices] == [Code.TARGET_ASSUMED]
