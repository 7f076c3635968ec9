"""Hierarchies, generations, sites' own toolchains, and the command that shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from stackbridge.ecosystems.easybuild.index import Index
from stackbridge.ecosystems.easybuild.resolving.generations import (
    Generation,
    declared_generations,
    generation,
    generations,
)
from stackbridge.ecosystems.easybuild.resolving.resolution import HierarchyError, Resolver
from stackbridge.ecosystems.easybuild.resolving.toolchain_classes import read_classes
from stackbridge.ecosystems.easybuild.resolving.toolchains import (
    declared_table,
    definition,
    site_table,
    table,
)
from stackbridge.errors import InputError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def shipped() -> Index:
    return Index.open()


@pytest.fixture(scope="module")
def known(shipped: Index) -> dict[str, Generation]:
    return {one.label: one for one in generations(shipped)}


# get_toolchain_hierarchy of EasyBuild 5.4.1; tools/compare_easybuild.py compares all 143
HIERARCHIES = {
    "foss-2024a": "GCCcore-13.3.0 GCC-13.3.0 gfbf-2024a gompi-2024a foss-2024a",
    "intel-2024a": "GCCcore-13.3.0 intel-compilers-2024.2.0 iimkl-2024a iimpi-2024a intel-2024a",
    "lfoss-2025b": "GCCcore-14.3.0 llvm-compilers-20.1.8 lfbf-2025b lompi-2025b lfoss-2025b",
    "NVHPC-24.9-CUDA-12.6.0": "GCCcore-13.3.0 NVHPC-24.9-CUDA-12.6.0",
    "GCCcore-13.3.0": "GCCcore-13.3.0",
}


@pytest.mark.parametrize("label", HIERARCHIES)
def test_hierarchies(known: dict[str, Generation], label: str) -> None:
    found = " ".join(f"{name}-{version}" for name, version in known[label].hierarchy)
    assert found == HIERARCHIES[label]


def test_hierarchy_of_the_new_nvhpc(known: dict[str, Generation]) -> None:
    names = [name for name, _ in known["NVHPC-25.9-CUDA-12.9.1"].hierarchy]
    assert names == ["GCCcore", "nvidia-compilers", "NVHPC"]


# From the release's easyconfigs, read by hand.
GENERATIONS = {
    "foss-2022a": "GCC 11.3.0 OpenMPI 4.1.4 FlexiBLAS 3.2.0 ScaLAPACK 2.2.0-fb FFTW 3.3.10 "
    "binutils 2.38 OpenBLAS 0.3.20 Python 3.10.4 SciPy-bundle 2022.05",
    "foss-2024a": "GCC 13.3.0 OpenMPI 5.0.3 FlexiBLAS 3.4.4 ScaLAPACK 2.2.0-fb FFTW 3.3.10 "
    "binutils 2.42 OpenBLAS 0.3.27 Python 3.12.3 SciPy-bundle 2024.05",
    "foss-2025b": "GCC 14.3.0 OpenMPI 5.0.8 FlexiBLAS 3.4.5 ScaLAPACK 2.2.2-fb FFTW 3.3.10 "
    "binutils 2.44 OpenBLAS 0.3.30 Python 3.13.5 SciPy-bundle 2025.07",
}


@pytest.mark.parametrize("label", GENERATIONS)
def test_what_a_generation_holds(known: dict[str, Generation], label: str) -> None:
    one = known[label]
    roles = ("compiler", "mpi", "blas", "scalapack", "fft", "binutils", "OpenBLAS")
    found = [f"{one.parts[role].name} {one.parts[role].version}" for role in roles]
    found += [f"{name} {one.languages[name]}" for name in ("Python", "SciPy-bundle")]
    assert " ".join(found) == GENERATIONS[label]


def test_intel_parts(known: dict[str, Generation]) -> None:
    parts = {role: part.name for role, part in known["intel-2024a"].parts.items()}
    assert parts["mpi"] == "impi"
    assert parts["blas"] == parts["fft"] == parts["scalapack"] == "imkl"


def test_order_of_generations(known: dict[str, Generation]) -> None:
    foss = [one.version for one in known.values() if one.name == "foss"]
    assert foss == [
        "2022a", "2022.05", "2022b", "2022.10", "2023a", "2023b", "2023.09", "2024a", "2024.05",
        "2025a", "2025b", "2026.1",
    ]  # fmt: skip


def test_unknown_generation(shipped: Index) -> None:
    assert generation("foss", "1999a", shipped) is None


def test_table_is_that_of_the_installed_framework() -> None:
    try:
        import easybuild.framework
    except ImportError:
        pytest.skip("EasyBuild is not installed")
    root = Path(easybuild.framework.__file__).parents[1]
    files = {
        str(path): path.read_text()
        for path in sorted([*root.glob("toolchains/*.py"), *root.glob("toolchains/*/*.py")])
    }
    base = {str(path): path.read_text() for path in root.glob("tools/toolchain/*.py")}
    found = read_classes(files, base)
    assert set(found) == set(table())
    for name, item in found.items():
        row = table()[name]
        assert (item.below, item.composite, item.optional) == (
            row.below,
            row.composite,
            row.optional,
        )
        assert (item.compilers, item.mpi, item.blas) == (row.compilers, row.mpi, row.blas)


# As LUMI and JSC write theirs.
SITE = {
    "toolchains/cpegnu.py": """
