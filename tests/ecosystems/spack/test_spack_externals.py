"""packages.yaml of a site -> what is installed, and back; contradictions are named."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.installed.externals_check import target_alias, version_doubts
from stackbridge.ecosystems.spack.installed.externals_reader import read
from stackbridge.ecosystems.spack.installed.externals_writer import write
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Feature
from stackbridge.hub.resolution import Edge, Installed, Node, Resolution
from stackbridge.yamltext import load, plain

SITE = """\
packages:
  all:
    require: target=zen3
  openmpi:
    buildable: false
    externals:
    - spec: openmpi@4.1.5 +legacylaunchers fabrics=ucx schedulers=slurm
      prefix: /opt/openmpi
      modules: [openmpi/4.1.5]
      dependencies:
      - {id: ucx1, deptypes: [link, run]}
      - {spec: gcc@12.2.0, deptypes: build, virtuals: "c,cxx"}
  ucx:
    externals:
    - {spec: ucx@1.15.0, prefix: /usr, id: ucx1}
  gcc:
    externals:
    - spec: gcc@12.2.0 languages:='c,c++'
      prefix: /usr
      extra_attributes: {compilers: {c: /usr/bin/gcc-12}}
  zlib:
    externals:
    - {spec: 'zlib@1.3 %gcc@12', prefix: /opt/zlib}
