"""Generated easyconfigs meet what real EasyBuild demands of contributed ones."""

from __future__ import annotations

import ast
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.catalog.lookup import Catalog
from stackbridge.ecosystems import Context
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Naming
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.ecosystems.easybuild.easyconfigs.layout import read_layout
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_dependencies import Shelf
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_options import (
    configured,
    root_variable,
    shell_word,
)
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_sources import patch_file
from stackbridge.ecosystems.easybuild.easyconfigs.recipe_writer import Made, Maker
from stackbridge.ecosystems.easybuild.easyconfigs.rendering import render
from stackbridge.ecosystems.easybuild.easyconfigs.updating import nearest, update
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Dependency, Feature, Package
from stackbridge.hub.recipe import Patch, Recipe, Source, placeholder

ROOT = Path(__file__).resolve().parents[3]
JUDGE = ROOT / "tests" / "judges" / "easyconfigs_contributed.py"
SUM = "0123456789abcdef" * 4
ROLES = {"c", "cxx", "fortran", "mpi", "blas", "lapack"}


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    release = open_release(Context())
    naming = Naming(release, Catalog.open(None), "spack")
    return Shelf(release.resolver, release.index, naming, ("foss", "2024a"))


def recipe(name: str, *needs: str, **changes: Any) -> Recipe:
    version = changes.setdefault("version", "1.2.3")
    address = f"https://flimsy.example/{name}-{version}.tar.gz"
    changes.setdefault(
        "sources", (Source(urls=(address,), filename=f"{name}-{version}.tar.gz", sha256=SUM),)
    )
    return Recipe(
        name=name,
        names="spack",
        homepage="https://flimsy.example",
        description="A library of flimsy things. In Spack it has a sister, which is no library.",
        dependencies=tuple(
            Dependency(
                package=Package(name=need.lstrip("!")),
                kinds=("build",) if need[0] == "!" else ("build", "link"),
                provides=(need,) if need in ROLES else (),
                direct=True,
            )
            for need in needs
        ),
        **changes,
    )


RECIPES = (
    recipe(
        "flimsy-cmake", "mpi", "blas", "hdf5", "libx11", "!pkgconf",
        build_system="cmake", start_dir="src",
        options=(
            "-DBUILD_SHARED_LIBS=ON", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
            "-DCMAKE_CXX_COMPILER=${mpi:cxx}", "-DHDF5_ROOT=${prefix:hdf5}",
            "-DBLAS_LIBRARIES=${libs:blas}", "-DNOBODY=${prefix:nobody}",
            "-DCMAKE_INSTALL_LIBDIR=lib", "-DNAME=two words;100%",
        ),
        installs={"files": ("bin/flimsy",), "libraries": ("libflimsy",)},
        patches=(
            Patch(filename="fix-it.patch", text="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n"),
            Patch(filename="deep.patch", level=0, text="--- x\n+++ x\n@@ -1 +1 @@\n-1\n+2\n"),
        ),
    ),
    recipe(
        "flimsy-autotools", "zlib", "!autoconf", "!automake", build_system="autotools",
        options=("--with-zlib=${prefix:zlib}", "CC=${compiler:c}", "--prefix=${prefix}"),
        steps={
            "prepare": ("test -f configure || autoreconf -fi",),
            "environment": ("FLIMSY_HOME=${prefix}", "CXX=${mpi:cxx}"),
        },
    ),
    recipe("flimsy-make", build_system="make",
           steps={"build": ("all", "WITH=100%"), "install": ("install", "DEST=${prefix}")}),
    recipe("flimsy-meson", build_system="meson", options=("-Dbuildtype=debug", "-Ddocs=false")),
    recipe("py-flimsy", "py-numpy", build_system="python"),
    recipe("py-flimsy-rust", "!rust", build_system="python"),
    recipe("r-flimsy", build_system="r"),
    recipe("flimsy-go", build_system="go"),
    recipe("flimsy-cargo", "rust", build_system="cargo"),
    recipe("flimsy-copied", build_system="generic"),
    recipe("flimsy-all", "hdf5", build_system="bundle", sources=()),
    recipe("flimsy-git", build_system="cmake",
           sources=(Source(git="https://git.example/a/b.git", ref="v1.2.3", submodules=True),)),
)  # fmt: skip


