"""A stack of several compilers gets several generations; of one, one."""

from __future__ import annotations

import pytest

from stackbridge.catalog.lookup import Catalog
from stackbridge.ecosystems import Context
from stackbridge.ecosystems.easybuild.choosing.offers import IndexRelease, open_release
from stackbridge.ecosystems.easybuild.choosing.translation import Plan, translate
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Package
from stackbridge.hub.shortform import parse
from stackbridge.hub.stack import Group, Matrix, Rule, Stack, Unify


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
        *specs: str | Matrix,
        toolchain: str | None = None,
        rules: tuple[Rule, ...] = (),
        groups: tuple[Group, ...] = (),
        unify: Unify | None = None,
    ) -> Plan:
        stack = Stack(
            name="s",
            names="spack",
            entries=tuple(parse(one) if isinstance(one, str) else one for one in specs),
            rules=rules,
            groups=groups,
            unify=unify,
        )
        return translate(stack, self.release, self.catalog, toolchain=toolchain)


@pytest.fixture(scope="module")
def plan(release: IndexRelease, catalog: Catalog) -> Planner:
    return Planner(release, catalog)


def said(plan: Plan, code: Code) -> list[Notice]:
    return [notice for notice in plan.notices if notice.code is code]


def compilers(plan: Plan, *names: str) -> list[str]:
    """What the compilers of the requests' generations are."""
    return ["-".join(plan.generations[number].compiler) for number in sorted(plan.generations)]


def test_each_compiler_of_a_matrix_gets_its_generation(plan: Planner) -> None:
    rows = (
        (parse("hdf5"), parse("gromacs"), parse("fftw")),
        (parse("%gcc@12"), parse("%gcc@13"), parse("%oneapi")),
    )
    found = plan(Matrix(rows=rows))
    versions = [name.split(".")[0] for name in compilers(found)]
    assert versions[:2] == ["GCC-12", "GCC-13"]
    assert versions[2].startswith("intel-compilers-")
    assert versions == versions[:3] * 3
    assert len(found.parts) == 3
    numbers = [number for part in found.parts for number in sorted(part.numbers)]
    assert sorted(numbers) == list(range(9))
    assert len(said(found, Code.TOOLCHAIN_CHOSEN)) == 3
    files = [row.evidence for row in found.delivered]
    assert len(set(files)) == 9
    for row in found.delivered:
        offer = found.entries[[entry.file for entry in found.entries].index(row.evidence)].offer
        assert offer is not None
        if row.how == "exact":
            assert offer.toolchain in found.generations[row.number].levels


def test_packages_without_a_compiler_follow_the_commonest(plan: Planner) -> None:
    found = plan("cmake", "hdf5 %gcc@12", "fftw %gcc@12", "gsl %gcc@13")
    assert [name[:6] for name in compilers(found)] == ["GCC-12", "GCC-12", "GCC-12", "GCC-13"]


def test_a_compiler_that_the_main_generation_has_makes_no_part(plan: Planner) -> None:
    found = plan("cmake", "hdf5 %gcc", "gromacs", toolchain=None)
    assert len(found.parts) == 1
    assert said(found, Code.TOOLCHAIN_CHOSEN)[0].what.startswith("one toolchain generation")


@pytest.mark.parametrize("compiler", ["cce", "nvhpc", "aocc"])
def test_a_compiler_that_no_generation_has_is_approximated_and_said(
    plan: Planner, compiler: str
) -> None:
    found = plan("cmake", "gromacs", f"hdf5 %{compiler}")
    assert len(found.parts) == 1
    row = found.delivered[2]
    assert row.how == "approximated"
    assert Code.TOOLCHAIN_APPROXIMATED.value in row.kinds
    (notice,) = said(found, Code.TOOLCHAIN_APPROXIMATED)
    assert compiler in notice.what
    assert "no full toolchain" in notice.why


def test_the_nearest_version_of_the_family_stands_in(plan: Planner) -> None:
    found = plan("cmake@4", "hdf5 %gcc@10", "zlib %gcc@16")
    assert compilers(found)[1].startswith("GCC-11")
    assert compilers(found)[2].startswith("GCC-15")
    assert all(Code.TOOLCHAIN_APPROXIMATED.value in row.kinds for row in found.delivered[1:])


