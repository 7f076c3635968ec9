"""The index: what is found, precedence, freshness of the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackbridge.ecosystems.easybuild.index import Index, version_key
from stackbridge.ecosystems.easybuild.resolving.indexing import contents_of, row_of
from stackbridge.ecosystems.easybuild.resolving.storage import load_shipped

TEXT = """name = '{name}'
version = '{version}'
homepage = 'h'
description = 'd'
toolchain = {{'name': 'GCC', 'version': '13.3.0'}}
moduleclass = 'tools'
"""


def put(root: Path, name: str, version: str, *, more: str = "", file: str | None = None) -> Path:
    path = root / (file or f"{name[0].lower()}/{name}/{name}-{version}-GCC-13.3.0.eb")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT.format(name=name, version=version) + more)
    return path


@pytest.fixture(scope="module")
def shipped() -> Index:
    return Index.open()


def test_shipped_release(shipped: Index) -> None:
    assert len(shipped) == 11_896
    assert len(shipped.names()) == 3_227
    entry = shipped.locate("GROMACS", "2024.4-foss-2024a")
    assert entry is not None
    assert entry.toolchain == ("foss", "2024a")
    assert ("CMake", "3.29.3") in [(item.name, item.version) for item in entry.build]
    assert shipped.entry("GROMACS-2024.4-foss-2024a") is entry
    assert shipped.versions("GROMACS")[0] == "2021.0"
    assert shipped.locate("GROMACS", "1.0-foss-2024a") is None


def test_shipped_rows_are_those_of_the_release(easyconfigs: Path, sample: list[Path]) -> None:
    rows = load_shipped()
    for path in sample:
        file = path.relative_to(easyconfigs).as_posix()
        fresh = row_of(path.read_bytes(), file, str(path), "x86_64")
        fresh_index = Index([("a", {file: fresh})])
        known = Index([("a", {file: rows[file]})])
        assert list(known) == list(fresh_index)
        (entry,) = known
        assert known.contents(entry) == fresh_index.contents(entry)


def test_provides_tells_products_from_private_copies(shipped: Index) -> None:
    numpy = {(item.entry.name, item.private) for item in shipped.provides("numpy")}
    assert ("SciPy-bundle", False) in numpy
    assert ("SimNIBS", True) in numpy
    assert ("numpy", False) in numpy
    ggplot = {item.entry.name for item in shipped.provides("ggplot2") if not item.private}
    assert {"R", "R-bundle-CRAN"} <= ggplot
    json = {item.entry.name for item in shipped.provides("JSON") if not item.private}
    assert {"Perl", "Perl-bundle-CPAN"} <= json
    assert shipped.provides("scikit_learn")[0].name == "scikit-learn"
    lapack = {(item.entry.name, item.kind) for item in shipped.provides("LAPACK")}
    assert ("FlexiBLAS", "component") in lapack
    assert shipped.provides("no-such-thing") == ()


# name, easyblock, members, those that are offered
BUNDLES = [
    ("matplotlib", "PythonBundle", "cycler kiwisolver matplotlib", "matplotlib"),
    ("ASE", "PythonBundle", "pytest_mock ase ase-ext", "ase ase-ext"),
    ("netcdf4-python", "PythonBundle", "cftime netcdf4", "netcdf4"),
    ("ruamel.yaml", "PythonBundle", "x ruamel_yaml", "ruamel_yaml"),
    ("SciPy-bundle", "PythonBundle", "numpy scipy deap", "numpy scipy deap"),
    ("CONCORD", "PythonBundle", "gseapy plottable concord-sc", "concord-sc"),
    ("Flask", "PythonBundle", "msgspec flask-x flask-session", "flask-x flask-session"),
    ("Python", None, "pip setuptools wheel", "pip setuptools wheel"),
    ("R-seurat", "Bundle", "a b seurat", "seurat"),
    ("X11", "Bundle", "libX11 libXt", "libX11 libXt"),
]


@pytest.mark.parametrize(("name", "easyblock", "members", "offered"), BUNDLES)
def test_what_a_bundle_offers(name: str, easyblock: str | None, members: str, offered: str) -> None:
    values: dict[str, object] = {
        "name": name,
        "easyblock": easyblock,
        "exts_list": [(member, "1", {}) for member in members.split()],
    }
    contents, positions = contents_of(values)
    found = [item[1] for n, item in enumerate(contents) if positions is None or n in positions]
    assert found == offered.split()


def test_provides_across_generations(shipped: Index) -> None:
    versions = {
        item.entry.toolchain[1]: item.version
        for item in shipped.provides("numpy")
        if item.entry.name == "SciPy-bundle" and item.entry.toolchain[0] == "gfbf"
    }
    assert versions["2024a"] == "1.26.4"
    assert len(versions) >= 5


def test_suggestions(shipped: Index) -> None:
    assert shipped.suggest("gromacs") == ("GROMACS",)
    assert "GROMACS" in shipped.suggest("gromax")
    assert shipped.exact("scipy-bundle") == "SciPy-bundle"


def test_other_architectures_differ() -> None:
    x86, riscv = load_shipped("x86_64"), load_shipped("riscv64")
    assert len(riscv) == len(x86) - 38  # files which do not know riscv64
    assert sum(riscv[file] != x86[file] for file in riscv) > 20


def test_first_directory_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    put(first, "tool", "1.0", more="versionsuffix = ''\nmoduleclass = 'data'\n")
    put(second, "tool", "1.0")
    put(second, "tool", "2.0")
    index = Index.open([str(first), str(second)])
    assert [(e.version, e.moduleclass) for e in index.find("tool")] == [
        ("1.0", "data"),
        ("2.0", "tools"),
    ]
    found = index.locate("tool", "1.0-GCC-13.3.0")
    assert found is not None
    assert index.path(found) == str(first / found.file)


def test_layouts_of_the_robot(tmp_path: Path) -> None:
    put(tmp_path, "tool", "1", file="tool-1-GCC-13.3.0.eb")
    put(tmp_path, "tool", "2", file="tool/2-GCC-13.3.0.eb")
    put(tmp_path, "tool", "3", file="tool/tool-3-GCC-13.3.0.eb")
    put(tmp_path, "tool", "4", file="other/tool-4-GCC-13.3.0.eb")
    put(tmp_path, "tool", "5", file="__archive__/t/tool/tool-5-GCC-13.3.0.eb")
    index = Index.open([str(tmp_path)])
    assert [bool(index.locate("tool", f"{n}-GCC-13.3.0")) for n in range(1, 6)] == [
        True,
        True,
        True,
        False,  # listed, but not where the robot looks
        False,
    ]
    assert index.versions("tool") == ("1", "2", "3", "4")


def test_a_bad_file_is_a_problem_and_the_others_go_on(tmp_path: Path) -> None:
    put(tmp_path, "tool", "1")
    bad = put(tmp_path, "tool", "2", more="x = (\n")
    put(tmp_path, "tool", "3").write_bytes(b"\x00\x01")
    for _ in range(2):  # the second time from the cache
        index = Index.open([str(tmp_path)], cache=str(tmp_path / "cache"))
        assert index.versions("tool") == ("1",)
        assert (index.problems[0].line, index.problems[0].file) == (7, str(bad))
        assert "binary" in index.problems[1].message


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    import stackbridge.ecosystems.easybuild.resolving.indexing as module

    read: list[str] = []

    def counted(data: bytes, file: str, shown: str, architecture: str) -> object:
        read.append(file)
        return row_of(data, file, shown, architecture)

    monkeypatch.setattr(module, "row_of", counted)
    return read


def test_second_start_reads_only_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, cache = tmp_path / "ecs", str(tmp_path / "cache")
    old = 1_600_000_000
    paths = [put(root, "tool", str(n)) for n in range(5)]
    for path in paths:
        os.utime(path, (old, old))
    read = count_reads(monkeypatch)
    assert len(Index.open([str(root)], cache=cache)) == 5
    assert len(read) == 5
    read.clear()
    assert Index.open([str(root)], cache=cache).versions("tool") == ("0", "1", "2", "3", "4")
    assert read == []
    # touched but the same: read, not evaluated
    os.utime(paths[0], (old + 9, old + 9))
    Index.open([str(root)], cache=cache)
    assert read == []
    # changed in place
    paths[1].write_text(paths[1].read_text().replace("'tools'", "'devel'"))
    os.utime(paths[1], (old + 5, old + 5))
    paths[2].unlink()
    index = Index.open([str(root)], cache=cache)
    assert read == ["t/tool/tool-1-GCC-13.3.0.eb"]
    assert index.versions("tool") == ("0", "1", "3", "4")
    assert index.find("tool")[1].moduleclass == "devel"


def test_a_change_within_the_clock_tick_is_seen(tmp_path: Path) -> None:
    root, cache = tmp_path / "ecs", str(tmp_path / "cache")
    path = put(root, "tool", "1")
    Index.open([str(root)], cache=cache)
    status = path.stat()
    path.write_text(path.read_text().replace("'tools'", "'devel'"))  # same size
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert Index.open([str(root)], cache=cache).find("tool")[0].moduleclass == "devel"


@pytest.mark.parametrize("keep", [0, 10, 60, -1])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, keep: int) -> None:
    root, cache = tmp_path / "ecs", tmp_path / "cache"
    put(root, "tool", "1")
    Index.open([str(root)], cache=str(cache))
    (stored,) = cache.iterdir()
    whole = stored.read_bytes()
    stored.write_bytes(whole[:keep])
    assert Index.open([str(root)], cache=str(cache)).versions("tool") == ("1",)
    assert stored.read_bytes()[:60] == whole[:60] or len(stored.read_bytes()) > 60


def test_a_cache_that_can_not_be_written_is_no_error(tmp_path: Path) -> None:
    put(tmp_path / "ecs", "tool", "1")
    blocked = tmp_path / "file"
    blocked.write_text("")
    index = Index.open([str(tmp_path / "ecs")], cache=str(blocked / "below"))
    assert index.versions("tool") == ("1",)


def test_processes_can_build_at_once(tmp_path: Path) -> None:
    root, cache = tmp_path / "ecs", tmp_path / "cache"
    for number in range(30):
        put(root, "tool", str(number))
    code = (
        "import sys\nfrom stackbridge.ecosystems.easybuild.index import Index\n"
        "print(len(Index.open([sys.argv[1]], cache=sys.argv[2])))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(root), str(cache)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["30"] * 4
    assert len(list(cache.iterdir())) == 1
    assert len(Index.open([str(root)], cache=str(cache))) == 30


def test_a_directory_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert len(Index.open([str(tmp_path / "nowhere")])) == 0


def test_links_in_circles_end(tmp_path: Path) -> None:
    put(tmp_path, "tool", "1")
    (tmp_path / "t" / "again").symlink_to(tmp_path)
    assert Index.open([str(tmp_path)]).versions("tool") == ("1",)


def test_version_order() -> None:
    ordered = ["1.2rc1", "1.2", "1.2.1", "1.10", "2022a", "2022b", "2026.1"]
    assert sorted(set(ordered), key=version_key) == ordered