def made_all(shelf: Shelf) -> dict[str, Made]:
    maker = Maker(shelf, recipes=lambda _package, _versions: None)
    return {one.name: maker.make(one) for one in RECIPES}


def test_all_kinds_are_as_easybuild_demands(
    shelf: Shelf, tmp_path: Path, eb_environment: dict[str, str]
) -> None:
    made = made_all(shelf)
    for one in made.values():
        for path, text in one.files():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    spoiled = tmp_path / "x" / "other" / "zz-spoiled-1.0.eb"
    spoiled.parent.mkdir(parents=True)
    spoiled.write_text(
        "easyblock = 'CMakeMake'\nname = 'zz-spoiled'\nversion = '1.0'\nhomepage = ''\n"
        "description = 'x'\ntoolchain = {'name': 'GCCcore', 'version': '13.3.0'}\n"
        "sources = [SOURCE_TAR_GZ]\nconfigopts = '-DCMAKE_BUILD_TYPE=Debug'\n"
        "moduleclass = 'lib'\n"
    )
    done = subprocess.run(
        [sys.executable, str(JUDGE), str(tmp_path)],
        env=eb_environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout)
    assert answer["files"] == len(RECIPES) + 1
    assert answer["patches"] == 2
    assert answer["unchecked"] == 1  # the checkout
    problems = answer["problems"].pop(str(spoiled))
    assert answer["problems"] == {}
    said = " ".join(problems)  # the judge does find what is wrong
    for word in ("no homepage", "where its sources", "sanity_check_paths", "build_type", "binutils",
                 "does not lie", "not called", "Checksums missing"):  # fmt: skip
        assert word in said


def test_check_contrib_itself_passes(
    shelf: Shelf, tmp_path: Path, eb_environment: dict[str, str]
) -> None:
    place = tmp_path / (one := made_all(shelf)["flimsy-cmake"]).path
    for path, text in one.files():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    eb = Path(sys.executable).parent / "eb"
    done = subprocess.run(
        [str(eb), "--check-contrib", f"--robot={tmp_path}:", str(place)],
        env=eb_environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "All SHA256 checksums checks PASSed" in done.stdout


def test_what_is_said_of_a_cmake_package(shelf: Shelf) -> None:
    one = made_all(shelf)["flimsy-cmake"]
    values = evaluate(one.text).values
    assert values["toolchain"] == {"name": "foss", "version": "2024a"}
    assert values["start_dir"] == "src"
    assert values["build_shared_libs"] is True
    assert values["build_type"] == "RelWithDebInfo"
    assert values["install_libdir"] == "lib"
    assert values["configopts"] == (
        "-DHDF5_ROOT=$EBROOTHDF5 -DBLAS_LIBRARIES=\"$LIBBLAS\" -DNAME='two words;100%%'"
    )
    assert ("X11", "20240607") in values["dependencies"]
    assert values["patches"] == [
        "flimsy-cmake-1.2.3_fix-it.patch",
        ("flimsy-cmake-1.2.3_deep.patch", 0),
    ]
    assert values["sanity_check_paths"]["files"] == [
        "bin/flimsy",
        ("lib/libflimsy.so", "lib/libflimsy.a"),
    ]
    assert values["description"] == "A library of flimsy things."
    assert [n.why for n in one.notices if "arguments of its configure" in n.what] == [
        "they name what no module here is for: -DNOBODY"
    ]


def test_what_is_said_of_others(shelf: Shelf) -> None:
    made = made_all(shelf)
    tools = evaluate(made["flimsy-autotools"].text).values
    assert tools["preconfigopts"] == (
        "export FLIMSY_HOME=%(installdir)s && test -f configure || autoreconf -fi && "
    )
    assert tools["configopts"] == "--with-zlib=$EBROOTZLIB"
    make = evaluate(made["flimsy-make"].text).values
    assert (make["buildopts"], make["installopts"]) == ("all WITH=100%%", "DEST=%(installdir)s")
    assert evaluate(made["flimsy-meson"].text).values["configopts"] == "-Ddocs=false"
    rust = evaluate(made["py-flimsy-rust"].text if "py-flimsy-rust" in made else
                    made["flimsy-rust"].text).values  # fmt: skip
    assert rust["easyblock"] == "CargoPythonPackage"
    cargo = evaluate(made["flimsy-cargo"].text).values
    assert "Rust" in [row[0] for row in cargo["builddependencies"]]
    assert "dependencies" not in cargo
    git = evaluate(made["flimsy-git"].text).values["sources"][0]["git_config"]
    assert git == {"url": "https://git.example/a", "repo_name": "b", "tag": "v%(version)s",
                   "recursive": True}  # fmt: skip


# --- arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("software", "variable"),
    [("HDF5", "$EBROOTHDF5"), ("netCDF-C++4", "$EBROOTNETCDFMINCPLUSPLUS4"),
     ("Qt5.1", "$EBROOTQT51")],
)  # fmt: skip
def test_root_variables(software: str, variable: str) -> None:
    assert root_variable(software) == variable


