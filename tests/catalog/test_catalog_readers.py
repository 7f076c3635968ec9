"""What Guix's list, Debian's indexes, easyconfigs and Spack's entries become."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems.debian import sources
from stackbridge.ecosystems.easybuild.facts import gather, read_file
from stackbridge.ecosystems.guix import index as guix
from stackbridge.ecosystems.spack.facts import fact_of
from stackbridge.ecosystems.spack.index import CatalogEntry
from stackbridge.errors import InputError

A, B, C = ("a" * 64, "b" * 64, "c" * 64)

STANZA = f"""\
Package: netcdf-fortran
Binary: libnetcdff7, libnetcdff-dev, libnetcdff-doc
Version: 4.6.0+really4.5.4+ds-3
Homepage: https://www.unidata.ucar.edu/software/netcdf/
Checksums-Sha256:
 {A} 2207 netcdf-fortran_4.6.0+really4.5.4+ds-3.dsc
 {B} 682828 netcdf-fortran_4.6.0+really4.5.4+ds.orig.tar.xz
 {C} 10836 netcdf-fortran_4.6.0+really4.5.4+ds-3.debian.tar.xz
Package-List:
 libnetcdff-dev deb libdevel optional arch=any
 libnetcdff-doc deb doc optional arch=all
 libnetcdff7 deb libs optional arch=any
