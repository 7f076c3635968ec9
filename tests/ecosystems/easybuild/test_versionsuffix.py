"""What versionsuffixes of the release say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import read

SOFTWARE = frozenset({"PLUMED", "R", "Java", "Python", "PyTorch", "HepMC3", "METIS"})

# (suffix, features, software it is built with); all but the last two are released
MEANINGS: list[tuple[str, dict[str, bool], tuple[tuple[str, str], ...]]] = [
    ("", {}, ()),
    ("-CUDA-12.1.1", {"cuda": True}, (("CUDA", "12.1.1"),)),
    ("-ROCm-6.4.1", {"rocm": True}, (("ROCm", "6.4.1"),)),
    (
        "-CUDA-12.8.0-PLUMED-2.9.4",
        {"cuda": True, "plumed": True},
        (("CUDA", "12.8.0"), ("PLUMED", "2.9.4")),
    ),
    ("-PyTorch-2.1.2-CUDA-12.1.1", {"pytorch": True, "cuda": True}, (("PyTorch", "2.1.2"), ("CUDA", "12.1.1"))),
    ("-kokkos-CUDA-12.8.0", {"kokkos": True, "cuda": True}, (("CUDA", "12.8.0"),)),
    ("-Java-17-R-4.4.2", {"java": True, "r": True}, (("Java", "17"), ("R", "4.4.2"))),
    ("-Python-2.7.18", {"python": True}, (("Python", "2.7.18"),)),
    ("-serial", {"mpi": False}, ()),
    ("-nompi", {"mpi": False}, ()),
    ("-mpi", {"mpi": True}, ()),
    ("-dmpar", {"mpi": True}, ()),
    ("-int64", {"int64": True}, ()),
    ("-seq-iface64", {"mpi": False, "ilp64": True}, ()),
    ("-metis", {"metis": True}, ()),
    ("-parmetis", {"parmetis": True}, ()),
    ("-metis-seq", {"metis": True, "mpi": False}, ()),
    ("-minimal", {}, ()),
    ("-linux-x86_64-CUDA-12.1.1", {"cuda": True}, (("CUDA", "12.1.1"),)),
    ("-lmax-6-cp2k", {}, ()),
    ("-Unheard-1.2", {}, ()),
    ("-serialized", {}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "features", "software"), MEANINGS)
def test_meanings(
    text: str, features: dict[str, bool], software: tuple[tuple[str, str], ...]
) -> None:
    suffix = read(text, SOFTWARE)
    assert suffix.features == features
    assert suffix.software == software


@pytest.mark.parametrize(
    ("text", "architecture"),
    [
        ("-linux-x86_64", "x86_64"),
        ("-linux-aarch64", "aarch64"),
        ("-Linux_x86_64", "x86_64"),
        ("-ubuntu22.04_amd64", None),
        ("-x64-linux", "x86_64"),
    ],
)
def test_platforms(text: str, architecture: str | None) -> None:
    tags = read(text).tags
    assert not read(text).features
    if architecture is not None:
        assert [tag.architecture for tag in tags if tag.kind == "platform"] == [architecture]


@pytest.mark.parametrize("text", ["-minimal", "-basic", "-bare", "-zoltan", "-tools", "-whl"])
def test_builds_with_less_than_usual(text: str) -> None:
    assert [tag.kind for tag in read(text).tags] == ["reduced"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([text for text, _, _ in MEANINGS] + ["-x", "_y.1", "-CUDA", ".el8", "-3"])
        | st.text("-_.aZ19+", max_size=6),
        max_size=4,
    )
)
def test_law_tags_joined_are_the_suffix(parts: list[str]) -> None:
    text = "".join(parts)
    assert "".join(tag.text for tag in read(text, SOFTWARE).tags) == text


def test_most_of_the_release_is_understood() -> None:
    release = open_release(Context())
    suffixes = [
        offer.suffix
        for name in release.software
        for offer in release.offers(name)
        if offer.suffix.text
    ]
    assert len(suffixes) > 1300
    unknown = [suffix for suffix in suffixes if any(t.kind == "unknown" for t in suffix.tags)]
    assert len(unknown) < len(suffixes) / 12
    cuda = [suffix for suffix in suffixes if "CUDA" in suffix.text]
    # `-Ginkgo-CUDA-12`-like words are no exception
    assert all(suffix.feature("cuda") for suffix in cuda)