def unquoted(word: str) -> str:
    """A word as a shell takes its quotes away (POSIX.1-2017, 2.2), variables not filled in."""
    found, mark, rest = "", "", iter(word)
    for sign in rest:
        if mark == "'":
            found, mark = (found, "") if sign == "'" else (found + sign, mark)
        elif sign == '"':
            mark = "" if mark else '"'
        elif sign == "'" and not mark:
            mark = "'"
        elif sign == "\\":
            after = next(rest)
            found += after if not mark or after in '$`"\\' else sign + after
        else:
            assert mark or sign not in ";&|<>(){}~*?# `"
            found += sign
    return found


@given(
    st.lists(
        st.one_of(
            st.sampled_from([placeholder("prefix", "zlib"), placeholder("mpi", "c")]),
            st.text(alphabet="ab ;'\"$`\\%=&|<>(){}~*?#-", max_size=8),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=200, deadline=None)
def test_a_shell_sees_one_word(parts: list[str]) -> None:
    """Whatever a recipe says is one word, in which only EasyBuild's variables are filled in."""
    text = "".join(parts)
    word = shell_word("-DX=" + text, {"zlib": "zlib", "mpi": "OpenMPI"})
    assert word is not None
    shown = word.replace("%%", "%")
    assert len(shlex.split(shown)) == 1
    seen = unquoted(shown)
    expected = "-DX=" + text.replace(placeholder("prefix", "zlib"), "\0").replace(
        placeholder("mpi", "c"), "\1"
    )
    for variable, mark in (("EBROOTZLIB", "\0"), ("MPICC", "\1")):
        seen = seen.replace(f"${{{variable}}}", mark).replace(f"${variable}", mark)
    assert seen == expected


def test_what_easybuild_does_by_itself_is_not_said() -> None:
    found = configured(
        ("--prefix=${prefix}", "CC=${mpi:c}", "--with-x=${prefix:gone}", "--y"), "autotools", {}
    )
    assert (found.words, found.left) == (["--y"], ["--with-x=${prefix:gone}"])
    found = configured(("-DCMAKE_POSITION_INDEPENDENT_CODE=ON", "-DCMAKE_BUILD_TYPE=Release"),
                       "cmake", {})  # fmt: skip
    assert (found.words, found.parameters) == ([], {"toolchainopts": {"pic": True}})


@pytest.mark.parametrize("text", [None, "", "--- a\r\n+++ b\r\n", "\0"])
def test_patches_that_can_not_be_written(text: str | None) -> None:
    assert patch_file(Patch(filename="x.patch", text=text), "a", "1") is None
    assert patch_file(Patch(filename="../x.patch", text="--- a"), "a", "1") is None


# --- the nearest easyconfig --------------------------------------------------------------------


OLD = """easyblock = 'CMakeMake'

name = 'Flimsy'
version = '1.1.0'

homepage = 'https://flimsy.example'
description = "Flimsy"

toolchain = {'name': 'GCC', 'version': '12.3.0'}

source_urls = ['https://flimsy.example/old']
sources = [SOURCELOWER_TAR_GZ, 'data.tar.gz', 'more-%(version)s.tar.gz']
patches = ['Flimsy-1.1.0_fix.patch']
checksums = [
    'aaaa456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'bbbb456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'cccc456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'dddd456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
]

builddependencies = [('CMake', '3.26.3')]
dependencies = [('zlib', '1.2.13')]

sanity_check_paths = {
    'files': ['bin/flimsy'],
    'dirs': [],
}

moduleclass = 'lib'
"""


def updated(shelf: Shelf, wanted: Recipe, text: str = OLD) -> tuple[dict[str, Any], set[Code]]:
    layout, _, _ = read_layout(text, "Flimsy-1.1.0-GCC-12.3.0.eb")
    done = update(layout, wanted, ("foss", "2024a"), shelf.resolver, shelf.index)
    assert done is not None
    return evaluate(render(done.layout)).values, {notice.code for notice in done.notices}


def test_its_source_is_the_recipes(shelf: Shelf) -> None:
    values, codes = updated(shelf, recipe("flimsy", version="1.4.0"))
    assert values["version"] == "1.4.0"
    assert values["toolchain"] == {"name": "GCC", "version": "13.3.0"}
    assert values["dependencies"] == [("zlib", "1.3.1")]
    assert values["sources"] == ["%(namelower)s-%(version)s.tar.gz", "data.tar.gz",
                                 "more-%(version)s.tar.gz"]  # fmt: skip
    # the same file keeps its checksum, another version's is not known
    assert values["checksums"] == [SUM, "bbbb" + SUM[4:], None]
    assert "patches" not in values
    assert values["sanity_check_paths"]["files"] == ["bin/flimsy"]
    assert {Code.STEP_SKIPPED, Code.CHECKSUM_MISSING, Code.STEP_ASSUMED} <= codes


def test_another_file_brings_its_address(shelf: Shelf) -> None:
    source = Source(
        urls=("https://github.com/people/Flimsy/archive/v1.4.0.tar.gz",),
        filename="v1.4.0.tar.gz", sha256=SUM,
    )  # fmt: skip
    values, _ = updated(shelf, recipe("flimsy", version="1.4.0", sources=(source,)))
    assert values["github_account"] == "people"
    assert values["sources"][0] == "v%(version)s.tar.gz"
    assert values["checksums"][0] == SUM


def test_what_is_made_of_parts_is_not_brought_to_a_version(shelf: Shelf) -> None:
    layout, _, _ = read_layout(OLD + "exts_list = [('a', '1', {})]\n", "x.eb")
    wanted = recipe("flimsy", version="1.4.0")
    assert update(layout, wanted, ("foss", "2024a"), shelf.resolver, shelf.index) is None


def test_the_nearest_is_of_the_same_series(shelf: Shelf) -> None:
    entries = shelf.index.find("GROMACS")
    found = nearest(entries, "2024.9")
    assert found is not None
    assert found.version.startswith("2024.")
    assert nearest(entries, "1.0") is None
    oldest = nearest(entries, "1.0", anything=True)
    assert oldest is not None
    assert not [e for e in entries if e.version < oldest.version]


def test_a_released_file_is_not_written_again(shelf: Shelf) -> None:
    """One name has one meaning; what the release has stays what it is."""

    def recipes(
        package: Package, _versions: Callable[[str], str | None]
    ) -> tuple[Recipe, tuple[Notice, ...]] | None:
        found = recipe(package.name or "", version="1.3.1", build_system="autotools")
        return found, ()

    maker = Maker(shelf, recipes=recipes)
    released: Mapping[str, Made] = maker.made
    with pytest.raises(Exception, match="is released"):
        maker.make(recipe("zlib", version="1.3.1", build_system="autotools"))
    assert not released


def test_without_cuda_where_only_cuda_is_released(shelf: Shelf) -> None:
    """A library that the release has with CUDA only is made without, where it can be."""
    release = [e for e in shelf.index.find("Umpire") if e.toolchain in shelf.levels]
    name = "umpire"
    choice = Feature(name="cuda", value=False)

    def recipes(
        package: Package, _versions: Callable[[str], str | None]
    ) -> tuple[Recipe, tuple[Notice, ...]] | None:
        if package.name != name:
            return None
        return recipe(name, version="9.9", build_system="cmake", features=(choice,)), ()

    maker = Maker(shelf, recipes=recipes)
    top = maker.make(recipe("flimsy", name, build_system="cmake"))
    rows = {row[0]: row[1:] for row in evaluate(top.text).values["dependencies"]}
    assert all("CUDA" not in str(row) for row in rows.values())
    assert release or rows["Umpire"] == ("9.9",)


def test_the_files_are_plain_assignments(shelf: Shelf) -> None:
    for one in made_all(shelf).values():
        for node in ast.parse(one.text).body:
            assert isinstance(node, (ast.Assign, ast.AugAssign))
