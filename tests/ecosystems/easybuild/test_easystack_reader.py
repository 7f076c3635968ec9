"""Easystack -> Stack -> easystack: names, versions, toolchains, suffixes; nothing changes on the way."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context, Input, Reading, format_named
from stackbridge.ecosystems.easybuild import reader, writer
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.easybuild.easystack import Easystack, parse
from stackbridge.ecosystems.easybuild.resolving.filenames import FileName, build, take_apart
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Feature, Package, Toolchain
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "easystacks"


def read(text: str) -> Reading:
    return reader.read(Input(text=text, file="s.yaml"), Context())


def stack_of(text: str) -> Stack:
    stack = read(text).stack
    assert stack is not None
    return stack


def one(name: str) -> tuple[Package, tuple[Code, ...]]:
    reading = read(f"easyconfigs:\n- {name}\n")
    assert reading.stack is not None
    (entry,) = reading.stack.entries
    assert isinstance(entry, Package)
    return entry, tuple(notice.code for notice in reading.notices)


def through(text: str) -> str:
    return writer.write(read(text), Context()).files[writer.MAIN]


# Names, versions and suffixes that hold dashes; each is a released file.
RELEASED = [
    ("GROMACS-2024.4-foss-2023b-CUDA-12.4.0.eb", "GROMACS", "2024.4", "foss-2023b", "-CUDA-12.4.0"),
    ("SciPy-bundle-2024.05-gfbf-2024a.eb", "SciPy-bundle", "2024.05", "gfbf-2024a", ""),
    ("UCX-CUDA-1.14.1-GCCcore-12.3.0-CUDA-12.1.1.eb", "UCX-CUDA", "1.14.1", "GCCcore-12.3.0", "-CUDA-12.1.1"),
    ("CUDA-12.6.0.eb", "CUDA", "12.6.0", "system", ""),
    ("HDF5-1.14.6-GCC-14.3.0-serial.eb", "HDF5", "1.14.6", "GCC-14.3.0", "-serial"),
    ("HDF5-1.14.0-intel-compilers-2023.1.0-serial.eb", "HDF5", "1.14.0", "intel-compilers-2023.1.0", "-serial"),
    ("netCDF-C++4-4.3.1-gompi-2022a.eb", "netCDF-C++4", "4.3.1", "gompi-2022a", ""),
    ("OpenFOAM-v2412_250814-foss-2024a.eb", "OpenFOAM", "v2412_250814", "foss-2024a", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "name", "version", "toolchain", "suffix"), RELEASED)
def test_released_files_are_taken_apart_by_the_index(
    file: str, name: str, version: str, toolchain: str, suffix: str
) -> None:
    package, codes = one(file)
    assert codes == ()
    assert package.name == name
    assert str(package.versions.exact) == version
    assert str(package.toolchain) == toolchain
    own = package.extensions.get("easybuild", {})
    assert own.get("versionsuffix", "") == suffix


# The same shapes with versions that nobody has released.
UNKNOWN = [
    ("GROMACS-2099.1-foss-2023b-CUDA-12.4.0.eb", ("GROMACS", "2099.1", ("foss", "2023b"), "-CUDA-12.4.0")),
    ("SciPy-bundle-2099-gfbf-2030b.eb", ("SciPy-bundle", "2099", ("gfbf", "2030b"), "")),
    ("My-own-tool-1.2-3-GCC-13.2.0.eb", ("My-own-tool", "1.2-3", ("GCC", "13.2.0"), "")),
    ("HDF5-9.9-intel-compilers-2023.1.0-serial.eb", ("HDF5", "9.9", ("intel-compilers", "2023.1.0"), "-serial")),
    ("CUDA-99.1.eb", ("CUDA", "99.1", ("system", "system"), "")),
    ("NVHPC-99.1-CUDA-12.9.1.eb", ("NVHPC", "99.1", ("system", "system"), "-CUDA-12.9.1")),
]  # fmt: skip


@pytest.mark.parametrize(("file", "parts"), UNKNOWN)
def test_unknown_files_are_read_with_a_notice(
    file: str, parts: tuple[str, str, tuple[str, str], str]
) -> None:
    found = take_apart(file, open_release(Context()))
    assert found is not None
    assert (found.name, found.version, found.toolchain, found.suffix) == parts
    assert not found.known
    assert one(file)[1] == (Code.NAME_UNKNOWN,)
    assert parse(through(f"easyconfigs:\n- {file}\n"))[0].entries[0].easyconfig == file


def test_a_versionsuffix_becomes_features_and_dependencies() -> None:
    package, _ = one("GROMACS-2023.1-foss-2022a-CUDA-11.7.0-PLUMED-2.9.0.eb")
    assert {feature.name: feature.value for feature in package.features} == {
        "cuda": True,
        "plumed": True,
    }
    assert {
        (dependency.package.name, str(dependency.package.versions.exact))
        for dependency in package.dependencies
    } == {("CUDA", "11.7.0"), ("PLUMED", "2.9.0")}


@pytest.mark.parametrize("name", ["nothing.eb", "-1.eb", "a-b-c.eb", "EESSI-extend-easybuild.eb"])
def test_odd_file_names_stay_as_they_are(name: str) -> None:
    assert one(f"'{name}'")[1] == (Code.NAME_UNKNOWN,)
    assert parse(through(f"easyconfigs:\n- '{name}'\n"))[0].entries[0].easyconfig == name


FULL = """\
# EESSI-like

