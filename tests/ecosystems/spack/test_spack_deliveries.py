"""The rows that say what became of each package, and the choices that they account for."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems import Context, Delivered, Input, Reading, Writing
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.hub.expand import expand
from stackbridge.hub.notices import Code, Place, Severity
from stackbridge.hub.package import Dependency, Feature, Package, Toolchain
from stackbridge.hub.stack import Group, Matrix, Stack
from stackbridge.hub.versions import VersionSet

NAMES = (
    "HDF5", "GROMACS", "SciPy-bundle", "foss", "buildenv", "Tombo", "FFTW.MPI", "no such thing",
    "X11", "Java", "R",
)  # fmt: skip
CHAINS = tuple(
    Toolchain(name=name, version=version)
    for name, version in (("foss", "2023a"), ("foss", "2022b"), ("GCCcore", "12.3.0"))
)


def eb(name: str, version: str = "", **more: object) -> Package:
    versions = VersionSet.exactly(version) if version else VersionSet.any()
    return Package(name=name, versions=versions, **more)  # type: ignore[arg-type]


def written(*packages: Package, names: str | None = "easybuild") -> Writing:
    stack = Stack(name="x", names=names, entries=packages)
    return write(Reading(stack=stack), Context())


def row(*packages: Package) -> Delivered:
    return written(*packages).delivered[0]


def read_again(*packages: Package) -> Stack:
    stack = read(Input(text=written(*packages).files["spack.yaml"]), Context()).stack
    assert stack is not None
    return stack


packages = st.builds(
    lambda name, version, chain, cuda: eb(
        name, version, toolchain=chain, features=(Feature(name="cuda", value=True),) * cuda
    ),
    st.sampled_from(NAMES),
    st.sampled_from(("", "1.14.5", "2023.3", "2023a", "11")),
    st.sampled_from((None, *CHAINS)),
    st.booleans(),
)


@given(
    st.lists(packages, max_size=6),
    st.lists(packages, max_size=2),
    st.lists(st.sampled_from(("HDF5", "GROMACS", "buildenv")), max_size=2, unique=True),
)
@settings(max_examples=60, deadline=None)
def test_every_request_has_one_row_that_agrees_with_the_notices(
    alone: list[Package], grouped: list[Package], combined: list[str]
) -> None:
    lines = iter(range(1, 100))

    def placed(package: Package) -> Package:
        return Package(
            name=package.name,
            versions=package.versions,
            toolchain=package.toolchain,
            features=package.features,
            place=Place(line=next(lines)),
        )

    matrix = Matrix(
        rows=(
            tuple(placed(eb(name)) for name in combined),
            (Package(versions=VersionSet.exactly("99.1")),),
        )
    )
    stack = Stack(
        name="x",
        names="easybuild",
        entries=(*map(placed, alone), *((matrix,) if combined else ())),
        groups=(Group(name="g", entries=tuple(map(placed, grouped))),) if grouped else (),
    )
    writing = write(Reading(stack=stack), Context())
    wanted = expand(stack)
    assert [r.number for r in writing.delivered] == list(range(len(wanted)))
    for found, request in zip(writing.delivered, wanted, strict=True):
        assert found.subject.startswith(f"{request.package.name}".split()[0])
        assert found.place == request.place
        assert found.group == request.group
        said = [n for n in writing.notices if n.subject == request.package.name]
        doubts = {
            n.code.value for n in said if n.severity in (Severity.APPROXIMATED, Severity.LOST)
        }
        if found.how in ("exact", "bundle"):
            assert found.kinds == ()
            assert found.name
        else:
            assert found.kinds
            assert set(found.kinds) & (doubts | {n.code.value for n in writing.notices})
        assert (found.how == "lost") == (not found.name)
    text = writing.files["spack.yaml"]
    assert all(r.name.split(",")[0] in text for r in writing.delivered if r.how != "lost")


def test_exact_is_the_name_the_version_and_the_recipe() -> None:
    found = row(eb("netCDF", "4.9.2"))
    assert (found.how, found.name, found.version) == ("exact", "netcdf-c", "4.9.2")
    assert found.evidence == "packages/netcdf_c/package.py"


def test_another_version_is_not_exact() -> None:
    found = row(eb("HDF5", "1.14.99"))
    assert found.how == "approximated"
    assert found.kinds == (Code.VERSION_APPROXIMATED.value,)
    assert found.version.startswith("1.14.")


def test_a_name_that_nobody_knows_is_not_exact() -> None:
    (found,) = written(Package(name="nobody-knows-this"), names=None).delivered
    assert (found.how, found.kinds) == ("approximated", (Code.NAME_UNKNOWN.value,))
    assert found.evidence == ""


def test_members_of_a_bundle_are_all_accounted_for() -> None:
    chain = Toolchain(name="gfbf", version="2023a")
    writing = written(eb("SciPy-bundle", "2023.07", toolchain=chain))
    (found,) = writing.delivered
    lost = [n for n in writing.notices if n.code is Code.PACKAGE_LOST]
    assert found.name.startswith("py-numpy, ")
    assert found.how == ("approximated" if found.kinds else "bundle")
    assert (Code.PACKAGE_LOST.value in found.kinds) == bool(lost)
    near = [n.subject for n in writing.notices if n.code is Code.VERSION_APPROXIMATED]
    unversioned = [
        line
        for line in writing.files["spack.yaml"].splitlines()
        if "- py-" in line and "@=" not in line
    ]
    assert unversioned == []  # a member's version is never left open in silence
    assert (Code.VERSION_APPROXIMATED.value in found.kinds) == bool(near)


def test_what_software_brings_along_does_not_stand_for_it() -> None:
    writing = written(eb("Tombo", "1.5.1", toolchain=Toolchain(name="foss", version="2023a")))
    assert [r.how for r in writing.delivered] == ["lost"]
    assert "pyfaidx" not in writing.files["spack.yaml"]


def test_every_generation_is_a_group_with_a_compiler_and_libraries_of_its_own() -> None:
    stack = read_again(
        eb("HDF5", "1.14.5", toolchain=CHAINS[0]),
        eb("GROMACS", "2024.1", toolchain=CHAINS[1]),
        eb("zlib", "1.2.13", toolchain=Toolchain(name="GCCcore", version="12.2.0")),
        eb("EasyBuild", "5.1.1", toolchain=Toolchain(name="system", version="system")),
    )
    assert [p.name for p in stack.entries if isinstance(p, Package)] == ["easybuild"]
    groups = {group.name: group for group in stack.groups}
    assert [name for name, group in groups.items() if group.explicit] == [
        str(c) for c in CHAINS[:2]
    ]
    for chain in CHAINS[:2]:
        group = groups[str(chain)]
        (needed,) = group.needs
        (compiler,) = groups[needed].entries
        assert isinstance(compiler, Package)
        assert not groups[needed].explicit
        rules = {rule.subject: rule for rule in group.rules}
        assert rules["mpi"].strength == "require"
        # a version required of a language is not found where another group brings the compiler
        assert {rules[language].strength for language in ("c", "cxx", "fortran")} == {"prefer"}
        assert rules["c"].choices == (replace(compiler, features=()),)
        assert [feature.name for feature in compiler.features] == ["languages"]
        assert rules[compiler.name or ""].strength == "require"
        assert rules[compiler.name or ""].choices[0].versions == compiler.versions
    mpis = {r.choices for c in CHAINS[:2] for r in groups[str(c)].rules if r.subject == "mpi"}
    assert len(mpis) == 2
    assert any(
        isinstance(p, Package) and p.name in ("zlib", "zlib-ng")
        for p in groups["foss-2022b"].entries
    )


def test_a_generation_asked_for_by_name_is_built_with_itself() -> None:
    stack = read_again(eb("foss", "2023a"), eb("HDF5", "1.14.0", toolchain=CHAINS[0]))
    assert stack.entries == ()
    own = next(group for group in stack.groups if group.name == "foss-2023a")
    names = [entry.name for entry in own.entries if isinstance(entry, Package)]
    assert "openmpi" in names


def test_what_is_only_there_for_others_is_no_request() -> None:
    stack = read_again(eb("HDF5", "1.14.5", toolchain=CHAINS[0]))
    assert [row.package.name for row in expand(stack)] == ["hdf5"]


def test_an_older_release_prefers_a_compiler_for_all() -> None:
    stack = Stack(
        name="x",
        names="easybuild",
        entries=(eb("HDF5", toolchain=CHAINS[0]), eb("GROMACS", toolchain=CHAINS[1])),
    )
    text = write(Reading(stack=stack), Context(release="0.23")).files["spack.yaml"]
    again = read(Input(text=text), Context()).stack
    assert again is not None
    assert "- gromacs %gcc@12.2.0" in text
    assert {(r.subject, r.strength) for r in again.rules} >= {("*", "prefer")}
    assert not {"c", "cxx", "fortran"} & {r.subject for r in again.rules}


def test_a_language_below_says_what_the_feature_says() -> None:
    java = Dependency(package=eb("Java", "11.0.2"))
    package = eb(
        "Trimmomatic", "0.39", dependencies=(java,), features=(Feature(name="java", value=True),)
    )
    writing = written(package)
    assert Code.FEATURE_LOST not in [n.code for n in writing.notices]
    assert "^openjdk@" in writing.files["spack.yaml"]


def test_cuda_is_not_asked_for_below_what_does_not_use_it() -> None:
    cuda = Dependency(package=eb("CUDA", "12.1.1"))
    package = eb("LightGBM", dependencies=(cuda,), features=(Feature(name="cuda", value=True),))
    writing = written(package)
    assert "^cuda" not in writing.files["spack.yaml"]
    assert writing.delivered[0].kinds == (Code.FEATURE_LOST.value,)


def test_a_lost_dependency_is_a_loss_of_what_stands_above() -> None:
    below = Dependency(package=eb("buildenv", "default"))
    writing = written(eb("HDF5", dependencies=(below,)))
    assert [n.code for n in writing.notices] == [Code.DEPENDENCY_LOST]
    assert (writing.delivered[0].how, writing.delivered[0].kinds) == (
        "approximated",
        (Code.DEPENDENCY_LOST.value,),
    )


def test_rows_and_roots_agree() -> None:
    writing = written(eb("HDF5", "1.14.5"), eb("GROMACS", "2024.1"), eb("buildenv", "default"))
    stack = read(Input(text=writing.files["spack.yaml"]), Context()).stack
    assert stack is not None
    assert [p.name for p in roots(stack)["default"]] == [
        r.name for r in writing.delivered if r.how != "lost"
    ]