from easybuild.toolchains.compiler.craype import CrayPEGCC
from easybuild.toolchains.mpi.craympich import CrayMPICH
from easybuild.toolchains.linalg.libsci import LibSci
from easybuild.tools.toolchain.toolchain import SYSTEM_TOOLCHAIN_NAME
from cpe import cpeCompGCC

class cpeGNU(cpeCompGCC, CrayMPICH, LibSci):
    NAME = 'cpeGNU'
    SUBTOOLCHAIN = SYSTEM_TOOLCHAIN_NAME
""",
    "toolchains/cpe.py": "class cpeCompGCC(object):\n    COMPILER_MODULE_NAME = ['gcc-native']\n",
    "toolchains/gpsmpi2.py": """
from easybuild.toolchains.gcc import GccToolchain
from easybuild.toolchains.mpi.psmpi import Psmpi

class Site(GccToolchain, Psmpi):
    NAME = 'sitempi'
    SUBTOOLCHAIN = [GccToolchain.NAME, ('x', GccToolchain.NAME)]
    OPTIONAL = True
""",
}


def test_classes_of_a_site() -> None:
    found = site_table(SITE)
    assert found["cpeGNU"].below == ("system",)
    assert found["cpeGNU"].composite
    assert found["cpeGNU"].compilers == ("gcc-native",)
    assert found["sitempi"].below == ("GCC", ("x", "GCC"))
    assert found["sitempi"].optional
    assert found["foss"] == table()["foss"]


def test_site_classes_are_not_run() -> None:
    text = "import os\nos.abort()\nraise SystemExit\nclass A(B, C):\n    NAME = 'a' + os.name\n"
    assert "a" not in site_table({"a.py": text})
    with pytest.raises(InputError, match="no Python"):
        site_table({"a.py": "class ("})


def test_declared_table() -> None:
    found = declared_table({"mine": {"below": ["GCC", ["a", "b"]], "mpi": "openmpi"}})
    assert found["mine"].below == ("GCC", ("a", "b"))
    assert found["mine"].mpi == ("openmpi",)
    assert declared_table({"flat": {}})["flat"].below == ("system",)
    with pytest.raises(InputError, match="`comp` is not known"):
        declared_table({"mine": {"comp": []}})


def test_hierarchy_with_a_declared_toolchain(tmp_path: Path) -> None:
    text = "name = 'app'\nversion = '1'\ntoolchain = {'name': 'cpeX', 'version': '25'}\n"
    text += "homepage = description = ''\ndependencies = [('lib', '2')]\n"
    (tmp_path / "app-1-cpeX-25.eb").write_text(text)
    (tmp_path / "lib-2-cpeX-25.eb").write_text(
        text.replace("app", "lib").replace("'1'", "'2'").replace("('lib', '2')", "")
    )
    index = Index.open([str(tmp_path)])
    with pytest.raises(HierarchyError, match="not known"):
        Resolver(index).hierarchy(("cpeX", "25"))
    resolver = Resolver(index, table=declared_table({"cpeX": {}}))
    assert resolver.hierarchy(("cpeX", "25")) == (("cpeX", "25"),)
    entry = index.entry("app-1-cpeX-25")
    assert entry is not None
    assert resolver.dependencies(entry)[0].module == "lib/2-cpeX-25"


def test_crays_declared_generations() -> None:
    found = {one.label: one for one in declared_generations()}
    gnu = found["cpeGNU-25.03"]
    assert gnu.parts["mpi"].version == "8.1.32"
    assert gnu.languages == {"Python": "3.11.7"}
    assert found["cpeCray-24.03"].parts["compiler"].name == "cce"
    assert "LUMI" in gnu.source


def test_versions_decide_nvhpc() -> None:
    old, new = definition(table(), "NVHPC", "24.9"), definition(table(), "NVHPC", "25.1")
    assert old is not None
    assert new is not None
    assert old.below[0] == "GCCcore"
    assert new.below == ("nvidia-compilers",)


# ---- the command


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("STACKBRIDGE_CACHE", str(tmp_path / "cache"))
    return CliRunner()


def test_show_text_and_json(run: CliRunner) -> None:
    from stackbridge.cli.toolchain import toolchain

    text = run.invoke(toolchain, ["show", "foss-2024a"], catch_exceptions=False).output
    assert "GCCcore-13.3.0 < GCC-13.3.0 < gfbf-2024a < gompi-2024a < foss-2024a" in text
    assert "mpi         OpenMPI 5.0.3  (GCC-13.3.0)" in text
    output = run.invoke(toolchain, ["show", "foss/2024a", "--format", "json"]).output
    data = json.loads(output)
    schema = json.loads((ROOT / "schemas/toolchain.schema.json").read_text())
    Draft202012Validator(schema).validate(data)
    assert data["parts"]["blas"]["module"] == "FlexiBLAS/3.4.4-GCC-13.3.0"


def test_list(run: CliRunner) -> None:
    from stackbridge.cli.toolchain import toolchain

    data = json.loads(run.invoke(toolchain, ["list", "--all", "--format", "json"]).output)
    schema = json.loads((ROOT / "schemas/toolchain.schema.json").read_text())
    Draft202012Validator(schema).validate(data)
    labels = {f"{row['name']}-{row['version']}" for row in data}
    assert {"foss-2026.1", "cpeGNU-25.09", "GCCcore-13.3.0"} <= labels
    lines = run.invoke(toolchain, ["list"]).output.splitlines()
    assert lines[0].split() == ["TOOLCHAIN", "COMPILER", "MPI", "BLAS", "EASYCONFIGS"]
    assert not any(line.startswith("GCCcore") for line in lines)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("foss", "has the versions 2022a, 2022.05"), ("fos-2024a", "did you mean `foss-2024a`")],
)
def test_unknown_names_get_a_hint(run: CliRunner, name: str, hint: str) -> None:
    from stackbridge.cli.toolchain import toolchain

    error = run.invoke(toolchain, ["show", name]).exception
    assert hint in str(error)


def test_a_sites_own(run: CliRunner, tmp_path: Path) -> None:
    from stackbridge.cli.toolchain import toolchain

    (tmp_path / "ecs").mkdir()
    (tmp_path / "ecs" / "app-1-cpeX-25.eb").write_text(
        "name = 'app'\nversion = '1'\ntoolchain = {'name': 'cpeX', 'version': '25'}\n"
    )
    (tmp_path / "table.yaml").write_text("cpeX:\n  mpi: [cray-mpich]\n")
    arguments = [
        "--easyconfigs",
        str(tmp_path / "ecs"),
        "--toolchains",
        str(tmp_path / "table.yaml"),
    ]
    output = run.invoke(toolchain, ["list", *arguments], catch_exceptions=False).output
    assert [line.split()[0] for line in output.splitlines()] == ["TOOLCHAIN", "cpeX-25"]
