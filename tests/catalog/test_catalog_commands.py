"""`stackbridge lookup` and `stackbridge catalog`, run as commands."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from stackbridge.catalog.lookup import Catalog, shipped_path
from stackbridge.cli.catalog import catalog
from stackbridge.cli.lookup import lookup
from stackbridge.errors import StackBridgeError

SCHEMAS = Path(__file__).parents[2] / "schemas"
A = hashlib.sha256(b"a").hexdigest()


def run(command: Any, *args: object) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args])


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


@pytest.mark.parametrize("name", ["FFTW.MPI", "numpy", "mpi", "OpenFOAM", "foss", "libhdf5-dev"])
def test_lookup_answers_in_its_schema(name: str) -> None:
    result = run(lookup, name, "--format", "json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    jsonschema.Draft202012Validator(schema("lookup")).validate(data)
    assert data["identities"]


def test_lookup_in_text() -> None:
    text = run(lookup, "FFTW.MPI").stdout
    for word in ("fftw", "FFTW.MPI", "fftw-openmpi", "fftw3", "checksum", "+mpi"):
        assert word in text
    assert "Other software of that name" in run(lookup, "igraph").stdout
    assert run(lookup, "igraph", "-f", "cran").stdout.startswith("r-igraph")
    assert "none  (a toolchain" in run(lookup, "foss").stdout


def test_lookup_of_nothing() -> None:
    result = run(lookup, "gromcas")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "GROMACS" in result.stderr
    result = run(lookup, "gromcas", "--format", "json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    jsonschema.Draft202012Validator(schema("lookup")).validate(data)
    assert "GROMACS" in data["suggestions"]
    assert run(lookup, "\x1b[31m").exit_code == 1
    assert "\x1b" not in run(lookup, "\x1b[31m").stderr


def failure(result: Result) -> StackBridgeError:
    assert isinstance(result.exception, StackBridgeError), result.output
    assert result.exception.exit_code == 2
    return result.exception


def test_lookup_with_wrong_arguments(tmp_path: Path) -> None:
    assert "easybuild" in str(failure(run(lookup, "x", "-f", "easybuid")))
    failure(run(lookup, "x", "--catalog", tmp_path / "none"))
    failure(run(lookup, "x", "--overlay", tmp_path / "none"))


def test_info() -> None:
    result = run(catalog, "info", "--format", "json")
    data = json.loads(result.stdout)
    jsonschema.Draft202012Validator(schema("catalog-info")).validate(data)
    assert data["inputs"].keys() == {"spack", "easybuild", "guix", "debian"}
    assert "identities" in run(catalog, "info").stdout


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    eb = tmp_path / "eb"
    eb.mkdir()
    (eb / "Thing-1.2.3.eb").write_text(
        "name = 'Thing'\nversion = '1.2.3'\nhomepage = 'https://example.org'\n"
        "description = 'x'\ntoolchain = SYSTEM\nsources = [SOURCE_TAR_GZ]\n"
        f"checksums = ['{A}']\n"
    )
    guix = tmp_path / "guix.json.gz"
    source = {"method": "url-fetch", "algo": "sha256", "hash": A, "file": "t.tgz", "urls": []}
    package = {"name": "a-thing", "version": "1.2.3", "source": source}
    guix.write_bytes(
        gzip.compress(json.dumps({"guix_version": "1.5.0", "packages": [package]}).encode())
    )
    debian = tmp_path / "Sources"
    debian.write_text(
        "Package: libthing\nVersion: 1.2.3-1\nBinary: libthing1, libthing-dev\n"
        f"Checksums-Sha256:\n {A} 10 libthing_1.2.3.orig.tar.gz\nDirectory: pool/x\n"
    )
    spack = tmp_path / "spack" / "repos" / "spack_repo" / "builtin"
    (spack / "packages" / "thing").mkdir(parents=True)
    (spack / "repo.yaml").write_text("repo:\n  namespace: builtin\n  api: v2.0\n")
    (spack / "packages" / "thing" / "package.py").write_text(
        "from spack.package import *\n\n\nclass Thing(Package):\n"
        f'    homepage = "https://example.org"\n    version("1.2.3", sha256="{A}")\n'
    )
    return {"eb": eb, "guix": guix, "debian": debian, "spack": tmp_path / "spack"}


def build(inputs: dict[str, Path], output: Path, *more: object) -> Result:
    return run(
        catalog, "build", "--spack-packages", inputs["spack"], "--easyconfigs", inputs["eb"],
        "--guix", inputs["guix"], "--debian", f"trixie={inputs['debian']}", "-o", output, *more,
    )  # fmt: skip


def test_build_from_everything(inputs: dict[str, Path], tmp_path: Path) -> None:
    result = build(inputs, tmp_path / "c.sqlite", "--release", "easybuild=EasyBuild 5.4.1")
    assert result.exit_code == 0, result.output
    assert "easyconfigs: 1 of 1" in result.stderr
    with Catalog.open(tmp_path / "c.sqlite") as made:
        found = made.find("Thing", "easybuild")
        assert found is not None
        assert found.key == "thing"
        assert {e: names[0].name for e, names in found.names.items()} == {
            "spack": "thing",
            "easybuild": "Thing",
            "guix": "a-thing",
            "debian": "libthing",
        }
        assert made.info["inputs"] == {
            "spack": "spack-packages",
            "easybuild": "EasyBuild 5.4.1",
            "guix": "Guix 1.5.0",
            "debian": "trixie",
        }
    assert build(inputs, tmp_path / "d.sqlite", "--quiet").exit_code == 0
    other = build(inputs, tmp_path / "e.sqlite", "--release", "easybuild=EasyBuild 5.4.1")
    assert other.exit_code == 0
    assert (tmp_path / "c.sqlite").read_bytes() == (tmp_path / "e.sqlite").read_bytes()


def test_build_overwrites_only_when_told(inputs: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    path.write_text("mine")
    failure(build(inputs, path))
    assert path.read_text() == "mine"
    assert build(inputs, path, "--force").exit_code == 0
    assert path.read_bytes().startswith(b"SQLite")


@pytest.mark.parametrize("which", ["eb", "guix", "debian", "spack", "rules"])
def test_broken_inputs_change_nothing(inputs: dict[str, Path], tmp_path: Path, which: str) -> None:
    before = shipped_path().read_bytes()
    more: list[object] = []
    if which == "eb":
        (inputs["eb"] / "Thing-1.2.3.eb").unlink()
    elif which == "spack":
        (inputs["spack"] / "repos" / "spack_repo" / "builtin" / "repo.yaml").unlink()
    elif which == "rules":
        (tmp_path / "rules.yaml").write_text("same: [")
        more = ["--rules", tmp_path / "rules.yaml"]
    else:
        raw = inputs[which].read_bytes()
        inputs[which].write_bytes(raw[: len(raw) // 2])
    output = tmp_path / "out" / "c.sqlite"
    error = failure(build(inputs, output, *more))
    assert error.file is not None
    assert not output.exists()
    assert shipped_path().read_bytes() == before


def test_build_from_nothing(tmp_path: Path) -> None:
    failure(run(catalog, "build", "-o", tmp_path / "c.sqlite"))


def test_compressed_indexes(inputs: dict[str, Path], tmp_path: Path) -> None:
    import lzma

    raw = inputs["debian"].read_bytes()
    for number, data in enumerate((gzip.compress(raw), lzma.compress(raw))):
        inputs["debian"].write_bytes(data)
        assert build(inputs, tmp_path / f"{number}.sqlite").exit_code == 0
    inputs["debian"].write_bytes(b"\x04\x22\x4d\x18" + raw)
    assert "apt-helper" in str(failure(build(inputs, tmp_path / "c.sqlite")))


def test_export(inputs: dict[str, Path], tmp_path: Path) -> None:
    made = tmp_path / "c.sqlite"
    assert build(inputs, made).exit_code == 0
    result = run(catalog, "export", "-t", "debian", "--catalog", made)
    (row,) = json.loads(result.stdout)["mappings"]
    assert row["id"] == "dep:generic/thing"
    assert row["specs"] == ["libthing-dev", "libthing1"]
    failure(run(catalog, "export", "-t", "nix", "--catalog", made))
    target = tmp_path / "spack.mapping.json"
    assert run(catalog, "export", "-t", "spack", "--catalog", made, "-o", target).exit_code == 0
    assert json.loads(target.read_text())["mappings"][0]["specs"] == "thing"
    failure(run(catalog, "export", "-t", "spack", "--catalog", made, "-o", target))


def test_quality_is_measured_by_a_command(inputs: dict[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "quality.md"
    eessi = tmp_path / "eessi.json"
    eessi.write_text(json.dumps({"installations": [{"name": "Thing"}, {"name": "Other"}]}))
    subprocess.run(
        [
            sys.executable, SCHEMAS.parent / "tools" / "catalog_quality.py",
            "--spack-packages", inputs["spack"], "--easyconfigs", inputs["eb"],
            "--guix", inputs["guix"], "--debian", f"trixie={inputs['debian']}",
            "--eessi", eessi, "-o", page,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    text = page.read_text()
    assert "| EasyBuild names | 1 | 1 | 0 | 0 | 0 | 0 | 100.0 % |" in text
    assert "| EESSI software | 2 | 1 | 0 | 0 | 0 | 1 | 50.0 % |" in text
    assert "6 pairs of names share a source file" in text
