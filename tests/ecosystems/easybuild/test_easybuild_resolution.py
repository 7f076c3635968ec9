"""What the robot finds: rules on small repositories, and equality with EasyBuild itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems.easybuild.index import Index
from stackbridge.ecosystems.easybuild.resolving import robot
from stackbridge.ecosystems.easybuild.resolving.conflicts import conflicts
from stackbridge.ecosystems.easybuild.resolving.entries import Entry, parse_dependency
from stackbridge.ecosystems.easybuild.resolving.externals import read_metadata, shipped_metadata
from stackbridge.ecosystems.easybuild.resolving.filters import parse_filters
from stackbridge.ecosystems.easybuild.resolving.module_names import (
    HierarchicalNames,
    NamingError,
    environment_name,
)
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
from stackbridge.errors import InputError, UsageError

ROOT = Path(__file__).parents[3]


def put(root: Path, name: str, version: str, tc: str = "system", **values: Any) -> Path:
    """An easyconfig in the layout of the robot."""
    pair = ("system", "system") if tc == "system" else tuple(tc.split("-", 1))
    full = version + ("" if tc == "system" else f"-{tc}") + values.get("versionsuffix", "")
    path = root / name[0].lower() / name / f"{name}-{full}.eb"
    path.parent.mkdir(parents=True, exist_ok=True)
    given = {
        "name": name,
        "version": version,
        "homepage": "h",
        "description": "d",
        "toolchain": {"name": pair[0], "version": pair[1]},
        **values,
    }
    path.write_text("".join(f"{key} = {value!r}\n" for key, value in given.items()))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """GCC 1 on GCCcore 1, and a few libraries."""
    put(tmp_path, "GCCcore", "1")
    put(tmp_path, "GCC", "1", dependencies=[("GCCcore", "1")])
    put(tmp_path, "zlib", "1", "GCCcore-1")
    put(tmp_path, "tool", "2")
    return tmp_path


def resolve(root: Path, file: str, **options: Any) -> tuple[Resolver, Entry]:
    index = Index.open([str(root)])
    entry = index.entry(file)
    assert entry is not None, index.problems
    return Resolver(index, **options), entry


def needs(root: Path, file: str, **options: Any) -> list[str]:
    resolver, entry = resolve(root, file, **options)
    return [item.module for item in resolver.dependencies(entry)]


def test_first_level_of_the_hierarchy_that_has_a_file(small: Path) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("zlib", "1")])
    assert needs(small, "app-1-GCC-1") == ["zlib/1-GCCcore-1", "GCC/1"]
    put(small, "zlib", "1", "GCC-1")  # nearer to the parent: wins
    assert needs(small, "app-1-GCC-1")[0] == "zlib/1-GCC-1"
    assert needs(small, "app-1-GCC-1", minimal=True)[0] == "zlib/1-GCCcore-1"


def test_system_is_never_found_by_the_way(small: Path) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("tool", "2")])
    assert needs(small, "app-1-GCC-1")[0] == "tool/2-GCC-1"  # missing, as EasyBuild says
    assert needs(small, "app-1-GCC-1", minimal=True, add_system=True)[0] == "tool/2"


def test_explicit_toolchains(small: Path) -> None:
    system = {"name": "system", "version": "system"}
    put(
        small,
        "app",
        "1",
        "GCC-1",
        dependencies=[("tool", "2", "", system), ("tool", "2", "", True)],
        builddependencies=[("zlib", "1", "", ("GCCcore", "1"))],
    )
    assert needs(small, "app-1-GCC-1") == ["zlib/1-GCCcore-1", "tool/2", "tool/2", "GCC/1"]


def test_templates_take_the_last_match(small: Path) -> None:
    put(
        small,
        "app",
        "1.2",
        "GCC-1",
        dependencies=[("Python", "3.12.3"), ("lib", "%(version_major)s", "-Python-%(pyver)s")],
        builddependencies=[("python", "2.7")],
        versionsuffix="-py",
    )
    assert needs(small, "app-1.2-GCC-1-py")[2] == "lib/1-GCC-1-Python-2.7"


def test_the_toolchains_dependencies_give_templates(small: Path) -> None:
    put(small, "NVHPC", "26.1", dependencies=[("GCCcore", "1"), ("CUDA", "12.6")])
    put(small, "app", "1", "NVHPC-26.1", dependencies=[("lib", "1", "-CUDA-%(cudaver)s")])
    assert needs(small, "app-1-NVHPC-26.1")[0].endswith("-CUDA-12.6")


def test_external_modules_and_their_metadata(small: Path) -> None:
    put(
        small,
        "app",
        "1",
        "GCC-1",
        dependencies=[("cray-python", "EXTERNAL_MODULE"), ("lib", "1", "-py%(pyshortver)s")],
    )
    metadata = {"cray-python": {"name": ["Python"], "version": ["3.11.7"]}}
    assert needs(small, "app-1-GCC-1", externals=metadata)[:2] == [
        "cray-python",
        "lib/1-GCC-1-py3.11",
    ]
    assert needs(small, "app-1-GCC-1")[1] == "lib/1-GCC-1-py%(pyshortver)s"


def test_filtered_dependencies(small: Path) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("zlib", "1.2"), ("lib", "3")])
    assert needs(small, "app-1-GCC-1", filters=["zlib"]) == ["lib/3-GCC-1", "GCC/1"]
    assert len(needs(small, "app-1-GCC-1", filters=["zlib=1.3", "lib=]3:]"])) == 3


@pytest.mark.parametrize(
    ("text", "version", "covered"),
    [
        ("a", "9", True),
        ("a=1.2", "1.2", True),
        ("a=1.2", "1.2.1", False),
        ("a=[1.2:1.3[", "1.2", True),
        ("a=[1.2:1.3[", "1.3", False),
        ("a=]1.2:1.3]", "1.2", False),
        ("a=]1.2:1.3]", "1.3", True),
        ("a=[1.2:]", "10", True),
        ("a=[:1.3]", "1.10", False),
    ],
)
def test_filter_ranges(text: str, version: str, covered: bool) -> None:
    assert parse_filters([text])["a"].covers(version) is covered


@pytest.mark.parametrize("text", ["a=", "=1", "a=1=2", "a=[2:1]", "a=[1:2:3]"])
def test_wrong_filters(text: str) -> None:
    with pytest.raises(UsageError):
        parse_filters([text])


def test_missing_dependencies_in_easybuilds_words(small: Path) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("gone", "1"), ("zlib", "1"), ("lost", "2")])
    resolver, entry = resolve(small, "app-1-GCC-1")
    closure = resolver.closure([entry])
    assert [item.needed.module for item in closure.missing] == ["gone/1-GCC-1", "lost/2-GCC-1"]
    assert closure.error() == (
        "Missing dependencies: gone/1-GCC-1, lost/2-GCC-1 "
        "(no easyconfig file or existing module found)"
    )
    assert not closure.ok
    assert closure.steps[-1].module == "app/1-GCC-1"  # the rest is still ordered


def test_installed_modules_stand_in(small: Path) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("gone", "1"), ("zlib", "1")])
    resolver, entry = resolve(small, "app-1-GCC-1", installed=["gone/1-GCCcore-1", "zlib/1-GCC-1"])
    closure = resolver.closure([entry])
    assert closure.ok
    # an easyconfig wins over an installed module
    assert [n.module for n in resolver.dependencies(entry)][:2] == [
        "gone/1-GCCcore-1",
        "zlib/1-GCCcore-1",
    ]


def test_cycles_are_shown_and_end(small: Path) -> None:
    put(small, "a", "1", "GCC-1", dependencies=[("b", "1")])
    put(small, "b", "1", "GCC-1", dependencies=[("zlib", "1"), ("a", "1")])
    resolver, entry = resolve(small, "a-1-GCC-1")
    closure = resolver.closure([entry])
    assert closure.cycle == ("a/1-GCC-1", "b/1-GCC-1", "a/1-GCC-1")
    assert not closure.ok


def test_toolchains_in_circles_end(tmp_path: Path) -> None:
    put(tmp_path, "GCC", "1", "GCC-1", dependencies=[("GCCcore", "1")])
    resolver, entry = resolve(tmp_path, "GCC-1-GCC-1")
    assert not resolver.closure([entry]).ok


def test_content_that_contradicts_the_file_name(small: Path) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("lib", "1")])
    path = put(small, "lib", "1", "GCC-1")
    path.write_text(path.read_text().replace("version = '1'", "version = '2'"))
    resolver, entry = resolve(small, "app-1-GCC-1")
    closure = resolver.closure([entry])
    assert [item.expected for item in closure.mismatches] == ["lib-1-GCC-1.eb"]
    assert "does not match" in str(closure.error())


def test_several_builds_share_their_dependencies(small: Path) -> None:
    put(
        small,
        "app",
        "1",
        "GCC-1",
        builddependencies=[[("zlib", "1"), ("x", "1")], [("zlib", "1"), ("x", "2")]],
    )
    assert needs(small, "app-1-GCC-1") == ["zlib/1-GCCcore-1", "x/1-GCC-1", "x/2-GCC-1", "GCC/1"]
    put(small, "multi", "1", "GCC-1", multi_deps={"Python": ["2.7", "3.12"]})
    assert needs(small, "multi-1-GCC-1")[:2] == ["Python/2.7-GCC-1", "Python/3.12-GCC-1"]


def test_versions_per_architecture() -> None:
    spec = ("imkl", {"arch=x86_64": "2024", "arch=*": False})
    found = parse_dependency(spec, "x86_64")
    assert found is not None
    assert found.version == "2024"
    assert parse_dependency(spec, "aarch64") is None


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (("zlib",), "at least a name and a version"),
        (("zlib", 1.3), "must be a text"),
        (("binutils", "2.42", {"name": "system", "version": "system"}), "fourth element"),
        (("zlib", "1", "", "SYSTEM"), "SYSTEM, or a pair"),
        (("m", "1", "EXTERNAL_MODULE"), "external module is"),
        ("zlib", "is a tuple such as"),
        (("a", {"x": "1"}), "keys such as"),
    ],
)
def test_wrong_dependencies(spec: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        parse_dependency(spec)


def test_hierarchical_names(small: Path) -> None:
    put(small, "OpenMPI", "4", "GCC-1", moduleclass="mpi")
    put(
        small,
        "gompi",
        "1",
        dependencies=[("GCC", "1"), ("OpenMPI", "4", "", ("GCC", "1"))],
        easyblock="Toolchain",
    )
    put(small, "app", "1", "gompi-1", versionsuffix="-x")
    resolver, entry = resolve(small, "app-1-gompi-1-x")
    names = HierarchicalNames(resolver)
    assert names.full(entry) == "MPI/GCC/1/OpenMPI/4/app/1-x"
    by_module = {need.module: need for need in resolver.dependencies(entry)}
    assert names.full_of(by_module["gompi/1"]) == "Core/gompi/1"
    with pytest.raises(NamingError, match="no easyconfig for x 1"):
        names.full_of(by_module["gompi/1"]._replace(name="x", version="1"))


def test_what_only_fetching_needs(small: Path) -> None:
    put(small, "app", "1", "GCC-1", source_deps=[("git-lfs", "3")])
    resolver, entry = resolve(small, "app-1-GCC-1")
    assert [need.module for need in resolver.fetching(entry)] == ["git-lfs/3-GCC-1"]
    assert [need.module for need in resolver.dependencies(entry)] == ["GCC/1"]
    with pytest.raises(NamingError, match="git-lfs 3"):
        HierarchicalNames(resolver).full(entry)


def test_environment_names() -> None:
    assert environment_name("SciPy-bundle") == "SCIPYMINBUNDLE"
    assert environment_name("FFTW.MPI") == "FFTWMPI"
    assert environment_name("BLAST+") == "BLASTPLUS"


def test_robot_path_reads_what_it_needs(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("zlib", "1")])
    (small / "b").mkdir()
    (small / "b" / "broken-1.eb").write_text("x = (")
    assert robot.main(["--robot", str(small), "app-1-GCC-1.eb"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"CFGS={small}"
    assert [line.rpartition(": ")[2] for line in lines[2:]] == [
        "GCCcore/1)",
        "zlib/1-GCCcore-1)",
        "GCC/1)",
        "app/1-GCC-1)",
    ]
    assert robot.main(["--robot", str(small), "nothing.eb"]) == 2
    put(small, "bad", "1", "GCC-1", dependencies=[("broken", "1", "", True)])
    put(small, "broken", "1").write_text("x = (")
    assert robot.main(["--robot", str(small), str(small / "b/bad/bad-1-GCC-1.eb")]) == 2
    assert "broken" in capsys.readouterr().err


def test_robot_path_says_what_is_missing(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("gone", "1")])
    assert robot.main([str(small / "a/app/app-1-GCC-1.eb"), "--robot", str(small)]) == 1
    assert "Missing dependencies: gone/1-GCC-1" in capsys.readouterr().err


def test_a_wrong_file_that_is_needed_stops_the_robot(small: Path) -> None:
    put(small, "app", "1", "GCC-1", dependencies=[("bad", "1")])
    put(small, "bad", "1", "GCC-1").write_text("name = (")
    library = robot.RobotPath([str(small)])
    (entry,) = library.find("app-1-GCC-1.eb")
    with pytest.raises(InputError, match="never closed"):
        Resolver(library).closure([entry])


def test_first_robot_path_wins(small: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    site = tmp_path_factory.mktemp("site")
    put(small, "app", "1", "GCC-1")
    put(site, "app", "1", "GCC-1", dependencies=[("zlib", "1")])
    library = robot.RobotPath([str(site), str(small)])
    entry = library.locate("app", "1-GCC-1")
    assert entry is not None
    assert library.path(entry).startswith(str(site))
    assert len(Resolver(library).closure([entry]).steps) == 4


def test_robot_program_knows_filters_and_metadata(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(
        small,
        "app",
        "1",
        "GCC-1",
        dependencies=[("m", "EXTERNAL_MODULE"), ("zlib", "1"), ("lib", "%(pyver)s")],
    )
    put(small, "lib", "3.9", "GCC-1")
    (small / "modules.cfg").write_text(
        "[m/2] # other\nname = x\n[m]\nname = Python\nversion = 3.9\n"
    )
    arguments = ["--robot", str(small), "--filter-deps=zlib", "app-1-GCC-1.eb"]
    metadata = ["--external-modules-metadata", str(small / "modules.cfg")]
    assert robot.main([*arguments, *metadata]) == 0
    assert "lib/3.9-GCC-1" in capsys.readouterr().out
    assert robot.main(arguments) == 1
    assert robot.main([*arguments, "--filter-deps", "=1"]) == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[a]\nnam = b", 2, "`nam` is not known"),
        ("name = b", 1, "below a"),
        ("[a\nname = b", 1, "a section is"),
        ("[a]\nname = b, c\nversion = 1", None, "as many versions"),
    ],
)
def test_wrong_metadata(text: str, line: int | None, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_metadata(text, "m.cfg")
    assert caught.value.line == line


def test_metadata_that_easybuild_ships() -> None:
    assert len(shipped_metadata()) == 128
    assert shipped_metadata()["cray-hdf5/1.8.13"] == {
        "name": ["HDF5"],
        "version": ["1.8.13"],
        "prefix": "HDF5_DIR",
    }


def test_conflicts(small: Path) -> None:
    put(small, "zlib", "2", "GCCcore-1")
    put(small, "lib", "1", "GCC-1", dependencies=[("zlib", "2")])
    put(small, "app", "1", "GCC-1", dependencies=[("lib", "1"), ("zlib", "1")])
    put(small, "tool", "1", "GCC-1", dependencies=[("lib", "1")], builddependencies=[("zlib", "2")])
    resolver, entry = resolve(small, "app-1-GCC-1")
    found = conflicts([entry], resolver)
    assert [(one.parent, one.first, one.second) for one in found] == [
        (("app", "1-GCC-1"), ("zlib", "1-GCCcore-1"), ("zlib", "2-GCCcore-1")),
        (None, ("zlib", "1-GCCcore-1"), ("zlib", "2-GCCcore-1")),
    ]
    assert str(found[0]).splitlines() == [
        "Conflict found for dependencies of app-1-GCC-1: zlib-1-GCCcore-1 vs zlib-2-GCCcore-1 ",
        "\tzlib-1-GCCcore-1 as dep of: app-1-GCC-1",
        "\tzlib-2-GCCcore-1 as dep of: app-1-GCC-1, lib-1-GCC-1",
    ]
    resolver, entry = resolve(small, "tool-1-GCC-1")
    assert conflicts([entry], resolver) == ()


def test_wrappers_count_as_what_they_wrap(small: Path) -> None:
    put(small, "Java", "17.0.1")
    put(small, "Java", "17", easyblock="ModuleRC", dependencies=[("Java", "17.0.1")])
    put(small, "ant", "1", dependencies=[("Java", "17.0.1")])
    put(small, "app", "1", dependencies=[("Java", "17"), ("ant", "1")])
    resolver, entry = resolve(small, "app-1.eb")
    assert conflicts([entry], resolver) == ()


# ---- against the whole release

CLOSURES = {  # `eb X -D --robot` of EasyBuild 5.4.1: number of easyconfigs
    "GROMACS-2024.4-foss-2024a": 99,
    "OpenFOAM-v2412_250814-foss-2024a": 178,
    "PyTorch-2.9.1-foss-2024a-CUDA-12.6.0": 152,
    "TensorFlow-2.18.1-foss-2024a": 126,
}


@pytest.fixture(scope="module")
def shipped() -> Index:
    return Index.open()


@pytest.mark.parametrize("stem", CLOSURES)
def test_closures_of_known_size(shipped: Index, stem: str) -> None:
    entry = shipped.entry(stem)
    assert entry is not None
    closure = Resolver(shipped).closure([entry])
    assert closure.ok
    assert len(closure.steps) == CLOSURES[stem]
    done: set[str] = set()
    for step in closure.steps:  # each after what it needs
        assert {need.module for need in step.needs if not need.external} <= done
        done.add(step.module)


def test_whole_release_resolves(shipped: Index) -> None:
    resolver = Resolver(shipped)
    count = 0
    for entry in shipped:
        for need in resolver.dependencies(entry):
            count += need.kind != "toolchain"
            assert shipped.locate(need.name, need.full_version) is not None, (entry.file, need)
    assert count == 55_760
    assert not resolver.warnings
    names = {resolver.module(entry) for entry in shipped}
    assert len(names) == len(shipped)
    assert all(entry.stem == resolver.module(entry).replace("/", "-", 1) for entry in shipped)


def test_all_at_once_equals_one_by_one(shipped: Index) -> None:
    resolver = Resolver(shipped)
    entries = [shipped.entry(stem) for stem in CLOSURES]
    together = resolver.closure([entry for entry in entries if entry])
    single = {step.module for entry in entries if entry for step in resolver.closure([entry]).steps}
    assert {step.module for step in together.steps} == single


@pytest.fixture(scope="module")
def tool() -> Iterator[Any]:
    """`tools/compare_easybuild.py`."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import compare_easybuild

        yield compare_easybuild
    finally:
        sys.path.pop(0)