Directory: pool/main/n/netcdf-fortran
"""


@pytest.mark.parametrize(
    ("version", "upstream"),
    [
        ("4.6.0+really4.5.4+ds-3", "4.5.4"), ("1:4.9.0-1", "4.9.0"), ("1.10.8+repack1-1", "1.10.8"),
        ("3.4.1+dfsg-1", "3.4.1"), ("2.0~ds1-2", "2.0"), ("1.2.3-4+deb12u1", "1.2.3"),
        ("20230116.1-1", "20230116.1"), ("5.0.7-1", "5.0.7"), ("9e-1", "9e"), ("1912.200626-2", "1912.200626"),
    ],
)  # fmt: skip
def test_upstream_versions(version: str, upstream: str) -> None:
    assert sources.upstream_version(version) == upstream


def test_a_debian_source() -> None:
    (package,) = sources.read_sources(STANZA)
    (fact,) = sources.facts([("bookworm", [package]), ("trixie", [package])])
    assert fact.versions == ("4.5.4",)
    assert fact.releases == (("bookworm", "4.5.4"), ("trixie", "4.5.4"))
    assert [digest for digest, _, _ in fact.sources] == [B]
    assert {b.name: b.role for b in fact.binaries} == {
        "libnetcdff-dev": "dev",
        "libnetcdff-doc": "doc",
        "libnetcdff7": "runtime",
    }
    assert fact.binaries[0].suites == ("bookworm", "trixie")


def test_a_source_with_only_python_packages_is_python() -> None:
    text = STANZA.replace("libnetcdff-dev deb", "python3-x deb").replace("libnetcdff7", "python3-y")
    (fact,) = sources.facts([("trixie", sources.read_sources(text))])
    assert fact.language == "python"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (STANZA[: len(STANZA) // 2], 1),
        ("Package: a\n\n" + STANZA, 1),
        ("no field here\n", 1),
        (STANZA.replace(B, "xyz"), 1),
        (STANZA + "\n<html>\n", 15),
        ("Package: a\0b\n", None),
    ],
)
def test_wrong_debian_indexes(text: str, line: int | None) -> None:
    with pytest.raises(InputError) as caught:
        list(sources.read_sources(text, "Sources"))
    assert caught.value.file == "Sources"
    assert caught.value.line == line


@given(st.integers(0, len(STANZA)), st.text("\n :aP", max_size=5))
@settings(max_examples=200, deadline=None)
def test_debian_indexes_cut_anywhere(at: int, more: str) -> None:
    try:
        packages = list(sources.read_sources(STANZA[:at] + more, "Sources"))
    except InputError:
        return
    assert len(packages) <= 1


def guix_file(path: Path, document: object, *, zipped: bool = False) -> Path:
    raw = json.dumps(document).encode()
    path.write_bytes(gzip.compress(raw) if zipped else raw)
    return path


PACKAGE = {
    "name": "python-numpy",
    "version": "1.26.4",
    "homepage": "https://numpy.org",
    "properties": {"upstream-name": "numpy"},
    "build_system": "pyproject",
    "source": {
        "method": "url-fetch", "urls": ["pypi://numpy/numpy-1.26.4.tar.gz"], "algo": "sha256",
        "hash": A, "file": "numpy-1.26.4.tar.gz",
    },
}  # fmt: skip


@pytest.mark.parametrize("zipped", [True, False])
def test_a_guix_package(tmp_path: Path, zipped: bool) -> None:
    newer = {**PACKAGE, "version": "2.3.1", "source": {"method": "git-fetch", "hash": B}}
    hidden = {**PACKAGE, "name": "hidden", "hidden": True}
    document = {"guix_version": "1.5.0", "packages": [PACKAGE, newer, hidden]}
    path = guix_file(tmp_path / "g.json", document, zipped=zipped)
    (fact,) = guix.facts(guix.load(path))
    assert fact.language == "python"
    assert fact.versions == ("1.26.4", "2.3.1")
    assert fact.coordinates == ("pypi:numpy",)
    # The hash of a checkout is of Guix's own making.
    assert [digest for digest, _, _ in fact.sources] == [A]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"{}", b'{"packages": 1}', b"\x1f\x8b broken", b"{" * 100_000,
        gzip.compress(b'{"packages": []}', mtime=0)[:-6],
    ],
)  # fmt: skip
def test_wrong_guix_files(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "g.json.gz"
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        guix.load(path)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("package", [1, {}, {"name": "a"}, {"name": 1, "version": "1"}])
def test_wrong_guix_packages(package: object) -> None:
    with pytest.raises(InputError):
        list(guix.facts({"packages": [package]}, "g"))


HEAD = """
name = {name!r}
version = '1.2.3'
homepage = 'https://example.org/x'
description = 'x'
toolchain = {{'name': 'foss', 'version': '2024a'}}
"""


def easyconfig(name: str, text: str) -> str:
    return HEAD.format(name=name) + text


def test_its_own_source_is_told_from_others() -> None:
    rows, _ = read_file(
        easyconfig(
            "Thing",
            f"sources = ['other-2.0.tar.gz', SOURCELOWER_TAR_GZ]\nchecksums = ['{A}', '{B}']\n",
        )
    )
    assert rows[0].sources == ((B, "thing-1.2.3.tar.gz"),)


@pytest.mark.parametrize(
    "checksums",
    [
        f"['{A}']", f"[{{'thing-1.2.3.tar.gz': '{A}'}}]", f"[('{A}', '{B}')]",
        f"[[('sha256', '{A}')]]", "[None]", "['md5']",
    ],
)  # fmt: skip
def test_the_forms_of_checksums(checksums: str) -> None:
    rows, _ = read_file(
        easyconfig("Thing", f"sources = [SOURCELOWER_TAR_GZ]\nchecksums = {checksums}\n")
    )
    found = {digest for digest, _ in rows[0].sources}
    assert (A in found) is (A in checksums)


def test_extensions_of_a_bundle() -> None:
    rows, bundle = read_file(
        easyconfig(
            "Some-bundle",
            "easyblock = 'PythonBundle'\nversionsuffix = '-CUDA-%(cudaver)s'\n"
            "dependencies = [('CUDA', '12.1.1', '', SYSTEM)]\n"
            f"exts_list = [('numpy', '1.26.4', {{'checksums': ['{A}']}}),\n"
            "  ('own', '1', {'source_urls': ['https://github.com/a/b/archive']})]\n",
        )
    )
    numpy, own = rows[1], rows[2]
    assert (numpy.language, numpy.registry) == ("python", "pypi:numpy")
    assert numpy.sources == ((A, "numpy-1.26.4.tar.gz"),)
    assert own.registry is None
    assert bundle == (
        "Some-bundle",
        "1.2.3-foss-2024a-CUDA-12.1.1",
        (("numpy", "1.26.4", "extension"), ("own", "1", "extension")),
    )
    assert numpy.inside is not None
    assert not numpy.inside.private


def test_the_product_of_a_python_bundle_is_the_software() -> None:
    rows, _ = read_file(
        easyconfig(
            "Snake",
            "easyblock = 'PythonBundle'\n"
            f"exts_list = [('dep', '0.1', {{'checksums': ['{A}']}}),\n"
            f"  ('snake', version, {{'checksums': ['{B}']}})]\n",
        )
    )
    snake, dep = rows
    assert snake.registry == "pypi:snake"
    assert [digest for digest, _ in snake.sources] == [B]
    assert dep.inside is not None
    assert dep.inside.private


def test_a_toolchain_has_parts() -> None:
    _, bundle = read_file(
        easyconfig("tc", "easyblock = 'Toolchain'\ndependencies = [('GCC', '13.3.0')]\n")
    )
    assert bundle is not None
    assert bundle[2] == (("GCC", "13.3.0", "software"),)


def test_a_directory_of_easyconfigs(tmp_path: Path) -> None:
    (tmp_path / "good.eb").write_text(
        easyconfig("Good", f"sources = [SOURCE_TAR_GZ]\nchecksums = ['{A}']\n")
    )
    (tmp_path / "bad.eb").write_text("name = 'Bad\n")
    (tmp_path / "sys.eb").write_text("import os\nname = os.system('true')\n")
    seen: list[tuple[int, int]] = []
    gathered = gather(tmp_path, lambda done, total: seen.append((done, total)), workers=1)
    assert [fact.name for fact in gathered.facts] == ["Good"]
    assert len(gathered.unread) == 2
    assert seen == [(3, 3)]
    with pytest.raises(InputError):
        gather(tmp_path / "none")


def test_an_entry_of_spack() -> None:
    entry = CatalogEntry(
        name="py-numpy", versions=(("1.26.4", A, "", ""), ("main", "", "", "")),
        homepage="https://numpy.org", url=None, git="https://github.com/numpy/numpy.git",
        pypi="numpy", cran=None, bioc=None, cpan=None, description="", licenses=(),
        provides=("mpi @3", "blas"), build_systems=(),
    )  # fmt: skip
    fact = fact_of(entry)
    assert fact.language == "python"
    assert fact.coordinates == ("pypi:numpy",)
    assert fact.repositories == ("github.com/numpy/numpy",)
    assert fact.sources == ((A, "1.26.4", ""),)
    assert fact.provides == ("blas", "mpi")
