"""Stacks to put into images, and the judges that may be there."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems import Context, Writing
from stackbridge.ecosystems.containers import judge
from stackbridge.errors import ToolMissingError
from stackbridge.hub.package import Dependency, Feature, Package, Toolchain
from stackbridge.hub.stack import Container, Rule, Stack
from stackbridge.hub.versions import VersionSet

ROOT = Path(__file__).parents[3]
JUDGES = ROOT / "tests" / "judges"
INSTALLED = Path(os.environ.get("STACKBRIDGE_JUDGES", "/var/cache/stackbridge-judges"))

Make = Callable[..., Package]


def package(name: str, versions: str | None = None, *features: str, **more: Any) -> Package:
    """`package("hdf5", ">=1.10", "+mpi", "~java", "api=v110")`."""
    found = []
    for text in features:
        key, equals, value = text.partition("=")
        if equals:
            found.append(Feature(name=key, value=tuple(value.split(","))))
        else:
            found.append(Feature(name=text[1:], value=text[0] == "+"))
    wanted = VersionSet.parse(versions) if versions else VersionSet.any()
    return Package(name=name, versions=wanted, features=tuple(found), **more)


MD = Stack(
    name="md-cpu",
    description="Molecular dynamics on CPUs:\nGROMACS with MPI.",
    names="spack",
    toolchain=Toolchain(name="foss", version="2023b"),
    targets=("zen3",),
    entries=(
        package("gromacs", "2024.4", "+mpi", "~cuda", "+plumed"),
        package("openmpi", ">=4.1"),
        package("fftw", "3.3.10", "+mpi", "precision=float,double"),
        package("plumed"),
    ),
)
CLIMATE = Stack(
    name="climate-io",
    names="spack",
    entries=(
        package("netcdf-c", None, "+mpi"),
        package("netcdf-fortran", "4.6"),
        package("hdf5", ">=1.10,<1.12", "+mpi", "+hl", "~java"),
        package("eccodes", None, "+tools"),
        package("cdo"),
        package("nco", dependencies=(Dependency(package=package("netcdf-c", "4.9")),)),
        package("udunits"),
    ),
    container=Container(base="debian:12", labels={"maintainer": "HPC support"}),
)
GPU = Stack(
    name="ai-gpu",
    names="spack",
    gpus=("sm_80",),
    entries=(
        package("py-torch", "2.6", "+cuda", "cuda_arch=80"),
        package("mpich"),
        package("gromacs", None, "+mpi"),
    ),
    rules=(Rule(subject="mpi", strength="require", choices=(package("mpich"),)),),
    container=Container(base="ubuntu:24.04", command=("python3",)),
)
STACKS = {stack.name: stack for stack in (MD, CLIMATE, GPU)}

EASYSTACK = Writing(
    main="easystack.yaml",
    files={
        "easystack.yaml": "easyconfigs:\n"
        "  - GROMACS-2024.4-foss-2023b-CUDA-12.4.0-PLUMED-2.9.2.eb\n"
        "  - zlib-1.3.1.eb\n",
        "easyconfigs/zlib-1.3.1.eb": "name = 'zlib'\n",
    },
)
ROUTES = {
    "apt": Context(route="apt"),
    "easybuild": Context(route="easybuild", options={"easystack": EASYSTACK}),
}


@pytest.fixture(scope="session")
def make() -> Make:
    """Packages in short."""
    return package


@pytest.fixture(scope="session")
def stacks() -> dict[str, Stack]:
    return STACKS


@pytest.fixture(scope="session")
def routes() -> dict[str, Context]:
    return ROUTES


@pytest.fixture(scope="session")
def check_dockerfile(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """BuildKit's own check of a Dockerfile's text: its findings, one text each."""
    script = JUDGES / "buildkit-check.sh"
    if not (INSTALLED / "docker" / "usr" / "sbin" / "dockerd").exists() or os.geteuid() != 0:
        pytest.skip("no BuildKit check; tests/judges/buildkit-check.sh --install brings it")

    def check(text: str) -> list[str]:
        folder = tmp_path_factory.mktemp("dockerfile")
        (folder / "Dockerfile").write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["sh", str(script), str(folder / "Dockerfile")],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stdout.strip(), done.stderr
        answer = json.loads(done.stdout)
        found = [f"{row['ruleName']}: {row['detail']}" for row in answer.get("warnings") or []]
        problem = answer.get("buildError")
        # Where no registry can be reached and no image was loaded, only the base is missing.
        if problem and "failed to resolve source metadata" not in problem["message"]:
            found.append(problem["message"])
        return found

    return check


@pytest.fixture(scope="session")
def parse_definition() -> Iterator[Callable[[str], str]]:
    """What Apptainer says of a definition's text, in a folder that holds an easystack."""
    if not (INSTALLED / "apptainer" / "usr" / "bin" / "apptainer").exists() or os.geteuid() != 0:
        pytest.skip("no Apptainer; tests/judges/apptainer.sh --install brings it")
    # Below /tmp, which Apptainer's own root shares with the system.
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        (folder / "easyconfigs").mkdir()
        (folder / "easystack.yaml").touch()

        def parse(text: str) -> str:
            (folder / "apptainer.def").write_text(text, encoding="utf-8")
            done = subprocess.run(
                # A directory: packing it into one file would take most of the time.
                [
                    *("sh", str(JUDGES / "apptainer.sh"), "build", "--force", "--sandbox"),
                    *("image", "apptainer.def"),
                ],
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
                cwd=folder,
            )
            return done.stdout + done.stderr

        yield parse


@pytest.fixture(scope="session")
def docker_client() -> Iterator[Any]:
    """A Docker engine that has the base image."""
    from docker.errors import ImageNotFound

    manager = judge.engine()
    try:
        client = manager.__enter__()
    except ToolMissingError as error:
        pytest.skip(f"{error.message}; tests/judges/docker-up.sh starts one")
    try:
        client.images.get("debian:12")
    except ImageNotFound:
        manager.__exit__(None, None, None)
        pytest.skip("no image debian:12; tests/judges/docker-base.sh makes it")
    yield client
    manager.__exit__(None, None, None)
