from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.catalog.facts import coordinates_in, homepage_key, repository_in
from stackbridge.catalog.spelling import bare, fold, language_of, plain, same_version

NAMES = st.text("abcXYZ019-_.+:", min_size=1, max_size=12)


@given(NAMES)
@settings(max_examples=150, deadline=None)
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(NAMES)
@settings(max_examples=150, deadline=None)
def test_bare_is_plain_without_dashes(name: str) -> None:
    for ecosystem in ("spack", "easybuild", "guix", "debian"):
        assert bare(ecosystem, name) == plain(ecosystem, name).replace("-", "")


@given(st.lists(st.integers(0, 999), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_separators_and_a_leading_v_are_spelling(parts: list[int]) -> None:
    dotted, lined = (sep.join(map(str, parts)) for sep in "._")
    assert same_version(dotted, lined)
    assert same_version(dotted, f"v{dotted}")
    assert not same_version(dotted, f"{dotted}.7")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("v2312", "2312", True), ("1_82_0", "1.82.0", True), ("2.0.0-rc1", "2.0.0rc1", True),
        ("1.2", "1.2.0", False), ("2024a", "2024b", False), ("2023.07", "2023.7", True),
        ("1.10", "1.1", False), ("r7", "7", True), ("1.1.1w", "1.1.1", False),
    ],
)  # fmt: skip
def test_versions_that_are_one(one: str, other: str, same: bool) -> None:
    assert same_version(one, other) is same


@pytest.mark.parametrize(
    ("ecosystem", "name", "language", "core"),
    [
        ("spack", "py-numpy", "python", "numpy"), ("spack", "r-data-table", "r", "data-table"),
        ("guix", "python-numpy", "python", "numpy"), ("guix", "r-minimal", "r", "minimal"),
        ("debian", "r-cran-data.table", "r", "data-table"),
        ("debian", "libjson-xs-perl", "perl", "json-xs"),
        ("easybuild", "protobuf-python", "python", "protobuf"),
        ("easybuild", "Boost.Python", "", "boost-python"), ("spack", "hdf5", "", "hdf5"),
    ],
)  # fmt: skip
def test_languages_and_cores(ecosystem: str, name: str, language: str, core: str) -> None:
    assert language_of(ecosystem, name) == language
    assert plain(ecosystem, name) == core


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://github.com/FFTW/fftw3/archive/v3.tar.gz", "github.com/fftw/fftw3"),
        ("https://github.com/ucx/ucx.git", "github.com/ucx/ucx"),
        ("git@github.com:a/b.git", "github.com/a/b"),
        ("https://gitlab.com/group/sub/name/-/archive/1/x.tar.gz", "gitlab.com/group/sub/name"),
        ("https://gitlab.inria.fr/gappa/gappa", "gitlab.inria.fr/gappa/gappa"),
        ("https://github.com/only-owner", None),
        ("https://example.org/a/b", None),
        ("https://github.com/%(github_account)s/x", None),
    ],
)
def test_repositories(url: str, repository: str | None) -> None:
    assert repository_in(url) == repository


@pytest.mark.parametrize(
    ("url", "coordinate"),
    [
        ("pypi://Foo_Bar/foo-1.tar.gz", "pypi:foo-bar"),
        ("https://files.pythonhosted.org/packages/source/n/numpy/numpy-1.tar.gz", "pypi:numpy"),
        ("https://pypi.org/project/ruamel.yaml/", "pypi:ruamel-yaml"),
        ("mirror://cran/src/contrib/Archive/ggplot2/ggplot2_3.3.tar.gz", "cran:ggplot2"),
        ("https://cran.r-project.org/package=data.table", "cran:data.table"),
        ("https://bioconductor.org/packages/Biobase", "bioconductor:Biobase"),
        ("mirror://cpan/authors/id/I/IS/ISHIGAKI/JSON-4.02.tar.gz", "cpan:JSON"),
        ("https://metacpan.org/release/JSON-XS", "cpan:JSON-XS"),
        ("https://example.org/JSON-4.02.tar.gz", None),
    ],
)
def test_coordinates(url: str, coordinate: str | None) -> None:
    assert coordinates_in([url]) == ((coordinate,) if coordinate else ())


def test_homepages() -> None:
    assert homepage_key("https://www.FFTW.org/") == homepage_key("http://fftw.org/index.html")
    assert homepage_key("https://github.com/") is None
    assert homepage_key("https://sourceforge.net") is None
    assert homepage_key("nothing") is None