def test_what_the_base_compiler_builds_is_not_exact_for_another(plan: Planner) -> None:
    """GCCcore lies below intel as well; it is not what was asked for."""
    found = plan("gromacs", "zlib %oneapi", "hdf5 %oneapi")
    zlib, hdf5 = found.delivered[1:]
    assert "GCCcore" in zlib.evidence
    assert zlib.kinds == (Code.TOOLCHAIN_APPROXIMATED.value,)
    assert "iimpi" in hdf5.evidence
    assert hdf5.how == "exact"


def test_a_group_has_its_own_compiler(plan: Planner) -> None:
    rule = Rule(
        subject="c",
        strength="prefer",
        choices=(Package(name="gcc", versions=parse("x@12").versions),),
    )
    groups = (
        Group(name="old", entries=(parse("hdf5"), parse("fftw %gcc@13")), rules=(rule,)),
        Group(name="new", entries=(parse("hdf5"), parse("gromacs"), parse("cmake"))),
    )
    found = plan(groups=groups)
    by_group = {(row.group, row.name): row.evidence for row in found.delivered}
    assert "-2023a" in by_group["old", "HDF5"] or "-2022b" in by_group["old", "HDF5"]
    assert "GCC-13" in by_group["old", "FFTW"]
    assert by_group["new", "HDF5"] != by_group["old", "HDF5"]


def test_gpu_packages_leave_where_it_is_worth_it(plan: Planner) -> None:
    """Nothing with CUDA is in the newest generation, which the others want."""
    specs = (
        "gromacs@2024.4 +cuda",
        "osu-micro-benchmarks +cuda",
        *("cmake@4.2", "hdf5@2", "boost@1.90", "lua@5.5", "python@3.14", "gsl@2.8"),
    )
    found = plan(*specs)
    apart = {str(found.generations[number]) for number in (0, 1)}
    rest = {str(found.generations[number]) for number in range(2, 8)}
    assert len(apart) == len(rest) == 1
    assert apart != rest
    assert any("+cuda" in part.label for part in found.parts)
    together = plan(*specs, unify="together")
    assert len(together.parts) == 1


def test_several_given_generations_share_the_work(plan: Planner) -> None:
    found = plan("hdf5 %gcc", "netcdf-c %oneapi", "cmake", toolchain="foss-2024a, intel-2024a")
    assert {str(part.generation) for part in found.parts} == {"foss-2024a", "intel-2024a"}
    assert [row.evidence for row in found.delivered[:2]] == [
        "HDF5-1.14.5-gompi-2024a.eb",
        "netCDF-4.9.2-iimpi-2024a.eb",
    ]
    with pytest.raises(UsageError, match="foss-2077a"):
        plan("hdf5", toolchain="foss-2024a,foss-2077a")


def test_a_given_generation_names_what_it_does_not_hold(plan: Planner) -> None:
    found = plan("hdf5", "kokkos", "py-torch", toolchain="foss-2022b")
    (notice,) = said(found, Code.TOOLCHAIN_CHOSEN)
    assert "does not hold" in notice.what
    assert "holds most" in notice.instead
    missing = {row.subject for row in found.delivered if "-2022b" not in row.evidence}
    assert all(f"`{name}`" in notice.what for name in missing)


def test_a_given_generation_that_holds_all_says_nothing(plan: Planner) -> None:
    assert not said(plan("hdf5", "gromacs", toolchain="foss-2024a"), Code.TOOLCHAIN_CHOSEN)


def test_what_the_release_has_of_rocm_is_said(plan: Planner) -> None:
    found = plan("kokkos +rocm amdgpu_target=gfx90a", "cmake", toolchain="foss-2024a")
    for code in (Code.FEATURE_LOST, Code.GPU_LOST):
        (notice,) = said(found, code)
        assert "`rompi-2025a`" in notice.why
        assert "no full toolchain (rfoss)" in notice.why
