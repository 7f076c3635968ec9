"""Easyconfigs moved to another version or generation; EasyBuild's robot resolves them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackbridge.ecosystems import Context, Input, Writing
from stackbridge.ecosystems.easybuild import easyconfig_reader, easyconfig_writer
from stackbridge.errors import UsageError
from stackbridge.hub.notices import Code

RELEASE = Path(sys.prefix) / "easybuild" / "easyconfigs"
HERE = str(RELEASE)

pytestmark = pytest.mark.skipif(not RELEASE.is_dir(), reason="EasyBuild is not installed")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One index for all tests here."""
    CACHE.append(str(tmp_path_factory.mktemp("cache")))


CACHE: list[str] = []


def moved(file: str, toolchain: str | None = None, version: str | None = None) -> Writing:
    path = next(RELEASE.glob(f"*/*/{file}"))
    context = Context(
        cache=CACHE[-1],
        toolchain=toolchain,
        easyconfigs=(HERE,),
        options={"version": version} if version else {},
    )
    reading = easyconfig_reader.read(Input(text=path.read_text(), file=file), context)
    return easyconfig_writer.write(reading, context)


def test_another_version_in_another_generation_is_what_maintainers_wrote() -> None:
    writing = moved("SAMtools-1.21-GCC-13.3.0.eb", "foss-2025b", "1.22.1")
    assert writing.main == "SAMtools-1.22.1-GCC-14.3.0.eb"
    released = next(RELEASE.glob("*/*/SAMtools-1.22.1-GCC-14.3.0.eb"))
    assert writing.files[writing.main] == released.read_text()
    assert not writing.notices


def test_an_unknown_checksum_is_null_and_named() -> None:
    writing = moved("SAMtools-1.21-GCC-13.3.0.eb", None, "99.1")
    assert writing.main == "SAMtools-99.1-GCC-13.3.0.eb"
    assert "checksums = [None]" in writing.files[writing.main]
    assert [notice.code for notice in writing.notices] == [Code.CHECKSUM_MISSING]


def test_what_the_generation_lacks_is_moved_along() -> None:
    writing = moved("RSEM-1.3.3-foss-2024a.eb", "foss-2025b")
    assert len(writing.files) >= 2
    assert any("HISAT2" in name for name in writing.files)
    assert Code.PACKAGE_GENERATED in [notice.code for notice in writing.notices]


@pytest.mark.parametrize("toolchain", ["foss", "nonsense-1", "foss-1999z"])
def test_a_toolchain_that_is_none(toolchain: str) -> None:
    with pytest.raises(UsageError):
        moved("SAMtools-1.21-GCC-13.3.0.eb", toolchain)


def test_from_foss_to_intel_keeps_the_level() -> None:
    writing = moved("Hypre-2.32.0-foss-2024a.eb", "intel-2024a")
    assert writing.main == "Hypre-2.32.0-intel-2024a.eb"


@pytest.mark.slow
def test_real_easybuild_resolves_them(tmp_path: Path) -> None:
    for file in ("RSEM-1.3.3-foss-2024a.eb", "zlib-1.3.1-GCCcore-13.3.0.eb"):
        for name, text in moved(file, "foss-2025b").files.items():
            (tmp_path / Path(name).name).write_text(text)
    files = sorted(str(path) for path in tmp_path.glob("*.eb"))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "eb"), *files, "-D", f"--robot={tmp_path}:{HERE}"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(
            os.environ,
            EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES="1",
            EASYBUILD_MODULES_TOOL="Lmod",
            LMOD_CMD="/usr/share/lmod/lmod/libexec/lmod",
            EASYBUILD_PREFIX=str(tmp_path / "prefix"),
        ),
    )
    if "modules tool can not be used" in done.stdout + done.stderr:
        pytest.skip("Lmod is not installed")
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    for path in files:
        assert Path(path).name in done.stdout.replace("\n", "")  # long lines are broken


def test_through_the_manifest_and_back() -> None:
    from stackbridge.ecosystems.manifest import reader, writer

    path = next(RELEASE.glob("*/*/GROMACS-2024.4-foss-2024a.eb"))
    reading = easyconfig_reader.read(Input(text=path.read_text(), file=path.name), Context())
    manifest = writer.write(reading, Context())
    again = reader.read(Input(text=manifest.files[manifest.main], file="m.yaml"), Context())
    there = easyconfig_writer.write(reading, Context())
    back = easyconfig_writer.write(again, Context())
    assert back.files == there.files
    assert back.main == path.name
