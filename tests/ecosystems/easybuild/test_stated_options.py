"""Which features an easyconfig's own options switch on or off."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackbridge.ecosystems import Context
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named
from stackbridge.ecosystems.easybuild.choosing.features import Judge
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.easybuild.choosing.stated_options import stated_options, words_of
from stackbridge.hub.package import Feature
from stackbridge.hub.shortform import parse


@pytest.mark.parametrize(
    ("option", "feature", "value"),
    [
        ("-DHEPMC3_ENABLE_ROOTIO=OFF", "rootio", False),
        ("-DHEPMC3_ENABLE_ROOTIO:BOOL=ON", "rootio", True),
        ("-Droofit=ON", "roofit", True),
        ("-DHEPMC3_USE_OPENGL_X11=ON", "opengl", True),
        ("-DHEPMC3_USE_OPENGL_X11=ON", "x11", True),
        ("--enable-shared", "shared", True),
        ("--disable-static", "static", False),
        ("--without-x", "x", False),
        ("--with-zlib=$EBROOTZLIB", "zlib", True),
        ("--with-libyaml=no", "libyaml", False),
        ("-DBUILD_SHARED_LIBS=1", "shared", True),
        ("-DCMAKE_CXX_STANDARD=17", "cxxstd", "17"),
        ("-DCMAKE_BUILD_TYPE=Debug", "build_type", "Debug"),
        ("-DHEPMC3_PRECISION=double", "precision", "double"),
    ],
)
def test_an_option_speaks_of_a_feature(option: str, feature: str, value: bool | str) -> None:
    found = stated_options({"configopts": f" -DOTHER=x {option} "}, "HepMC3")
    assert found[words_of(feature, "HepMC3")] == (value, option)


@pytest.mark.parametrize(
    "option",
    ["-DENABLE_HDF5_TESTS=ON", "-DHDF5_ROOT=/x", "--prefix=/hdf5", "HDF5=ON", "-DUSE_HDF5", "hdf5"],
)
def test_what_only_looks_alike_says_nothing(option: str) -> None:
    found = stated_options({"configopts": option}, "netCDF")
    assert found.get(words_of("hdf5", "netCDF"), (None, ""))[0] is not True


def test_several_builds_and_broken_quotes_are_read() -> None:
    found = stated_options({"configopts": ["--enable-a", ("--enable-b", "--enable-c 'x")]}, "S")
    assert {("a",), ("b",), ("c",)} <= set(found)


EASYCONFIG = """
easyblock = 'CMakeMake'
name = 'Flimsy'
version = '1.0'
homepage = 'https://flimsy.example'
description = "x"
toolchain = {'name': 'GCCcore', 'version': '13.3.0'}
toolchainopts = {'openmp': True}
configopts = '-DFLIMSY_WITH_WINGS=ON -DFLIMSY_LEGS=OFF -DCMAKE_CXX_STANDARD=17'
moduleclass = 'lib'
"""


@pytest.mark.parametrize(
    ("feature", "outcome"),
    [
        ("+wings", "kept"),
        ("~wings", "approximated"),
        ("+legs", "lost"),
        ("~legs", "kept"),
        ("+openmp", "kept"),
        ("cxxstd=17", "kept"),
        ("cxxstd=20", "lost"),
        ("wings=glass", "lost"),
        ("+tail", "lost"),
    ],
)
def test_the_judge_reads_the_text(tmp_path: Path, feature: str, outcome: str) -> None:
    (tmp_path / "Flimsy-1.0-GCCcore-13.3.0.eb").write_text(EASYCONFIG)
    release = open_release(Context(easyconfigs=(str(tmp_path),)))
    shipped = open_release(Context())
    judge = Judge(
        release=release,
        generation=shipped.generations()[-1],
        software=lambda _name: Named(how="unknown"),
    )
    (offer,) = release.offers("Flimsy")
    wanted: Feature = parse(f"flimsy {feature}").features[0]
    assert judge(wanted, offer).outcome == outcome


def test_a_dependency_spelled_alike_shows_that_it_is_not_off(tmp_path: Path) -> None:
    """`xattr` needs attr: where that is a dependency, nobody may say that `~xattr` holds."""
    below = EASYCONFIG.replace("'Flimsy'", "'attr'").replace("configopts", "buildopts")
    (tmp_path / "attr-1.0-GCCcore-13.3.0.eb").write_text(below)
    (tmp_path / "Flimsy-1.0-GCCcore-13.3.0.eb").write_text(
        EASYCONFIG + "dependencies = [('attr', '1.0')]\n"
    )
    release = open_release(Context(easyconfigs=(str(tmp_path),)))
    judge = Judge(
        release=release,
        generation=open_release(Context()).generations()[-1],
        software=lambda _name: Named(how="unknown"),
    )
    (offer,) = release.offers("Flimsy")
    for feature, outcome in (("~xattr", "approximated"), ("~tail", "assumed"), ("+xattr", "lost")):
        assert judge(parse(f"flimsy {feature}").features[0], offer).outcome == outcome
