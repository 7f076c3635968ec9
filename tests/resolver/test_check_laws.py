"""Laws of the check, for any stack at any shipped partition."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.hub.notices import NOWHERE
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Container, Stack
from stackbridge.resolver.check import Where, check
from stackbridge.resolver.model import How, Verdict, worst
from stackbridge.resolver.offers import NoOffers
from stackbridge.resolver.rules import REASONS
from stackbridge.resolver.variants import LEFT_OUT
from stackbridge.resolver.wanted import Wanted, from_stack
from stackbridge.sites.shipped import all_sites

PACKAGES = [
    "gromacs", "gromacs@2024.4", "gromacs +cuda cuda_arch=80", "gromacs +rocm", "hdf5 +mpi",
    "hdf5 ~mpi", "hdf5 ^openmpi", "hdf5 ^mpich", "py-numpy", "cuda@12", "nothing@1",
    "fftw target=zen4", "fftw target=neoverse_v2", "glibc@2.30:", "gcc@13",
]  # fmt: skip
PLACES = [Where(site=s, partition=p.id) for s in all_sites() for p in s.partitions]

stacks = st.builds(
    lambda names, targets, gpus, image, unify: from_stack(
        Stack(
            name="any",
            entries=tuple(parse(name, NOWHERE) for name in names),
            targets=tuple(targets),
            gpus=tuple(gpus),
            container=Container() if image else None,
            unify=unify,
        )
    ),
    st.lists(st.sampled_from(PACKAGES), max_size=5, unique=True),
    st.lists(st.sampled_from(["zen2", "x86_64_v3", "aarch64", "what"]), max_size=2),
    st.lists(st.sampled_from(["sm_80", "sm_90", "gfx90a", "pvc"]), max_size=2),
    st.booleans(),
    st.sampled_from([None, "together", "separately"]),
)


@settings(max_examples=150, deadline=None)
@given(stacks, st.sampled_from(PLACES))
def test_laws(wanted: Wanted, place: Where) -> None:
    (result,) = check(wanted, [place], NoOffers()).results
    assert result.verdict is worst(result.reasons)
    assert [answer.wanted for answer in result.answers] == [p.text for p in wanted.packages]
    assert all(reason.rule in REASONS for reason in result.reasons)
    assert all(reason.message for reason in result.reasons)
    for answer in result.answers:
        if answer.how is How.NONE and answer.where != LEFT_OUT:
            assert not result.can_run, "what is missing keeps a stack from running"
        assert (answer.how is How.CONTAINER) is (wanted.container and answer.where != LEFT_OUT)
    if result.verdict is Verdict.UNKNOWN:
        assert result.unknown
    # asking twice gives the same
    assert check(wanted, [place], NoOffers()).results[0] == result