def test_golden_names_of_the_whole_release(shipped: Index, tool: Any) -> None:
    """Modules of all easyconfigs and their dependencies are those EasyBuild 5.4.1 gave."""
    golden = json.loads((ROOT / "tests/golden/easybuild-modules.json").read_text())
    assert golden["easyconfigs"] == len(shipped)
    resolver = Resolver(shipped)
    hierarchical = HierarchicalNames(resolver)
    modules: dict[str, list[str]] = {}
    for entry in shipped:
        lines = modules[entry.stem] = [resolver.module(entry)]
        needs_of = resolver.dependencies(entry)
        try:
            for need in needs_of:
                hierarchical.full_of(need)
            lines.append(hierarchical.full(entry))
        except NamingError:
            lines.append("-")
        lines += sorted(need.module for need in needs_of if need.kind != "toolchain")
    found = tool.digests(modules)
    assert {name for name in found if found[name] != golden["names"].get(name)} == set()
    assert len(found) == len(golden["names"])


def test_equal_to_the_installed_easybuild(
    easyconfigs: Path, sample: list[Path], eb_environment: dict[str, str], tool: Any
) -> None:
    """Modules, dependencies, hierarchies and order, from a process of EasyBuild itself."""
    files = [str(path) for path in sample]
    answer = tool.reference(files, "EasyBuildMNS", str(easyconfigs), files[::10], eb_environment)
    assert len(answer["module"]) == len(files)
    assert len(answer["conflicts"]) == 24
    assert list(tool.differences(answer, str(easyconfigs), files, "EasyBuildMNS")) == []


def test_the_robot_program_equals_eb(easyconfigs: Path, eb_environment: dict[str, str]) -> None:
    """The dry run's lines, from both programs."""
    eb = Path(sys.executable).parent / "eb"
    name = "HPL-2.3-foss-2024a.eb"
    theirs = subprocess.run(
        [str(eb), name, "-D", f"--robot={easyconfigs}"],
        capture_output=True,
        text=True,
        env={**eb_environment, "COLUMNS": "1000"},  # it breaks lines otherwise
        check=True,
    ).stdout
    ours = subprocess.run(
        [
            sys.executable,
            "-m",
            "stackbridge.ecosystems.easybuild.resolving.robot",
            "--robot",
            str(easyconfigs),
            name,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout
    wanted = [line for line in theirs.splitlines() if line.startswith((" * [", "CFGS="))]
    assert len(wanted) > 50
    assert [line for line in ours.splitlines() if line.startswith((" * [", "CFGS="))] == wanted
