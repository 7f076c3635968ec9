"""Which easyconfig stands for which request: the rules, on the shipped index and catalog."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stackbridge.catalog.lookup import Catalog
from stackbridge.ecosystems import Context, Delivered
from stackbridge.ecosystems.easybuild.choosing.offers import IndexRelease, open_release
from stackbridge.ecosystems.easybuild.choosing.release import SYSTEM
from stackbridge.ecosystems.easybuild.choosing.translation import Plan, translate
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code, Severity
from stackbridge.hub.package import Package, Toolchain
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Group, Rule, Stack


@pytest.fixture(scope="module")
def release() -> IndexRelease:
    return open_release(Context())


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.open()


class Planner:
    def __init__(self, release: IndexRelease, catalog: Catalog) -> None:
        self.release, self.catalog = release, catalog

    def __call__(
        self,
        *specs: str,
        toolchain: str | None = None,
        names: str | None = "spack",
        rules: tuple[Rule, ...] = (),
        architecture: str = "x86_64",
    ) -> Plan:
        stack = Stack(
            name="s", names=names, entries=tuple(parse(spec) for spec in specs), rules=rules
        )
        return translate(
            stack, self.release, self.catalog, toolchain=toolchain, architecture=architecture
        )


@pytest.fixture(scope="module")
def plan(release: IndexRelease, catalog: Catalog) -> Planner:
    return Planner(release, catalog)


def codes(plan: Plan) -> set[Code]:
    """Losses and approximations."""
    return {n.code for n in plan.notices if n.severity in (Severity.LOST, Severity.APPROXIMATED)}


def files(plan: Plan) -> list[str]:
    return [entry.file for entry in plan.entries]


def only(plan: Plan) -> Delivered:
    (row,) = plan.delivered
    return row


EXACT = [
    ("gromacs@2024.4", "foss-2024a", "GROMACS-2024.4-foss-2024a.eb"),
    ("gromacs@2024", "foss-2023b", "GROMACS-2024.4-foss-2023b.eb"),
    ("gromacs@2024.4 ~cuda", "foss-2023b", "GROMACS-2024.4-foss-2023b.eb"),
    ("gromacs@2024.4 +cuda", "foss-2023b", "GROMACS-2024.4-foss-2023b-CUDA-12.4.0.eb"),
    ("hdf5 +mpi", "foss-2025b", "HDF5-1.14.6-gompi-2025b.eb"),
    ("hdf5 ~mpi", "foss-2025b", "HDF5-1.14.6-GCC-14.3.0-serial.eb"),
    ("hdf5", "foss-2025b", "HDF5-1.14.6-gompi-2025b.eb"),
    ("metis +int64", "foss-2022a", "METIS-5.1.0-GCCcore-11.3.0-int64.eb"),
    ("metis", "foss-2022a", "METIS-5.1.0-GCCcore-11.3.0.eb"),
    ("mumps", "foss-2025b", "MUMPS-5.8.1-foss-2025b-metis.eb"),
    ("namd +mpi", "foss-2024a", "NAMD-3.0.1-foss-2024a-mpi.eb"),
    ("gcc@13", "foss-2024a", "GCC-13.3.0.eb"),
    ("gcc", "foss-2024a", "GCC-13.3.0.eb"),
    ("openmpi", "foss-2024a", "OpenMPI-5.0.3-GCC-13.3.0.eb"),
    ("python", "foss-2024a", "Python-3.12.3-GCCcore-13.3.0.eb"),
    ("perl", "foss-2025b", "Perl-5.40.2-GCCcore-14.3.0.eb"),
    ("cuda", "foss-2024a", "CUDA-12.6.0.eb"),
    ("cuda@12.1", "foss-2024a", "CUDA-12.1.1.eb"),
    ("openfoam@2412", "foss-2024a", "OpenFOAM-v2412_250814-foss-2024a.eb"),
    ("petsc ^openmpi", "foss-2025b", "PETSc-3.24.0-foss-2025b.eb"),
    ("hdf5 %gcc@14", "foss-2025b", "HDF5-1.14.6-gompi-2025b.eb"),
    ("hdf5 ^zlib@1.3", "foss-2025b", "HDF5-1.14.6-gompi-2025b.eb"),
    ("mpi", "foss-2025b", "OpenMPI-5.0.8-GCC-14.3.0.eb"),
    ("blas", "foss-2025b", "FlexiBLAS-3.4.5-GCC-14.3.0.eb"),
    ("zlib", "foss-2025b", "zlib-1.3.1-GCCcore-14.3.0.eb"),  # never the system's one
]


@pytest.mark.parametrize(("spec", "generation", "file"), EXACT)
def test_exact(plan: Planner, spec: str, generation: str, file: str) -> None:
    found = plan(spec, toolchain=generation)
    assert only(found).evidence == file
    assert only(found).how == "exact", found.notices
    assert codes(found) == set()


BUNDLES = [
    ("py-numpy", "SciPy-bundle-2024.05-gfbf-2024a.eb", "numpy", "1.26.4"),
    ("py-scipy@1.13", "SciPy-bundle-2024.05-gfbf-2024a.eb", "scipy", "1.13.1"),
    ("perl-json", "Perl-bundle-CPAN-5.38.2-GCCcore-13.3.0.eb", "JSON", "4.10"),
]


@pytest.mark.parametrize(("spec", "file", "name", "version"), BUNDLES)
def test_members_of_bundles(plan: Planner, spec: str, file: str, name: str, version: str) -> None:
    found = plan(spec, toolchain="foss-2024a")
    row = only(found)
    assert (row.how, row.evidence, row.name, row.version) == ("bundle", file, name, version)
    assert Code.PACKAGE_IN_BUNDLE in {notice.code for notice in found.notices}


def test_r_packages_come_from_r(plan: Planner) -> None:
    row = only(plan("r-ggplot2", toolchain="foss-2024a"))
    assert row.evidence.startswith("R-bundle-CRAN-")


def test_a_private_copy_is_nobodys_package(plan: Planner, release: IndexRelease) -> None:
    """Software brings pinned packages of its own; only bundles and languages offer them."""
    for name in ("mypy_extensions", "flake8", "numpy", "requests", "pandas"):
        for member in release.members(name):
            host = member.host.name
            assert "bundle" in host.lower() or host in ("Python", "R") or name in host.lower()


APPROXIMATED = [
    ("gromacs@2023.3", "foss-2024a", "GROMACS-2024.", Code.VERSION_APPROXIMATED),
    ("zlib-ng@2.0.7", "foss-2025b", "zlib-ng-2.2.5-GCCcore-14.3.0.eb", Code.VERSION_APPROXIMATED),
    ("petsc ^mpich", "foss-2025b", "PETSc-3.24.0-foss-2025b.eb", Code.PROVIDER_APPROXIMATED),
    ("hdf5 %gcc@9", "foss-2025b", "HDF5-1.14.6-gompi-2025b.eb", Code.TOOLCHAIN_APPROXIMATED),
    ("hdf5 %oneapi", "foss-2025b", "HDF5-1.14.6-gompi-2025b.eb", Code.TOOLCHAIN_APPROXIMATED),
    ("petsc ^hdf5@1.8", "foss-2025b", "PETSc-3.24.0-foss-2025b.eb", Code.DEPENDENCY_APPROXIMATED),
    ("zlib ^hdf5", "foss-2025b", "zlib-1.3.1-GCCcore-14.3.0.eb", Code.DEPENDENCY_LOST),
    ('zlib cflags="-O3"', "foss-2025b", "zlib-1.3.1-GCCcore-14.3.0.eb", Code.FLAGS_LOST),
    ("hypre +cuda", "foss-2025b", "Hypre-2.33.0-foss-2025b.eb", Code.FEATURE_LOST),
    ("gromacs +nosuchthing", "foss-2025b", "GROMACS-", Code.FEATURE_LOST),
    ("gromacs gpu=gfx90a", "foss-2025b", "GROMACS-", Code.GPU_LOST),
    ("nwchem", "foss-2023a", "NWChem-7.2.2-intel-2023a.eb", Code.TOOLCHAIN_APPROXIMATED),
]


@pytest.mark.parametrize(("spec", "generation", "file", "code"), APPROXIMATED)
def test_approximated(plan: Planner, spec: str, generation: str, file: str, code: Code) -> None:
    found = plan(spec, toolchain=generation)
    row = only(found)
    assert row.evidence.startswith(file)
    assert row.how == "approximated"
    assert code.value in row.kinds


def test_lost_where_nothing_has_that_name(plan: Planner) -> None:
    found = plan("there-is-no-such-thing", "gromacs")
    assert [row.how for row in found.delivered] == ["lost", "exact"]
    assert codes(found) == {Code.PACKAGE_LOST}


def test_known_to_be_absent(plan: Planner) -> None:
    found = plan("raja", "gromacs")
    assert found.delivered[0].how == "lost"
    assert codes(found) == {Code.PACKAGE_ABSENT}


def test_never_cuda_for_who_wants_none(release: IndexRelease) -> None:
    """Every software that EasyBuild has with CUDA, asked for without."""
    names = sorted(
        name
        for name in release.software
        if any(offer.suffix.feature("cuda") for offer in release.offers(name))
    )
    assert len(names) > 100
    stack = Stack(
        name="s",
        names="easybuild",
        entries=tuple(replace(parse("~cuda"), name=name) for name in names),
    )
    found = translate(stack, release, None)
    assert len(found.delivered) == len(names)
    for row in found.delivered:
        offer = release.file(row.evidence)
        if row.how == "lost":
            assert all(
                other.suffix.feature("cuda")
                or any(r.name == "CUDA" for r in release.requires(other))
                for other in release.offers(names[row.number])
            ), row
            continue
        assert offer is not None
        assert not offer.suffix.feature("cuda"), row
        assert "CUDA" not in {below.name for below in release.requires(offer)}, row


def test_cuda_wanted_is_cuda_delivered_or_said(release: IndexRelease) -> None:
    names = ("GROMACS", "PyTorch", "LAMMPS", "Kokkos", "PAPI", "Hypre", "zlib", "magma", "UCX")
    for name in names:
        stack = Stack(name="s", names="easybuild", entries=(parse(f"{name} +cuda"),))
        found = translate(stack, release, None)
        row = only(found)
        offer = release.file(row.evidence)
        assert offer is not None
        has = offer.suffix.feature("cuda") or any(r.name == "CUDA" for r in release.requires(offer))
        assert has or Code.FEATURE_LOST.value in row.kinds, row


def test_nothing_of_another_generation_without_a_notice(
    plan: Planner, release: IndexRelease
) -> None:
    specs = ("gromacs", "petsc", "cp2k", "wrf", "py-numpy", "cmake", "cuda", "visit", "superlu")
    found = plan(*specs, toolchain="foss-2025b")
    assert found.generation is not None
    levels = {*found.generation.levels, SYSTEM}
    for row in found.delivered:
        offer = release.file(row.evidence)
        assert offer is not None
        if offer.toolchain not in levels:
            assert Code.TOOLCHAIN_APPROXIMATED.value in row.kinds
    inside = [row for row in found.delivered if Code.TOOLCHAIN_APPROXIMATED.value not in row.kinds]
    assert len(inside) >= 5


def test_a_companion_delivers_a_feature(plan: Planner) -> None:
    found = plan("fftw +mpi", toolchain="foss-2025b")
    assert files(found) == [
        "FFTW-3.3.10-GCC-14.3.0.eb",
        "FFTW.MPI-3.3.10-gompi-2025b.eb",
    ]
    assert only(found).how == "exact"
    assert files(plan("fftw", toolchain="foss-2025b")) == ["FFTW-3.3.10-GCC-14.3.0.eb"]


def test_two_requests_for_one_easyconfig_are_one_entry(plan: Planner) -> None:
    found = plan("py-numpy", "py-pandas", "gromacs", "gromacs ~cuda", toolchain="foss-2024a")
    assert len(found.entries) == 2
    assert len(found.delivered) == 4
    merged = [notice for notice in found.notices if notice.code is Code.PACKAGE_MERGED]
    assert len(merged) == 2
    assert "`gromacs ~cuda`" in merged[1].what


def test_gpus_of_merged_requests_add_up(plan: Planner) -> None:
    found = plan("gromacs +cuda gpu=sm_80", "gromacs +cuda gpu=sm_90", toolchain="foss-2025b")
    (entry,) = found.entries
    assert entry.gpus == {"sm_80", "sm_90"}


def test_requests_agree_with_each_other(release: IndexRelease, plan: Planner) -> None:
    """A package that is asked for itself is what the others are built with."""
    found = plan("python", "py-torch +cuda", "py-mpi4py", "py-h5py", "hdf5", toolchain="foss-2024a")
    chosen = {row.name: row.evidence for row in found.delivered}
    for row in found.delivered:
        offer = release.file(row.evidence)
        assert offer is not None
        for below in release.requires(offer):
            if below.name in chosen and not row.kinds:
                assert below.file == chosen[below.name]


# ---- the generation


def test_the_generation_is_chosen_by_the_versions(plan: Planner) -> None:
    for versions, expected in (
        (("gromacs@2024.4", "petsc@3.23.5", "hdf5@1.14.5"), "foss-2024a"),
        (("petsc@3.24.0", "hdf5@1.14.6", "python@3.13.5"), "foss-2025b"),
        (("petsc@3.20.3", "python@3.11.3", "hdf5@1.14.0"), "foss-2023a"),
    ):
        found = plan(*versions)
        assert str(found.generation) == expected
        assert Code.TOOLCHAIN_CHOSEN in {notice.code for notice in found.notices}


def test_the_compiler_family_decides(plan: Planner) -> None:
    assert str(plan("hdf5 %gcc", "netcdf-c %gcc").generation).startswith("foss-")
    intel = Rule(subject="c", strength="require", choices=(Package(name="intel-oneapi-compilers"),))
    assert str(plan("hdf5", "netcdf-c", rules=(intel,)).generation).startswith("intel-")
    first = replace(intel, strength="default", choices=(*intel.choices, Package(name="gcc")))
    assert str(plan("hdf5", "netcdf-c", rules=(first,)).generation).startswith("intel-")
    llvm = Rule(subject="c", strength="require", choices=(Package(name="llvm"),))
    assert str(plan("hdf5", "netcdf-c", rules=(llvm,)).generation).startswith("lfoss-")


def test_the_newest_generation_wins_ties(plan: Planner, release: IndexRelease) -> None:
    newest = release.generations()[-1]
    assert str(plan("zlib").generation) == str(newest)
    assert str(newest).startswith("foss-")


@pytest.mark.parametrize("text", ["foss-2024a", "foss/2024a", "2024a"])
def test_a_given_generation_is_taken(plan: Planner, text: str) -> None:
    assert str(plan("gromacs@2026", toolchain=text).generation) == "foss-2024a"


@pytest.mark.parametrize("text", ["foss-2024c", "fos-2024a", "nothing", "2031a"])
def test_a_generation_that_does_not_exist(plan: Planner, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan("zlib", toolchain=text)
    assert caught.value.hint
    assert "`" in caught.value.hint


def test_generations_are_derived_from_the_easyconfigs(release: IndexRelease) -> None:
    """As EasyBuild's own `get_toolchain_hierarchy` says (recorded with 5.4.1)."""
    known = {str(one): one for one in release.generations()}
    foss = known["foss-2024a"]
    assert foss.levels[0] == ("foss", "2024a")
    assert set(foss.levels) == {
        ("foss", "2024a"), ("gompi", "2024a"), ("gfbf", "2024a"),
        ("GCC", "13.3.0"), ("GCCcore", "13.3.0"),
    }  # fmt: skip
    assert foss.compiler == ("GCC", "13.3.0")
    assert foss.mpi == ("OpenMPI", "5.0.3")
    assert foss.base == ("GCCcore", "13.3.0")
    assert foss.parts["FlexiBLAS"] == "3.4.4"
    assert foss.mpi_levels == {("foss", "2024a"), ("gompi", "2024a")}
    assert known["intel-2024a"].base == foss.base
    assert known["intel-2024a"].compiler == ("intel-compilers", "2024.2.0")


