"""What Spack lacks of a stack is generated from easyconfigs, beside the environment.

`golden/supply/` holds easyconfigs, a small package repository and what is written for them.
The texts were judged by Spack 1.3.0.dev0 (`tools/spack_check.py`, `spack audit packages`).
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from stackbridge.cli.compose import installed_easyconfigs
from stackbridge.cli.convert import Done, Job, context_of, run
from stackbridge.ecosystems import Delivered
from stackbridge.ecosystems.easybuild.index import Index
from stackbridge.ecosystems.easybuild.robot_recipes import RobotRecipes
from stackbridge.ecosystems.spack.index import open_index
from stackbridge.ecosystems.spack.translating.supply_terms import from_on, implied, spelled
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code
from stackbridge.hub.package import Package, Toolchain
from stackbridge.hub.recipe import Recipe
from stackbridge.hub.versions import Version, VersionSet

GOLDEN = Path(__file__).parents[2] / "golden" / "supply"
REPOSITORY = GOLDEN / "spack_repo" / "tiny"
PACKAGES = "repo/spack_repo/stackbridge/packages"
SPACK_ROOT = os.environ.get("SPACK_ROOT")


def converted(
    source: Path,
    *,
    pin: Literal["exact", "compatible", "loose"] | None = None,
    easyconfigs: Sequence[str] = (str(GOLDEN / "easyconfigs"),),
    directory: bool = True,
) -> Done:
    context = context_of(
        repositories=[str(REPOSITORY)],
        easyconfigs=easyconfigs,
        options={"directory": True} if directory else {},
        pin=pin,
    )
    return run(Job(str(source), None, "spack", context))


def easystack(place: Path, *names: str) -> Path:
    file = place / "easystack.yaml"
    file.write_text("easyconfigs:\n" + "".join(f"  - {json.dumps(name)}\n" for name in names))
    return file


def specs(done: Done) -> str:
    return done.writing.files["spack.yaml"]


@pytest.fixture(scope="module")
def whole() -> Done:
    return converted(GOLDEN / "easystack.yaml")


def row(done: Done, name: str) -> Delivered:
    return next(r for r in done.writing.delivered if r.subject.startswith(name))


def test_texts(whole: Done) -> None:
    place = GOLDEN / "written"
    recorded = {
        str(path.relative_to(place)): path.read_text()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
    made = {name: text for name, text in whole.writing.files.items() if name != "spack.yaml"}
    assert made == recorded


def test_each_version_is_asked_for_as_it_is(whole: Done) -> None:
    text = specs(whole)
    for spec in (
        "zlib@=1.3.2", "zlib@=0.95", "zlib@=1.3.1", "hdf5@=1.10.0", "novelty@=2.1", "novelty@=2.0",
        "py-numpy@=1.26.0", "py-stbnewpy@=0.3", "manual@=3.0",
    ):  # fmt: skip
        assert spec in text
    assert "stackbridge: ./repo/spack_repo/stackbridge" in text


def test_rows_say_what_was_generated(whole: Done) -> None:
    assert {r.how for r in whole.writing.delivered} == {"exact", "generated"}
    found = row(whole, "Novelty@=2.1")
    assert (found.how, found.version) == ("generated", "2.1")
    assert found.kinds == (Code.STEP_SKIPPED.value,)
    assert found.evidence == f"{PACKAGES}/novelty/package.py"
    assert row(whole, "zlib@=1.3.1").how == "exact"
    assert row(whole, "zlib@=1.3.2").how == "generated"
    codes = {n.code for n in whole.notices}
    assert not {Code.VERSION_APPROXIMATED, Code.PACKAGE_LOST, Code.NAME_UNKNOWN} & codes


def test_a_version_that_spack_has_gets_no_recipe(whole: Done) -> None:
    assert f"{PACKAGES}/hdf5/package.py" not in whole.writing.files
    assert '"1.3.1"' not in whole.writing.files[f"{PACKAGES}/zlib/package.py"]
    said = [n for n in whole.notices if n.code is Code.SOURCE_DIFFERS]
    assert [n.subject for n in said] == ["zlib"]  # and not HDF5, whose archive is the same


def test_a_version_far_from_spacks_is_said(whole: Done) -> None:
    said = [n for n in whole.notices if n.code is Code.STEP_ASSUMED]
    assert [(n.subject, n.what.split()[1]) for n in said] == [("zlib", "0.95")]


def test_deprecated_versions_are_allowed_only_where_one_is_wanted(
    whole: Done, tmp_path: Path
) -> None:
    assert "deprecated: true" in specs(whole)
    assert [n.subject for n in whole.notices if n.code is Code.SETTING_ADDED] == [
        "config:deprecated"
    ]
    other = converted(easystack(tmp_path, "zlib-1.3.1.eb"))
    assert "deprecated" not in specs(other)
    assert "repos" not in specs(other)


def test_hostile_text_stays_text() -> None:
    done = converted(GOLDEN / "hostile.yaml")
    tree = ast.parse(done.writing.files[f"{PACKAGES}/hostile/package.py"])
    *imports, cls = tree.body
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    assert isinstance(cls, ast.ClassDef)
    calls = [ast.unparse(n.func) for n in ast.walk(cls) if isinstance(n, ast.Call)]
    assert set(calls) <= {"version", "depends_on"}
    assert not [n for n in ast.walk(cls) if isinstance(n, ast.FormattedValue)]


def test_compatible_asks_for_ranges_and_generates_only_what_none_satisfies(tmp_path: Path) -> None:
    source = easystack(tmp_path, "zlib-1.3.2.eb", "zlib-0.95.eb", "zlib-1.3.1.eb", "Manual-3.0.eb")
    done = converted(source, pin="compatible")
    text = specs(done)
    assert "- zlib@1.3\n" in text
    assert "- zlib@=0.95\n" in text
    assert "1.3.2" not in done.writing.files[f"{PACKAGES}/zlib/package.py"]
    assert f"{PACKAGES}/manual/package.py" in done.writing.files


def test_loose_asks_for_that_version_or_a_later_one(tmp_path: Path) -> None:
    done = converted(easystack(tmp_path, "zlib-0.95.eb", "HDF5-1.10.0.eb"), pin="loose")
    assert "zlib@0.95:" in specs(done)
    assert "hdf5@1.10.0:" in specs(done)
    assert "deprecated" not in specs(done)
    assert set(done.writing.files) == {"spack.yaml"}


def test_the_toolchain_is_pinned_alike(tmp_path: Path) -> None:
    source = easystack(tmp_path, "Novelty-2.1-foss-2023a.eb")
    versions = {pin: specs(converted(source, pin=pin)) for pin in ("exact", "compatible", "loose")}
    assert "openmpi@4.1.5" in versions["exact"]
    assert "openmpi@4.1.5" not in versions["compatible"]
    assert "openmpi@4.1" in versions["compatible"]
    assert "openmpi@4.1.5:" in versions["loose"]


def test_a_single_file_has_no_repository(tmp_path: Path) -> None:
    done = converted(easystack(tmp_path, "zlib-1.3.2.eb"), directory=False)
    assert set(done.writing.files) == {"spack.yaml"}
    assert row(done, "zlib").kinds == (Code.VERSION_APPROXIMATED.value,)


def test_one_easyconfig_is_generated_from_wherever_it_lies(tmp_path: Path) -> None:
    text = (GOLDEN / "easyconfigs" / "Manual-3.0.eb").read_text()
    file = tmp_path / "Elsewhere-7.0.eb"
    text += "\npatches = ['Elsewhere-7.0_own.patch']\n"
    file.write_text(text.replace("'Manual'", "'Elsewhere'").replace("'3.0'", "'7.0'"))
    (tmp_path / "Elsewhere-7.0_own.patch").write_text("--- a\n")
    done = converted(file)
    assert done.writing.files[f"{PACKAGES}/elsewhere/Elsewhere-7.0_own.patch"] == "--- a\n"
    assert "- elsewhere@=7.0" in specs(done)
    assert f"{PACKAGES}/elsewhere/package.py" in done.writing.files


def test_an_easyconfig_that_cannot_be_read_is_said_and_stops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "ecs"
    folder.mkdir()
    good = (GOLDEN / "easyconfigs" / "zlib-1.3.2.eb").read_text()
    (folder / "zlib-1.3.2.eb").write_text(good)
    (folder / "Broken-1.0.eb").write_text("name = 'Broken'\nversion = (\n")
    done = converted(
        easystack(tmp_path, "zlib-1.3.2.eb", "Broken-1.0.eb"), easyconfigs=[str(folder)]
    )
    assert "zlib@=1.3.2" in specs(done)
    assert row(done, "zlib").how == "generated"
    assert row(done, "Broken").how == "lost"


def test_recipes_of_a_robot_path() -> None:
    recipes = RobotRecipes(Index.open([str(GOLDEN / "easyconfigs")]))

    def asked(name: str, version: str, chain: str | None = None) -> Package:
        toolchain = Toolchain(name="foss", version=chain) if chain else None
        return Package(name=name, versions=VersionSet.exactly(version), toolchain=toolchain)

    found = recipes(asked("Novelty", "2.1", "2023a"))
    assert found is not None
    recipe, members, _ = found
    assert recipe.options == (
        "-DZLIB_ROOT=${prefix:zlib}", "-DPREFIX=${prefix}", "-DNAME=a b", "-DHOST=$HOSTNAME"
    )  # fmt: skip
    assert recipe.patches[0].text is not None
    assert members == ()
    bundle = recipes(asked("Pair-bundle", "1.0"))
    assert bundle is not None
    assert [(m.name, m.version, m.build_system) for m in bundle[1]] == [
        ("numpy", "1.26.0", "python"),
        ("stbnewpy", "0.3", "python"),
    ]
    assert bundle[1][1].sources[0].sha256 == "92" * 32
    custom = recipes(asked("Helper", "0.4"))
    assert custom is not None
    assert custom[0].build_system == "autotools"
    assert [n.code for n in custom[2]] == [Code.STEP_SKIPPED]
    assert recipes(asked("Nothing", "1")) is None
    assert recipes(asked("Novelty", "99")) is None


def test_released_easyconfigs_are_found_beside_python(tmp_path: Path) -> None:
    places = installed_easyconfigs()
    if not (Path(sys.prefix) / "easybuild" / "easyconfigs").is_dir():
        pytest.skip("needs EasyBuild in this environment")
    assert places == (str(Path(sys.prefix) / "easybuild" / "easyconfigs"),)
    done = converted(easystack(tmp_path, "waLBerla-6.1-foss-2022b.eb"), easyconfigs=())
    text = done.writing.files[f"{PACKAGES}/walberla/package.py"]
    own = Path(places[0]) / "w" / "waLBerla" / "waLBerla-6.1-foss-2022b.eb"
    assert done.writing.delivered[0].how == "generated"
    sums = [part for part in text.split('"') if len(part) == 64]
    assert sums
    assert sums[0] in own.read_text()


@pytest.mark.parametrize(
    ("wanted", "there", "asked"),
    [
        ("1.2.3", ("1.2.5", "2.0"), "1.2.3:1"),
        ("1.2.3", ("2.0", "1.1"), "1.2.3:"),
        ("11", ("11.0.1", "17.0"), "11"),
        ("2023.3", ("2024.1",), "2023.3:"),
        ("3.0", ("1.0", "main"), None),
    ],
)
def test_a_dependency_is_wanted_from_a_version_on(
    wanted: str, there: tuple[str, ...], asked: str | None
) -> None:
    found = from_on(Version(wanted), [Version(each) for each in there])
    assert (found.ranges() if found is not None else None) == asked


@pytest.mark.parametrize(
    ("version", "written"),
    [
        ("1.2", "1.2"),
        ("18.10_bzr492+repack1-4", "18.10_bzr492-repack1-4"),
        ("72f691e91d59e8eb2123f258e67a4ddc72d105ee", "commit-72f691e91d59"),
        ("-../../x", "x"),
    ],
)
def test_versions_that_spack_would_not_take_are_respelled(version: str, written: str) -> None:
    assert spelled(Recipe(name="x", version=version)).version == written


def test_what_other_members_need_anyway_is_not_named(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    for name, needs in {
        "whole": ('"part"', '"twin"', '"extra", when="+extra"', '"old", when="@2:"'),
        "twin": ('"whole"',),
        "part": (),
        "extra": (),
        "old": (),
    }.items():
        lines = "".join(f"    depends_on({need})\n" for need in needs) or "    pass\n"
        file = packages / name / "package.py"
        file.parent.mkdir(parents=True)
        file.write_text(
            f"from spack.package import *\n\nclass {name.title()}(PackageBase):\n{lines}"
        )
    (tmp_path / "repo.yaml").write_text("repo:\n  namespace: few\n  api: v2.0\n")
    known = open_index([tmp_path], None)
    names = ["whole", "twin", "part", "extra", "old", "absent"]
    assert implied(known, names) == {"part", "old"}


@pytest.mark.slow
@pytest.mark.skipif(SPACK_ROOT is None, reason="needs Spack (SPACK_ROOT)")
def test_spack_takes_it(whole: Done, tmp_path: Path) -> None:
    """Spack reads environment and repository, and audits what was written."""
    for name, text in whole.writing.files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    scope = tmp_path / "scope"
    scope.mkdir()
    (scope / "repos.yaml").write_text(
        f"repos:\n  stackbridge: {tmp_path}/repo/spack_repo/stackbridge\n  tiny: {REPOSITORY}\n"
    )
    done = subprocess.run(
        [
            str(Path(SPACK_ROOT or "") / "bin" / "spack"),
            "-C",
            str(scope),
            "audit",
            "packages",
            "helper",
            "manual",
            "novelty",
            "py-stbnewpy",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_robot_takes_all_that_is_needed_along(tmp_path: Path) -> None:
    folder = tmp_path / "ecs"
    folder.mkdir()
    for name in ("zlib-1.3.2.eb", "Manual-3.0.eb"):
        text = (GOLDEN / "easyconfigs" / name).read_text()
        if name.startswith("Manual"):
            text += "\ndependencies = [('zlib', '1.3.2')]\n"
        (folder / name).write_text(text)
    context = context_of(
        repositories=[str(REPOSITORY)],
        easyconfigs=[str(folder)],
        options={"directory": True, "robot": True},
    )
    for source in (easystack(tmp_path, "Manual-3.0.eb"), folder / "Manual-3.0.eb"):
        done = run(Job(str(source), None, "spack", context))
        assert [r.name for r in done.writing.delivered] == ["zlib", "manual"]
        assert {r.how for r in done.writing.delivered} == {"generated"}
        assert "zlib@1.3.2:1" in done.writing.files[f"{PACKAGES}/manual/package.py"]


def test_the_robot_needs_easyconfigs(tmp_path: Path) -> None:
    source = tmp_path / "spack.yaml"
    source.write_text("spack:\n  specs: [zlib]\n")
    with pytest.raises(UsageError):
        run(Job(str(source), None, "spack", context_of(options={"robot": True})))


def test_archives_of_a_machine_and_files_to_copy(tmp_path: Path) -> None:
    file = tmp_path / "Machine-1.0.eb"
    file.write_text(
        "easyblock = 'MakeCp'\nname = 'Machine'\nversion = '1.0'\n"
        "homepage = 'https://machine.org'\ndescription = 'For one machine.'\n"
        "toolchain = SYSTEM\nsource_urls = ['https://machine.org/']\n"
        "sources = ['m_%(jdkarch)s.tar.gz']\n"
        f"checksums = [{{'m_x64.tar.gz': '{'44' * 32}', 'm_aarch64.tar.gz': '{'45' * 32}'}}]\n"
        "files_to_copy = [(['%(start_dir)s/bin/m*'], 'bin'), 'LICENSE', '%(builddir)s/x']\n"
        "buildopts = 'CC=\"$CC\" OPT=$HOSTNAME'\n"
    )
    text = converted(file).writing.files[f"{PACKAGES}/machine/package.py"]
    assert "https://machine.org/m_x64.tar.gz" in text
    assert "44" * 32 in text
    assert '("bin/m*", "bin")' in text
    assert '("LICENSE", "")' in text
    assert 'f"CC={self.compiler.cc}"' in text
    assert "HOSTNAME" not in text
    assert "%(" not in text


def test_of_several_builds_the_last_is_written_and_said(tmp_path: Path) -> None:
    text = (GOLDEN / "easyconfigs" / "Manual-3.0.eb").read_text()
    (tmp_path / "Manual-3.0.eb").write_text(text + "\nconfigopts = ['--static', '--shared']\n")
    done = converted(tmp_path / "Manual-3.0.eb", easyconfigs=[str(tmp_path)])
    made = done.writing.files[f"{PACKAGES}/manual/package.py"]
    assert '"--shared"' in made
    assert "--static" not in made
    assert Code.STEP_SKIPPED.value in done.writing.delivered[0].kinds
