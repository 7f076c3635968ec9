"""The index: what it answers, and that its cache never lies."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stackbridge.ecosystems.spack.index import catalog_entries, open_index
from stackbridge.ecosystems.spack.repository import build, rows
from stackbridge.ecosystems.spack.repository.layout import (
    class_name,
    directory_name,
    open_repository,
    package_name,
)
from stackbridge.errors import InputError

FIXTURE = Path(__file__).parents[2] / "golden" / "spack-repository" / "fixture"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "fixture"))


def add(root: Path, directory: str, body: str, head: str = "") -> Path:
    """A further package."""
    file = root / "packages" / directory / "package.py"
    file.parent.mkdir(exist_ok=True)
    name = class_name(package_name(directory))
    file.write_text(f"from spack.package import *\n{head}\nclass {name}(Package):\n    {body}\n")
    return file


def test_answers() -> None:
    index = open_index([FIXTURE], None)
    assert index.names() == ("3things", "child", "contexts", "loops", "plain", "py-thing")
    assert index.virtuals() == ("blas", "lapack", "thing", "virt")
    assert index.providers("blas") == ("plain",)
    assert index.providers("nothing") == ()
    assert index.package("nothing") is None
    assert index.package("other.plain") is None
    assert "plain" in index
    facts = index.package("fixture.plain")
    assert facts is not None
    assert facts is index.package("plain")
    assert facts.version("1.5") is not None
    assert facts.build_systems == ("generic",)
    assert [v.version for v in facts.versions if v.deprecated] == ["1.0"]
    assert {v.version: v.sha256 for v in facts.versions}["1.0"] == "cc11" * 16
    assert facts.variant("shared")[0].boolean
    assert facts.variant("threads")[0].allows("openmp")
    assert not facts.variant("threads")[0].allows("tbb")
    assert facts.variant("words")[0].allows("anything")
    assert "never" not in [d.name for d in facts.dependencies]
    assert facts.licenses[0].when == ("@2:",)
    assert facts.description.startswith("A plain package of two lines.")
    assert facts.maintainers == ("one", "two")
    child = index.package("child")
    assert child is not None
    assert child.homepage == "https://registry.example/child/"
    assert [p.location for p in child.dependencies[-1].patches] == []
    patched = next(d for d in child.dependencies if d.name == "plain")
    assert [(p.location, p.when) for p in patched.patches] == [
        ("dep.patch", ()),
        ("other.patch", ("@5",)),
    ]
    thing = index.package("py-thing")
    assert thing is not None
    assert not thing.has_code
    assert [d.name for d in thing.dependencies] == ["python", "python-venv", "other"]


def test_for_another_machine() -> None:
    def versions(platform: str, machine: str) -> list[str]:
        facts = open_index([FIXTURE], None, platform, machine).package("loops")
        assert facts is not None
        only = [d.name for d in facts.dependencies if d.name.endswith("-only")]
        return [v.version for v in facts.versions] + only

    assert versions("linux", "x86_64") == ["1.0", "2.0", "unix-only"]
    assert versions("linux", "aarch64") == ["1.0", "unix-only"]
    assert versions("darwin", "arm64") == ["3.0", "mac-only"]
    assert versions("windows", "AMD64") == ["windows-only"]


def test_suggestions() -> None:
    index = open_index([FIXTURE], None)
    assert index.suggest("plian") == ("plain",)
    assert index.suggest("thing")[0] == "py-thing"
    assert index.suggest("Py_Thing")[0] == "py-thing"
    assert index.suggest("zzzzzz") == ()


def test_catalog_entries() -> None:
    entries = {e.name: e for e in catalog_entries(open_index([FIXTURE], None))}
    assert "virt" not in entries
    plain = entries["plain"]
    assert ("1.5", "bb11" * 16, "https://elsewhere.example/plain-1.5.zip", "") in plain.versions
    assert ("0.9", "", "", "0123456789" * 4) in plain.versions
    assert plain.licenses == ("MIT OR Apache-2.0", "MIT")
    assert plain.provides == ("blas", "lapack", "thing")


@pytest.mark.parametrize(
    ("name", "directory", "cls"),
    [
        ("py-numpy", "py_numpy", "PyNumpy"),
        ("3proxy", "_3proxy", "_3proxy"),
        ("import", "_import", "Import"),
        ("true", "true", "_True"),
        ("r-a4base", "r_a4base", "RA4base"),
        ("7zip", "_7zip", "_7zip"),
    ],
)
def test_names(name: str, directory: str, cls: str) -> None:
    assert directory_name(name) == directory
    assert package_name(directory) == name
    assert class_name(name) == cls


def test_cache_follows_the_files(repository: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_index([repository], cache)
    file = add(repository, "new", 'version("1.0")')
    index = open_index([repository], cache)
    assert index.package("new") is not None
    file.write_text(file.read_text().replace("1.0", "2.25"))
    facts = open_index([repository], cache).package("new")
    assert facts is not None
    assert [v.version for v in facts.versions] == ["2.25"]
    shutil.rmtree(file.parent)
    assert open_index([repository], cache).package("new") is None
    # a base class in another package's file, and one in a build system's
    contexts = repository / "packages" / "contexts" / "package.py"
    contexts.write_text(contexts.read_text().replace('depends_on("eight")', 'depends_on("nine")'))
    shared = repository / "build_systems" / "_shared.py"
    shared.write_text('ARCHS = ("60",)\n')
    child = open_index([repository], cache).package("child")
    assert child is not None
    names = [d.name for d in child.dependencies]
    assert "nine" in names
    assert "eight" not in names
    assert "archs-60" in names
    assert "archs-70" not in names


def test_unchanged_packages_are_not_read_again(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    open_index([repository], cache)
    read: list[tuple[str, ...]] = []
    real = rows.evaluate

    def spy(loader: object, job: tuple[int, tuple[str, ...]], sent: set[str]) -> object:
        read.append(job[1])
        return real(loader, job, sent)  # type: ignore[arg-type]

    monkeypatch.setattr(build, "evaluate", spy)
    open_index([repository], cache)
    assert read == []
    loops = repository / "packages" / "loops" / "package.py"
    loops.write_text(loops.read_text() + "\n")
    open_index([repository], cache)
    assert read == [("child", "loops")]
    os.utime(loops)  # touched, not changed
    open_index([repository], cache)
    assert read == [("child", "loops")]


@pytest.mark.parametrize("keep", [0, 1, 50, 4096, 20_000])
def test_cut_cache_is_rebuilt(repository: Path, tmp_path: Path, keep: int) -> None:
    cache = tmp_path / "cache"
    names = open_index([repository], cache).names()
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:keep])
    index = open_index([repository], cache)
    assert index.names() == names
    assert index.package("plain") is not None


def test_scribbled_cache_is_rebuilt(repository: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    names = open_index([repository], cache).names()
    (file,) = cache.iterdir()
    data = file.read_bytes()
    file.write_bytes(data[:100] + b"\xff" * (len(data) - 100))
    index = open_index([repository], cache)
    assert index.names() == names
    assert index.package("plain") is not None


def test_damage_found_late_is_repaired(repository: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_index([repository], cache)
    (file,) = cache.iterdir()
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE packages SET record = '{' WHERE name = 'plain'")
    connection.close()
    index = open_index([repository], cache)
    assert index.package("plain") is not None
    assert open_index([repository], cache).package("plain") is not None


def test_no_place_for_a_cache(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "plain" in open_index([FIXTURE], blocked / "cache")


SCRIPT = """
import sys
from stackbridge.ecosystems.spack.index import open_index
index = open_index([sys.argv[1]], sys.argv[2])
print(len(index.names()), index.package("child").bases[0])
"""


def test_processes_at_once(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(repository), str(tmp_path / "cache")]

    def run(_number: int) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(run, range(4))) == {"6 ChildBase\n"}
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_workers_give_the_same(tmp_path: Path) -> None:
    repository = open_repository(FIXTURE)
    state = {str(repository.file(d)): (0, 0) for d in repository.directories()}
    seen: list[tuple[int, int]] = []

    def made(workers: int) -> list[tuple[object, ...]]:
        store = build.build(
            [repository],
            platform="linux",
            machine="x86_64",
            file=None,
            state=state,
            old=None,
            progress=lambda done, total: seen.append((done, total)),
            workers=workers,
        )
        return sorted(store.rows()) + sorted(store.units().items())

    assert made(2) == made(0)
    assert seen[-1][0] == seen[-1][1] == 7


def test_earlier_repositories_come_first(repository: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "packages").mkdir(parents=True)
    (site / "repo.yaml").write_text("repo:\n  namespace: my.site\n  api: v2.0\n")
    head = "from spack_repo.fixture.packages.plain.package import Plain as Base\n"
    file = add(site, "plain", 'version("99")', head)
    file.write_text(file.read_text().replace("(Package)", "(Base)"))
    index = open_index([site, repository], tmp_path / "cache")
    facts = index.package("plain")
    assert facts is not None
    assert facts.namespace == "my.site"
    assert [v.version for v in facts.versions][-1] == "99"
    assert facts.version("1.5") is not None
    other = index.package("fixture.plain")
    assert other is not None
    assert other.version("99") is None
    assert len([n for n in index.names() if n == "plain"]) == 1
    alone = open_index([site], None).package("plain")
    assert alone is not None
    assert "in none of the repositories" in alone.incomplete[0].reason


def test_layout_v1(repository: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    (old / "packages").mkdir(parents=True)
    (old / "repo.yaml").write_text("repo:\n  namespace: old\n")
    add(old, "py-old", 'version("1")')
    (old / "packages" / "3d").mkdir()
    (old / "packages" / "3d" / "package.py").write_text(
        "from spack.pkg.old.py_old import PyOld\nfrom spack import *\n"
        "class _3d(PyOld):\n    version('2')\n"
    )
    index = open_index([old, repository], None)
    facts = index.package("3d")
    assert facts is not None
    assert facts.incomplete == ()
    assert [v.version for v in facts.versions] == ["1", "2"]
    assert facts.bases[:2] == ("PyOld", "Package")


def test_spack_before_v1(tmp_path: Path) -> None:
    """Build systems were part of Spack, and `spack.package` brought all of them."""
    systems = tmp_path / "lib" / "spack" / "spack" / "build_systems"
    systems.mkdir(parents=True)
    (systems / "_checks.py").write_text("LANGUAGES = ('c', 'cxx')\n")
    (systems / "cmake.py").write_text(
        "import spack.package_base\nfrom spack.directives import build_system, variant\n"
        "from ._checks import LANGUAGES\nimport llnl.util.lang as lang\n\n"
        "def generator(*names):\n    variant('generator', default=names[0], values=names)\n\n"
        "class CMakePackage(spack.package_base.PackageBase):\n    build_system('cmake')\n\n"
        "    @lang.classproperty\n    def homepage(cls):\n        return 'https://' + cls.name\n"
    )
    root = tmp_path / "var" / "spack" / "repos" / "builtin"
    place = root / "packages" / "old-tool"
    place.mkdir(parents=True)
    (root / "repo.yaml").write_text("repo:\n  namespace: builtin\n")
    (place / "package.py").write_text(
        "from spack.package import *\n\nclass OldTool(CMakePackage):\n    generator('ninja')\n"
        "    for language in LANGUAGES:\n        depends_on(language, type='build')\n"
        "    variant('x', values=spack.variant.DisjointSetsOfValues(('a',)).with_default('a'))\n"
    )
    facts = open_index([root], None).package("old-tool")
    assert facts is not None
    assert facts.incomplete == ()
    assert facts.build_systems == ("cmake",)
    assert facts.homepage == "https://old-tool"
    assert [d.name for d in facts.dependencies] == ["c", "cxx"]
    assert facts.variant("generator")[0].default == "ninja"
    assert facts.variant("x")[0].sets == (("a",),)
    (systems / "cmake.py").write_text("class Other:\n    pass\n")
    broken = open_index([root], None).package("old-tool")
    assert broken is not None
    assert broken.incomplete


@pytest.mark.parametrize(
    "text",
    [
        "",
        "repo: 3",
        "repo: {}",
        "repo:\n  namespace: x\n  api: 2",
        "- [",
        "repo:\n  namespace: x\n  subdirectory: ../..\n",
    ],
)
def test_bad_repo_yaml(tmp_path: Path, text: str) -> None:
    (tmp_path / "repo.yaml").write_text(text)
    with pytest.raises(InputError):
        open_index([tmp_path], None)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_index([tmp_path], None)
    assert caught.value.file == str(tmp_path)
    (tmp_path / "repo.yaml").write_text("repo:\n  namespace: x\n")
    with pytest.raises(InputError):
        open_index([tmp_path], None)