# ---- names and rules


def test_names_of_easybuild_are_taken_as_they_are(plan: Planner) -> None:
    found = plan("GROMACS@2024.4", "numpy@1.26.4", names="easybuild", toolchain="foss-2024a")
    assert files(found) == ["GROMACS-2024.4-foss-2024a.eb", "SciPy-bundle-2024.05-gfbf-2024a.eb"]


def test_another_case_is_a_notice(plan: Planner) -> None:
    found = plan("gromacs", names="easybuild", toolchain="foss-2024a")
    assert only(found).evidence.startswith("GROMACS-")
    assert codes(found) == {Code.NAME_APPROXIMATED}


def test_rules_on_a_name_are_part_of_the_request(plan: Planner) -> None:
    rule = Rule(subject="hdf5", strength="require", choices=(parse("~mpi"),))
    found = plan("hdf5", "gromacs", rules=(rule,), toolchain="foss-2025b")
    assert files(found)[0] == "HDF5-1.14.6-GCC-14.3.0-serial.eb"
    assert codes(found) == set()


def test_a_wish_for_everything_holds_where_it_can(plan: Planner) -> None:
    rule = Rule(subject="*", strength="prefer", choices=(parse("+cuda"), parse("gpu=sm_80")))
    found = plan("gromacs", rules=(rule,), toolchain="foss-2025b")
    assert files(found)[0].endswith("-CUDA-12.9.1.eb")
    mpi = Rule(subject="*", strength="default", choices=(parse("+mpi"),))
    assert codes(plan("zlib", "hdf5", rules=(mpi,), toolchain="foss-2025b")) == set()


