"""Of a generated package: compilers, addresses of wheels, what placeholders stand for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stackbridge.ecosystems.spack.index import Index, open_index
from stackbridge.ecosystems.spack.recipes.repository_writer import write_repository
from stackbridge.ecosystems.spack.translating.supply import Supply
from stackbridge.ecosystems.spack.translating.supply_terms import by_day, same_archive
from stackbridge.ecosystems.spack.translating.versions import Versions
from stackbridge.hub.package import Dependency, Package, Toolchain
from stackbridge.hub.recipe import Patch, Recipe, Source
from stackbridge.hub.versions import VersionSet

CLASS = "from spack.package import *\n\nclass {name}(Package):\n{lines}\n"
PLACES = {
    "icons": (
        "Icons",
        '    url = "https://ftp.gnome.org/pub/icons-3.38.0.tar.xz"\n    version("3.38.0")',
    ),
    "forged": (
        "Forged",
        '    homepage = "https://github.com/Owner/Forged"\n    version("1.0", sha256="0")',
    ),
    "opengl": ("Opengl", '    version("4.5")'),
    "icon-demos": (
        "IconDemos",
        '    url = "https://old.org/icon-demos-8.0.tar.gz"\n    version("8.0", sha256="0")',
    ),
    "py-tree": ("PyTree", '    version("3.1.0")'),
    "mesa": ("Mesa", '    version("25.1.0")\n    provides("gl")'),
}


@pytest.fixture
def known(tmp_path: Path) -> Index:
    for name, (title, lines) in PLACES.items():
        file = tmp_path / "packages" / name.replace("-", "_") / "package.py"
        file.parent.mkdir(parents=True)
        file.write_text(CLASS.format(name=title, lines=lines))
    (tmp_path / "repo.yaml").write_text("repo:\n  namespace: few\n  api: v2.0\n")
    return open_index([tmp_path], None)


def written(known: Index, recipe: Recipe) -> str:
    files, _ = write_repository([recipe], "own", known)
    return next(text for path, text in files.items() if path.endswith("package.py"))


def recipe(url: str = "https://site.org/thing-1.0.tar.gz", **fields: object) -> Recipe:
    made = {
        "name": "thing",
        "version": "1.0",
        "names": "spack",
        "build_system": "cmake",
        "toolchain": Toolchain(name="foss", version="2024a"),
        "sources": (Source(urls=(url,), sha256="ab" * 32),),
        **fields,
    }
    return Recipe(**made)  # type: ignore[arg-type]


def needing(*names: str) -> tuple[Dependency, ...]:
    return tuple(Dependency(package=Package(name=name), kinds=("build",)) for name in names)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (recipe(), False),
        (recipe(dependencies=needing("mpi")), True),
        (recipe(dependencies=needing("lapack"), build_system="python"), False),
        (recipe(description="Interfaces for Fortran."), True),
        (recipe(options=("-DENABLE_FORTRAN=ON",), build_system="cmake"), True),
    ],
)
def test_fortran_is_needed_where_it_may_be(known: Index, made: Recipe, expected: bool) -> None:
    text = written(known, made)
    assert ('depends_on("fortran", type="build")' in text) is expected
    assert 'depends_on("cxx", type="build")' in text


def test_wheels_are_fetched_where_the_registry_has_them(known: Index) -> None:
    file = "thing-1.0-py3-none-any.whl"
    place = f"https://pypi.python.org/packages/source/t/thing/{file}"
    text = written(known, recipe(place, build_system="python", name="py-thing"))
    assert f'"https://files.pythonhosted.org/packages/py3/t/thing/{file}"' in text
    other = f"https://site.org/{file}"
    assert f'"{other}"' in written(known, recipe(other, build_system="python", name="py-thing"))


def test_one_site_may_answer_at_several_addresses(known: Index) -> None:
    facts = known.package("icons")
    assert facts is not None
    assert same_archive(facts, recipe("https://download.gnome.org/49/icons-49.0.tar.xz"))
    assert not same_archive(facts, recipe("https://site.org/icons-49.0.tar.xz"))


def test_a_name_of_several_words_is_known_wherever_it_moved(known: Index) -> None:
    facts = known.package("icon-demos")
    assert facts is not None
    assert same_archive(facts, recipe("https://new.net/icon-demos-9.0.tar.xz"))
    assert not same_archive(facts, recipe("https://new.net/demos-9.0.tar.xz"))


def test_one_project_is_one_software(known: Index) -> None:
    facts = known.package("forged")
    assert facts is not None
    assert same_archive(facts, recipe("https://github.com/owner/forged/archive/v2.0.tar.gz"))
    assert same_archive(facts, recipe(homepage="https://github.com/Owner/Forged.git"))
    assert not same_archive(facts, recipe("https://github.com/other/forged/archive/v2.0.tar.gz"))


def test_a_placeholder_of_spack_is_not_taken_for_what_can_be_built(known: Index) -> None:
    supply = Supply(lambda _package: None, known, None, "easybuild")
    assert supply.has("mesa")
    assert not supply.has("opengl")
    assert "opengl" in known


@pytest.mark.parametrize(
    ("url", "version", "derived"),
    [
        ("https://site.org/thing-1.0.tar.gz", "1.0", True),
        ("https://github.com/o/thing/archive/v1.0.2.tar.gz", "1.0.2", True),
        ("https://github.com/o/thing/archive/64a4ee41d3f0be3c.tar.gz", "20240911", False),
        ("https://site.org/Class-DBI-v3.0.17.tar.gz", "v3.0.17", False),
        ("https://site.org/thing-4-1.2.3.tar.gz", "1.2.3", False),
        ("https://site.org/thing-1.0.tar.gz", "1.0.1", False),
    ],
)
def test_a_version_names_its_url_where_spack_would_derive_another(
    known: Index, url: str, version: str, derived: bool
) -> None:
    """As `url_for_version` of Spack 1.3.0.dev0 answered for the classes that were written."""
    text = written(known, recipe(url, version=version))
    assert f'    url = "{url}"' in text
    assert text.count(url) == (1 if derived else 2)


def test_a_file_to_be_fetched_by_hand_keeps_its_name(known: Index) -> None:
    made = Source(filename="THING2024R1_DISK.iso", sha256="ab" * 32)
    text = written(known, recipe(version="2024R1", sources=(made,)))
    assert '"2024R1": "THING2024R1_DISK.iso",' in text
    assert "def url_for_version(self, version):" in text
    plain = Source(filename="thing-1.0.tar.gz", sha256="ab" * 32)
    assert "url_for_version" not in written(known, recipe(sources=(plain,)))


@pytest.mark.parametrize(("system", "name"), [("make", "tree"), ("python", "py-tree")])
def test_a_library_is_no_python_package_of_that_name(known: Index, system: str, name: str) -> None:
    """As intervaltree, a C++ library, and intervaltree-python, which Spack has."""
    catalog: Any = SimpleNamespace(
        search=lambda _name, _whose: [SimpleNamespace(identity="py-tree")],
        names=lambda key, _ecosystem: [SimpleNamespace(name=key)],
    )
    supply = Supply(lambda _package: None, known, catalog, "easybuild")
    assert supply.name_of(recipe(name="tree", build_system=system)) == name


@pytest.mark.parametrize(
    ("name", "wanted", "found"), [("openjdk", "8", "1.8"), ("openjdk", "17", "17")]
)
def test_java_8_is_one_point_eight(name: str, wanted: str, found: str) -> None:
    supply: Any = SimpleNamespace(
        versions=lambda _name: ("17.0.1_12", "11.0.1", "1.8.0_265-b01"), wraps=lambda _asked: True
    )
    package = Package(name=name, versions=VersionSet.exactly(wanted))
    one: Any = SimpleNamespace(name=name, versions=())
    assert Versions(supply, "exact").versions(package, one, package) == VersionSet.prefix(found)


def test_a_file_without_a_checksum_is_fetched_by_hand_and_what_has_none_has_no_patches(
    known: Index,
) -> None:
    """Spack refuses a whole repository for a patch of a package without code."""
    patch = Patch(filename="fix.patch", text="--- a\n+++ b\n")
    hand = recipe(sources=(Source(filename="thing-1.0.tgz"),), patches=(patch,))
    text = written(known, hand)
    assert "manual_download = True" in text
    assert 'patch("fix.patch")' in text
    text = written(known, recipe(sources=(), patches=(patch,)))
    assert "has_code = False" in text
    assert "patch(" not in text


def test_a_version_that_is_a_day_is_written_in_figures() -> None:
    """Spack's LAMMPS makes its URL of them and can't read another spelling."""
    assert by_day(recipe(version="29Aug2024_update2")).version == "20240829.2"
    assert by_day(recipe(version="3.1")).version == "3.1"


@pytest.mark.parametrize(("system", "needed"), [("meson", True), ("python", False)])
def test_compiled_members_of_a_small_bundle_need_those_before_them(
    known: Index, system: str, needed: bool
) -> None:
    """Components are built in their order into one place; extensions stand side by side."""
    whole = recipe(name="suite", build_system="bundle", sources=())
    members = tuple(recipe(name=name, build_system=system) for name in ("first", "second"))
    supply = Supply(lambda _package: (whole, members, ()), known, None, "easybuild")
    made = supply.member(Package(name="suite"), members[1], None)
    assert made is not None
    assert bool({"first", "py-first"} & supply.needs(made[0])) is needed