"""


def reading(text: str) -> Reading:
    return read(Input(text=text, file="packages.yaml"), Context())


def resolution(text: str) -> Resolution:
    found = reading(text).resolution
    assert found is not None
    return found


def test_what_a_site_has() -> None:
    found = resolution(SITE)
    assert [(n.name, n.version) for n in found.nodes] == [
        ("openmpi", "4.1.5"),
        ("ucx", "1.15.0"),
        ("gcc", "12.2.0"),
        ("zlib", "1.3"),
    ]
    names = {node.key: node.name for node in found.nodes}
    edges = {(names[e.parent], names[e.child]): (e.kinds, e.provides) for e in found.edges}
    assert edges == {
        ("openmpi", "ucx"): (("link", "run"), ()),
        ("openmpi", "gcc"): (("build",), ("c", "cxx")),
        ("zlib", "gcc"): (("build",), ()),
    }
    assert found.nodes[0].installed is not None
    assert found.nodes[0].installed.modules == ("openmpi/4.1.5",)
    assert found.extensions["spack"]["packages"]["all"] == {"require": "target=zen3"}
    assert reading(SITE).notices == ()


def test_there_and_back() -> None:
    out = write(reading(SITE), Context()).files["packages.yaml"]
    again = resolution(out)
    first = resolution(SITE)
    assert [(n.name, n.version, n.features, n.target) for n in again.nodes] == [
        (n.name, n.version, n.features, n.target) for n in first.nodes
    ]
    assert len(again.edges) == len(first.edges)
    data = plain(load(out))["packages"]
    assert data["openmpi"]["buildable"] is False
    assert data["gcc"]["externals"][0]["extra_attributes"]["compilers"]["c"] == "/usr/bin/gcc-12"
    assert write(reading(out), Context()).files["packages.yaml"] == out


@pytest.mark.parametrize(
    ("name", "version", "prefix", "modules", "doubted"),
    [
        ("cmake", "3.31.8", "/cvmfs/x/CMake/3.27.6-GCCcore-13.2.0", (), True),
        ("cmake", "3.27.6", "/cvmfs/x/CMake/3.27.6-GCCcore-13.2.0", (), False),
        ("cmake", "3.27", "/opt/cmake-3.27.6", (), False),
        ("cmake", "3.26.1", "/opt/cmake-3.27.6", (), True),
        ("openmpi", "4.1.5", None, ("OpenMPI/4.1.6-GCC-12.3.0",), True),
        ("openmpi", "4.1.5", None, ("openmpi/4.1.5",), False),
        ("openmpi", "4.1.5", "/opt/gcc-12.2.0/openmpi", (), False),
        ("py-numpy", "1.26", "/opt/py-numpy-1.25.0-abc", (), True),
        ("zlib", "1.3", "/usr", ("zlib",), False),
    ],
)
def test_versions_that_disagree(
    name: str, version: str, prefix: str | None, modules: tuple[str, ...], doubted: bool
) -> None:
    assert bool(version_doubts(name, version, prefix, modules)) == doubted


def test_targets_that_archspec_calls_otherwise() -> None:
    assert target_alias("zen3") is None
    assert target_alias("znver3") == "zen3"
    assert target_alias("skylake-avx512") == "skylake_avx512"
    assert target_alias("nothing-known") is None


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("{spec: cmake@3.31.8, prefix: /x/CMake/3.27.6-GCCcore-13.2.0}", "3.27.6"),
        ("{spec: cmake, prefix: /usr}", "no version of its own"),
        ("{spec: 'cmake@${V}', prefix: /usr}", "can't be read"),
        ("{spec: cmake@3 target=znver3, prefix: /usr}", "not a name of archspec"),
        ("{spec: cmake@3, prefix: /usr, dependencies: [{id: nope}]}", "fits no externals"),
        ("{spec: cmake@3 %gcc, prefix: /usr}", "fits 2 externals"),
        ("{spec: ccmake@3, prefix: /usr}", "stands under"),
    ],
)
def test_contradictions_are_named(entry: str, what: str) -> None:
    text = (
        f"packages:\n  cmake:\n    externals:\n    - {entry}\n  gcc:\n    externals:\n"
        "    - {spec: gcc@12, prefix: /a}\n    - {spec: gcc@13, prefix: /b}\n"
    )
    notices = reading(text).notices
    assert [notice.code for notice in notices] == [Code.EXTERNAL_SUSPECT]
    assert what in notices[0].what
    assert notices[0].where.line is not None


def test_what_is_no_such_file() -> None:
    with pytest.raises(InputError, match="no `packages:`"):
        reading("config: {}\n")
    with pytest.raises(InputError, match="the id `a` is given twice"):
        reading(
            "packages:\n  x:\n    externals:\n    - {spec: x@1, prefix: /a, id: a}\n"
            "    - {spec: x@2, prefix: /b, id: a}\n"
        )
    with pytest.raises(InputError, match="nothing installed"):
        write(Reading(), Context())


def node(name: str, version: str, **more: object) -> Node:
    prefix = f"/opt/{name}/{version}"
    values: dict[str, object] = {"installed": Installed(prefix=prefix), **more}
    return Node(key=f"{name}/{version}", name=name, version=version, **values)  # type: ignore[arg-type]


EASYBUILD = Resolution(
    names="easybuild",
    nodes=(
        node("GCCcore", "13.2.0"),
        node("zlib", "1.2.13", features=(Feature(name="shared", value=True),)),
        node("HDF5", "1.14.3"),
        node("buildenv", "default"),
    ),
    edges=(
        Edge(parent="HDF5/1.14.3", child="zlib/1.2.13", kinds=("link",)),
        Edge(parent="zlib/1.2.13", child="GCCcore/13.2.0", kinds=("build",), provides=("c",)),
    ),
)


def test_installed_software_of_another_ecosystem() -> None:
    writing = write(Reading(resolution=EASYBUILD), Context())
    data = plain(load(writing.files["packages.yaml"]))["packages"]
    hdf5 = data["hdf5"]["externals"][0]
    assert hdf5["spec"] == "hdf5@=1.14.3"
    assert hdf5["prefix"] == "/opt/HDF5/1.14.3"
    assert hdf5["dependencies"] == [{"id": "zlib-1.2.13", "deptypes": ["link"]}]
    assert data["zlib"]["externals"][0]["id"] == "zlib-1.2.13"
    codes = [notice.code for notice in writing.notices]
    assert Code.PACKAGE_LOST in codes  # buildenv
    assert Code.FEATURE_ASSUMED in codes  # hdf5's variants


@pytest.mark.slow
@pytest.mark.skipif("SPACK_ROOT" not in os.environ, reason="needs real Spack (SPACK_ROOT)")
def test_real_spack_reuses_them(tmp_path: Path) -> None:
    found = Resolution(
        names="spack",
        nodes=(
            node("zlib-ng", "2.2.1", features=(Feature(name="compat", value=True),)),
            node("libpng", "1.6.39", features=(Feature(name="build_system", value=("cmake",)),)),
        ),
        edges=(Edge(parent="libpng/1.6.39", child="zlib-ng/2.2.1", kinds=("link",)),),
    )
    site, env = tmp_path / "site", tmp_path / "env"
    site.mkdir()
    env.mkdir()
    text = write(Reading(resolution=found), Context()).files["packages.yaml"]
    (site / "packages.yaml").write_text(text, encoding="utf-8")
    environment = "spack:\n  view: false\n  specs: [libpng]\n"
    (env / "spack.yaml").write_text(environment, encoding="utf-8")
    spack = str(Path(os.environ["SPACK_ROOT"]) / "bin" / "spack")
    command = [spack, "-C", str(site), "-D", str(env), "concretize", "-f", "-q"]
    subprocess.run(command, check=True, capture_output=True)
    lock = (env / "spack.lock").read_text(encoding="utf-8")
    assert '"path":"/opt/libpng/1.6.39"' in lock.replace(" ", "")
    assert '"path":"/opt/zlib-ng/2.2.1"' in lock.replace(" ", "")