def test_rules_that_cannot_be_said(plan: Planner) -> None:
    rules = (
        Rule(subject="libfabric", strength="require", choices=(parse("@1.2"),)),
        Rule(subject="raja", strength="prefer", choices=(parse("+cuda"),)),
        Rule(subject="zlib", strength="conflict", choices=(parse("@1.2"),)),
    )
    found = plan("gromacs", rules=rules, toolchain="foss-2025b")
    lost = [notice for notice in found.notices if notice.code is Code.RULE_LOST]
    assert {notice.subject for notice in lost} == {"libfabric", "raja", "zlib"}


def test_groups_and_their_order(release: IndexRelease, catalog: Catalog) -> None:
    stack = Stack(
        name="s",
        names="spack",
        groups=(
            Group(name="first", entries=(parse("gcc@14"),)),
            Group(name="second", entries=(parse("hdf5"),), needs=("first",)),
        ),
    )
    found = translate(stack, release, catalog, toolchain="foss-2025b")
    assert [row.group for row in found.delivered] == ["first", "second"]
    assert codes(found) == {Code.STRUCTURE_LOST}


def test_another_architecture_gets_no_foreign_binaries(
    plan: Planner, release: IndexRelease
) -> None:
    names = sorted(
        name
        for name in release.software
        if any(tag.architecture == "x86_64" for o in release.offers(name) for tag in o.suffix.tags)
    )
    assert names
    found = plan(*names, names="easybuild", architecture="aarch64")
    for row in found.delivered:
        offer = release.file(row.evidence)
        assert offer is None or all(tag.architecture != "x86_64" for tag in offer.suffix.tags)


