from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.catalog.lookup import Catalog
from stackbridge.catalog.overlay import parse_overlay
from stackbridge.errors import InputError

OVERLAY = """
add:
  mycode: {spack: mycode, easybuild: {name: MyCode, versions: ["1.0"]}}
  hdf5: {easybuild: HDF5-site}
replace:
  gromacs: {easybuild: [GROMACS-site]}
absent:
  lammps: {guix: "not packaged here"}
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(OVERLAY)
    return path


def test_a_site_has_the_last_word(overlay: Path) -> None:
    with Catalog.open(overlay=overlay) as catalog:
        mine = catalog.find("MyCode", "easybuild")
        assert mine is not None
        assert mine.key == "mycode"
        hdf5 = catalog.find("HDF5-site", "easybuild")
        assert hdf5 is not None
        assert [name.name for name in hdf5.names["easybuild"]] == ["HDF5-site", "HDF5"]
        assert catalog.find("HDF5", "easybuild") == hdf5
        assert catalog.find("GROMACS-site", "easybuild") == catalog.get("gromacs")
        assert catalog.find("GROMACS", "easybuild") is None
        lammps = catalog.get("lammps")
        assert lammps is not None
        assert "guix" not in lammps.names
        assert lammps.absent["guix"] == "not packaged here"
        assert catalog.find("lammps", "guix") is None
        assert "MyCode" in catalog.suggest("MyCod")


def test_an_empty_overlay_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("# nothing\n")
    with Catalog.open() as plain, Catalog.open(overlay=path) as same:
        assert plain.find("GROMACS") == same.find("GROMACS")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("add: [1]", None),
        ("more: {}", None),
        ("add: {a: {spack: {nam: b}}}", None),
        ("add: {a: {spack: 7}}", None),
        ("add: {a: {spack: {name: b, versions: 1.0}}}", None),
        ("add: {a: {spack: {name: b, versions: [1.0]}}}", None),
        ("absent: {a: {spack: ''}}", None),
        ("absent: {a: spack}", None),
        ("add:\n  a: {spack: [\n", 3),
        ("just a text", None),
        ("a: !!python/object/apply:os.system [x]", 1),
    ],
)
def test_wrong_overlays(text: str, line: int | None) -> None:
    with pytest.raises(InputError) as caught:
        parse_overlay(text, "site.yaml")
    assert caught.value.file == "site.yaml"
    if line is not None:
        assert caught.value.line == line


@given(st.text("ad:{}[]- \n'\"!&*#replcbsnt", max_size=60))
@settings(max_examples=200, deadline=None)
def test_whatever_is_written_there(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_overlay(text, "x.yaml")