easyconfigs:
  # from a pull request
  - GROMACS-2024.4-foss-2023b.eb:
      options:
        # merged
        from-commit: 31f3ef164fd61c03c9bce8777b774486a8da8329  # soon released
        robot: false
  - /cvmfs/some/where/easybuild/HDF5-1.14.3-gompi-2023b.eb:
      options:
        include-easyblocks: /cvmfs/some/where/*.py
        amend: [x=1, y=2]

  - Nobody-1.0-GCC-13.2.0-odd-suffix.eb  # ours
  - GROMACS-2024.4-foss-2023b.eb
  - max-1.0.eb:
      options:
        max-parallel: '1'
# the end
"""


def test_everything_comes_back() -> None:
    assert through(FULL) == FULL


def test_settings_which_easybuild_ignores_come_back() -> None:
    text = "robot: true\neasybuild_version: 5.4.1\neasyconfigs:\n- CUDA-12.6.0.eb\n"
    again = parse(through(text))[0]
    assert dict(again.settings) == {"robot": True, "easybuild_version": "5.4.1"}
    assert [n.code for n in read(text).notices] == [Code.SETTING_IGNORED] * 2


def test_file_names_are_built_as_they_are_taken_apart() -> None:
    release = open_release(Context())
    names = [
        offer.file
        for name in ("GROMACS", "HDF5", "CUDA", "numpy")
        for offer in release.offers(name)
    ]
    assert len(names) > 50
    for name in names:
        found = take_apart(name, release)
        assert isinstance(found, FileName)
        assert found.known
        assert build(found.name, found.version, found.toolchain, found.suffix) == name


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not here")
def test_corpus_comes_back() -> None:
    unknown = 0
    entries = 0
    for file in sorted(CORPUS.rglob("*.y*ml")):
        text = file.read_text(encoding="utf-8")
        easystack: Easystack = parse(text)[0]
        reading = read(text)
        writing = writer.write(reading, Context())
        assert parse(writing.files[writer.MAIN])[0] == easystack, file
        entries += len(easystack.entries)
        unknown += sum(notice.code is Code.NAME_UNKNOWN for notice in reading.notices)
        assert {row.how for row in writing.delivered} <= {"exact"}
        assert len(writing.delivered) == len(easystack.entries)
    assert entries > 1000
    assert unknown < entries / 50  # seven of 1,946 names are gone from the release


def through_manifest(text: str) -> str:
    reading = read(text)
    manifest = format_named("manifest").load_writer().write(reading, Context())
    source = Input(text=manifest.files[manifest.main], file="stackbridge.yaml")
    again = format_named("manifest").load_reader().read(source, Context())
    return writer.write(again, Context()).files[writer.MAIN]


def test_everything_comes_back_through_the_manifest() -> None:
    assert through_manifest(FULL) == FULL


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not here")
def test_corpus_comes_back_through_the_manifest() -> None:
    files = sorted(CORPUS.rglob("*.y*ml"))[::4]
    assert len(files) > 30
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert parse(through_manifest(text))[0] == parse(text)[0], file


def test_an_edited_entry_is_chosen_anew() -> None:
    """Its features count, not the versionsuffix that it once had."""
    package, _ = one("GROMACS-2024.4-foss-2023b-CUDA-12.4.0.eb")
    edited = replace(package, features=(Feature(name="cuda", value=False),), dependencies=())
    stack = Stack(name="s", names="easybuild", entries=(edited,))
    writing = writer.write(Reading(stack=stack), Context())
    assert [row.evidence for row in writing.delivered] == ["GROMACS-2024.4-foss-2023b.eb"]


def test_another_generation_moves_the_entries() -> None:
    reading = read("easyconfigs:\n- GROMACS-2023.3-foss-2023a.eb\n- CUDA-12.1.1.eb\n")
    writing = writer.write(reading, Context(toolchain="foss-2024a"))
    gromacs, cuda = (row.evidence for row in writing.delivered)
    assert gromacs.startswith("GROMACS-2024.")
    assert cuda == "CUDA-12.1.1.eb"
    assert writing.delivered[0].kinds == (Code.VERSION_APPROXIMATED.value,)


hostile = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["a\nb", "$(x)", "'", '"', "; rm", "../..", "\x00", "- x", "# c", "{a: b}", "\x85", "é", "1.0"]
)


@settings(max_examples=150, deadline=None)
@given(name=hostile, suffix=hostile, path=hostile, option=hostile, comment=hostile)
def test_hostile_text_is_refused_or_quoted(
    name: str, suffix: str, path: str, option: str, comment: str
) -> None:
    own = {
        "versionsuffix": suffix,
        "path": path,
        "options": {"from-commit": option},
        "comments": {"above": [comment], "beside": comment},
    }
    package = Package(
        name=name or "x",
        versions=VersionSet.exactly("1.0"),
        toolchain=Toolchain(name="foss", version="2024a"),
        extensions={"easybuild": own},
    )
    stack = Stack(name=comment or "x", names="easybuild", entries=(package,))
    try:
        text = writer.write(Reading(stack=stack), Context()).files[writer.MAIN]
    except InputError:
        return
    (entry,) = yaml.safe_load(text)["easyconfigs"]
    ((file, inside),) = entry.items()
    assert file == f"{path}{name or 'x'}-1.0-foss-2024a{suffix}.eb"
    assert inside == {"options": {"from-commit": option}}


EASYCONFIGS = Path(sys.prefix) / "easybuild" / "easyconfigs"


@pytest.mark.skipif(not EASYCONFIGS.is_dir(), reason="no easyconfigs are installed here")
@pytest.mark.parametrize(
    "file",
    [
        "g/GROMACS/GROMACS-2024.4-foss-2023b-CUDA-12.4.0.eb",
        "h/HDF5/HDF5-1.14.6-GCC-14.3.0-serial.eb",
        "c/CUDA/CUDA-12.6.0.eb",
        "l/LAMMPS/LAMMPS-22Jul2025_update4-foss-2025a-kokkos-CUDA-12.8.0.eb",
    ],
)
def test_an_easyconfig_becomes_an_easystack_with_itself(file: str) -> None:
    path = EASYCONFIGS / file
    source = Input(text=path.read_text(encoding="utf-8"), file=path.name)
    reading = format_named("easyconfig").load_reader().read(source, Context())
    writing = writer.write(reading, Context())
    assert [e.easyconfig for e in parse(writing.files[writer.MAIN])[0].entries] == [path.name]