def test_any_of_several_providers_will_do(plan: Planner) -> None:
    either = Rule(
        subject="mpi", strength="default", policy="any",
        choices=(Package(name="mpich"), Package(name="openmpi")),
    )  # fmt: skip
    assert codes(plan("hdf5", rules=(either,), toolchain="foss-2025b")) == set()
    neither = replace(either, choices=(Package(name="mpich"), Package(name="mvapich2")))
    found = plan("hdf5", rules=(neither,), toolchain="foss-2025b")
    assert codes(found) == {Code.PROVIDER_APPROXIMATED}
    (notice,) = (n for n in found.notices if n.code is Code.PROVIDER_APPROXIMATED)
    assert notice.what == "`mpich or mvapich2` was asked for as mpi"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("*", '+mpi cflags="-O3"'),
        ("*", "^hdf5@1.8"),
        ("mpi", "+cuda"),
        ("xz", "@9.9"),
    ],
)
def test_no_rule_is_dropped_in_silence(plan: Planner, subject: str, text: str) -> None:
    rule = Rule(subject=subject, strength="require", choices=(parse(text),))
    found = plan("hdf5", "zlib@1.3.1", rules=(rule,), toolchain="foss-2025b")
    assert [n.subject for n in found.notices if n.code is Code.RULE_LOST] == [subject]


def test_what_a_provider_must_have_is_a_rule_on_it(plan: Planner) -> None:
    rule = Rule(subject="blas", strength="require", choices=(parse("openblas threads=none"),))
    found = plan("gromacs", rules=(rule,), toolchain="foss-2025b")
    assert [n.subject for n in found.notices if n.code is Code.RULE_LOST] == ["openblas"]


def test_a_package_may_name_its_own_generation(plan: Planner) -> None:
    found = plan("gromacs toolchain=foss-2023b", "hdf5 toolchain=gompi-2024a", "cmake")
    assert files(found)[0] == "GROMACS-2024.4-foss-2023b.eb"
    assert files(found)[1] == "HDF5-1.14.5-gompi-2024a.eb"


def test_the_stack_may_name_the_generation(release: IndexRelease, catalog: Catalog) -> None:
    stack = Stack(
        name="s", names="spack", entries=(parse("hdf5"),),
        toolchain=Toolchain(name="foss", version="2023b"),
    )  # fmt: skip
    assert str(translate(stack, release, catalog).generation) == "foss-2023b"
    unknown = replace(stack, toolchain=Toolchain(name="cpeGNU", version="25.03"))
    assert Code.TOOLCHAIN_LOST in codes(translate(unknown, release, catalog))
