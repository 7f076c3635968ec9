"""A profile of the machine this runs on, out of facts that are handed in or read from files.

Only what describes the machine: no user, no host name, no environment but what names the
module tool and the scheduler. `Machine` is the one thing that looks; `profile` is pure.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Machine", "look", "profile"]

_SCHEDULERS = {
    "sbatch": "slurm",
    "flux": "flux",
    "pjsub": "fujitsu-tcs",
    "qsub": "pbs",
    "bsub": "lsf",
}
_RUNTIMES = ("apptainer", "singularity", "podman", "docker", "enroot", "shifter", "sarus")
_MPI = {"mpich": "mpich", "open mpi": "openmpi", "intel": "impi", "mvapich": "mvapich2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was seen. None and empty: not seen.

    `os_release` are the lines of /etc/os-release as a mapping; `libc` is (family, version);
    `gpus` are (model, architecture or None), one for each device; `commands` are those of
    interest which were found.
    """

    os_release: Mapping[str, str] = field(default_factory=dict)
    libc: tuple[str, str] | None = None
    cpu: str | None = None
    cores: int | None = None
    gpus: tuple[tuple[str, str | None], ...] = ()
    commands: frozenset[str] = frozenset()
    module_tool: str | None = None
    mpi: tuple[str, str] | None = None
    eessi: tuple[str, ...] = ()


def _run(*command: str) -> str:
    """The output of a program which only tells about itself; empty when there is none."""
    path = shutil.which(command[0])
    if path is None:
        return ""
    try:
        done = subprocess.run(  # a fixed command, no shell
            (path, *command[1:]),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _os_release(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = re.fullmatch(r'([A-Z_]+)="?([^"]*)"?', line.strip())
        if match:
            found[match[1]] = match[2]
    return found


def _nvidia() -> list[tuple[str, str | None]]:
    text = _run("nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader")
    found: list[tuple[str, str | None]] = []
    for line in text.splitlines():
        name, _, capability = line.partition(",")
        figures = re.fullmatch(r"\s*(\d+)\.(\d)\s*", capability)
        found.append((name.strip(), f"sm_{figures[1]}{figures[2]}" if figures else None))
    return found


def _amd() -> list[tuple[str, str | None]]:
    text = _run("rocminfo")
    names = re.findall(r"^\s*Name:\s+(gfx[0-9a-f]+)\s*$", text, re.MULTILINE)
    return [("AMD GPU", name) for name in names]


def _mpi_name() -> tuple[str, str] | None:
    text = _run("mpirun", "--version")
    version = re.search(r"(\d+\.\d+[\w.]*)", text)
    for words, name in _MPI.items():
        if words in text.lower() and version:
            return ("openmpi" if words == "open mpi" else name, version[1])
    return None


def look(root: Path, environment: Mapping[str, str]) -> Machine:
    """What this machine is. `root` is `/`; of the environment, only module tools are read."""
    import archspec.cpu

    release = root / "etc" / "os-release"
    try:
        text = release.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    family, version = platform.libc_ver()
    try:
        cpu = str(archspec.cpu.host().name)
    except Exception:
        cpu = ""
    wanted = (*_SCHEDULERS, *_RUNTIMES, "eb", "spack", "uenv")
    cvmfs = root / "cvmfs" / "software.eessi.io" / "versions"
    try:
        releases = tuple(sorted(entry.name for entry in cvmfs.iterdir()))
    except OSError:
        releases = ()
    tool = None
    if environment.get("LMOD_VERSION") or environment.get("LMOD_CMD"):
        tool = "lmod"
    elif environment.get("MODULES_CMD"):
        tool = "environment-modules"
    return Machine(
        os_release=_os_release(text),
        libc=(family, version) if family and version else None,
        cpu=cpu or None,
        cores=os.cpu_count(),
        gpus=tuple(_nvidia() or _amd()),
        commands=frozenset(name for name in wanted if shutil.which(name)),
        module_tool=tool,
        mpi=_mpi_name(),
        eessi=releases,
    )


def profile(machine: Machine, *, site: str, date: str) -> dict[str, Any]:
    """The profile as plain data of the shape of `schemas/site.schema.json`.

    What was not seen is left out, which means unknown. No GPU seen does not prove that there
    is none on compute nodes: it is left out as well.
    """
    seen = {"source": "seen"}
    data: dict[str, Any] = {
        "stackbridge_site": 1,
        "id": site,
        "name": site,
        "as_of": date,
        "sources": [
            {
                "id": "seen",
                "kind": "observed",
                "ref": "stackbridge site detect, on this machine",
                "date": date,
            }
        ],
    }
    if identity := machine.os_release.get("ID"):
        row = {"id": identity.lower(), **seen}
        if version := machine.os_release.get("VERSION_ID"):
            row["version"] = version
        data["os"] = row
    if machine.libc is not None and machine.libc[0] == "glibc":
        data["libc"] = {"family": "glibc", "version": machine.libc[1], **seen}
    for command, name in _SCHEDULERS.items():
        if command in machine.commands:
            data["scheduler"] = {"name": name, **seen}
            break
    if machine.mpi is not None:
        name, version = machine.mpi
        abi = "openmpi" if name == "openmpi" else "mpich"
        data["mpi"] = [{"name": name, "versions": [version], "abi": abi, **seen}]
    if machine.module_tool is not None:
        data["modules"] = {"tool": machine.module_tool, **seen}
    delivery: list[dict[str, Any]] = []
    if machine.eessi:
        delivery.append({"kind": "eessi", "how": "cvmfs", "versions": list(machine.eessi), **seen})
    for command, kind in (("eb", "easybuild"), ("spack", "spack"), ("uenv", "uenv")):
        if command in machine.commands:
            delivery.append({"kind": kind, **seen})
    if delivery:
        data["delivery"] = delivery
    runtimes = [name for name in _RUNTIMES if name in machine.commands]
    if runtimes:
        data["containers"] = [{"runtime": name, **seen} for name in runtimes]
    partition: dict[str, Any] = {"id": "here", **seen}
    cpu: dict[str, Any] = {}
    if machine.cpu is not None:
        cpu["archspec"] = machine.cpu
    if machine.cores is not None:
        cpu["cores"] = machine.cores
    if cpu:
        partition["cpu"] = cpu
    if machine.gpus:
        model, arch = machine.gpus[0]
        partition["gpu"] = {"model": model or "GPU", "visible": len(machine.gpus)}
        if arch is not None:
            partition["gpu"]["arch"] = arch
    data["partitions"] = [partition]
    return data
