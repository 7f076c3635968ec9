"""The shipped profiles: shape, sources, and that the fast reader reads the same."""

from __future__ import annotations

import pytest

from stackbridge.errors import UsageError
from stackbridge.sites.document import read_site
from stackbridge.sites.profile import Site, from_data
from stackbridge.sites.shipped import all_sites, names, site, text_of


def test_there_are_23() -> None:
    assert len(names()) == 23


@pytest.mark.parametrize("name", names())
def test_a_profile_is_valid_and_read_alike_by_both_readers(name: str) -> None:
    strict = read_site(text_of(name), f"{name}.yaml")
    assert strict.id == name
    assert repr(strict) == repr(site(name))


@pytest.mark.parametrize("name", names())
def test_every_source_is_used_and_unlinked_ones_are_marked(name: str) -> None:
    profile = site(name)
    text = text_of(name)
    body = text[text.index("\nsources:") :].split("\n", 2)[2]
    facts = "\n".join(line for line in body.splitlines() if "{id: s" not in line[:10])
    for source in profile.sources:
        assert source.id in facts, f"{source.id} is never used"
        vague = not source.ref.startswith(("github:", "http"))
        assert source.linked is not vague, source.ref


@pytest.mark.parametrize("name", names())
def test_gpus_are_known_or_none_never_left_open_by_accident(name: str) -> None:
    assert all(partition.gpu is not None for partition in site(name).partitions)


def test_what_is_not_known_stays_unknown() -> None:
    assert site("vega").os is None
    assert site("alps").partitions[4].cpu is None
    assert site("fugaku").mpi[0].abi is None
    bare = from_data({"id": "x", "name": "X"})
    assert bare == Site(id="x", name="X")


def test_facts_limited_to_partitions() -> None:
    juwels = site("juwels")
    impi = next(mpi for mpi in juwels.mpi if mpi.name == "impi")
    assert impi.holds_for("cluster")
    assert not impi.holds_for("booster")
    assert site("vega").policy("internet_on_compute", "gpu") is not None
    assert site("vega").policy("internet_on_compute", "cpu") is None


def test_build_rights() -> None:
    rights = {
        profile.id: [runtime.build for runtime in profile.runtimes] for profile in all_sites()
    }
    assert rights["frontier"] == ["yes"]
    assert rights["lumi"] == ["limited"]
    assert rights["karolina"] == [None]


def test_sources_are_shown_with_date_and_mark() -> None:
    leonardo = site("leonardo")
    assert leonardo.reference(["s2"]).endswith("(2026) [not linked]")
    assert leonardo.reference(["nowhere"]) == ""


def test_an_unknown_site_gives_a_hint() -> None:
    with pytest.raises(UsageError) as caught:
        site("lummi")
    assert caught.value.hint == "did you mean `lumi`?"
    with pytest.raises(UsageError) as caught:
        text_of("../../errors")
    assert caught.value.exit_code == 2
