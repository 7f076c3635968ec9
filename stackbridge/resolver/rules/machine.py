"""Rules about the machine: CPU, GPU, operating system, C library."""

from __future__ import annotations

from collections.abc import Iterator

from stackbridge.hub.notices import NOWHERE, Place
from stackbridge.resolver.model import Level, Reason
from stackbridge.resolver.rules.case import Case
from stackbridge.sites import targets

__all__ = ["cpu_target", "gpu", "libc", "operating_system"]


def cpu_target(case: Case) -> Iterator[Reason]:
    """Code built for the targets wanted runs on the partition's CPU."""
    machine = case.partition.cpu
    source = case.site.reference(case.partition.source)
    demands: list[tuple[str, tuple[str, ...], Place]] = []
    if case.wanted.targets:
        demands.append(("targets", case.wanted.targets, NOWHERE))
    seen: set[str] = set()
    for package in case.wanted.packages:
        if package.target and package.target not in seen:
            seen.add(package.target)
            demands.append((package.name, (package.target,), package.place))
    for subject, wanted, place in demands:
        text = ", ".join(wanted)
        if machine is None:
            yield Reason(
                rule="cpu-target",
                level=Level.UNKNOWN,
                subject=subject,
                message=f"target {text} wanted, and the CPU of this partition is not known",
                source=source,
                place=place,
            )
            continue
        answers = [targets.in_range(target, machine) for target in wanted]
        if any(answers):
            continue
        if None in answers:
            yield Reason(
                rule="cpu-target",
                level=Level.UNKNOWN,
                subject=subject,
                message=f"archspec does not know the target {text}",
                evidence=f"the CPU is {machine}",
                source=source,
                place=place,
            )
            continue
        ours = {targets.family(part) for t in wanted for part in t.split(":") if part}
        same = targets.family(machine) in ours
        yield Reason(
            rule="cpu-target",
            level=Level.CHANGES_NEEDED if same else Level.BLOCKED,
            subject=subject,
            message=f"code for {text} does not run on {machine}"
            + ("" if same else f" ({targets.family(machine)} instructions)"),
            evidence=f"the CPU is {case.partition.cpu_model or machine}, {machine}",
            source=source,
            change=f"add the target {machine}" + ("" if same else " and build everything for it"),
            place=place,
        )


def gpu(case: Case) -> Iterator[Reason]:
    """GPUs of the vendor and architecture wanted are there."""
    demands: list[tuple[str, str | None, tuple[str, ...], Place]] = []
    if case.wanted.gpus:
        demands.append(("gpus", None, case.wanted.gpus, NOWHERE))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for package in case.wanted.packages:
        if package.gpu is None or (package.gpu, package.gpus) in seen:
            continue
        seen.add((package.gpu, package.gpus))
        if not package.gpus or package.gpus != case.wanted.gpus:
            demands.append((package.name, package.gpu, package.gpus, package.place))
    for subject, vendor, wanted, place in demands:
        yield from _gpu(case, subject, vendor, wanted, place)


def _gpu(
    case: Case, subject: str, vendor: str | None, wanted: tuple[str, ...], place: Place
) -> Iterator[Reason]:
    source = case.site.reference(case.partition.source)
    vendors = {targets.gpu_vendor(arch) for arch in wanted} or {vendor}
    text = ", ".join(wanted) or f"a GPU by {vendor}"
    device = case.partition.gpu
    if device is None or (device and device.arch is None):
        yield Reason(
            rule="gpu",
            level=Level.UNKNOWN,
            subject=subject,
            message=f"{text} wanted, and the GPUs of this partition are not known",
            source=source,
            place=place,
        )
        return
    if not device:
        yield Reason(
            rule="gpu",
            level=Level.BLOCKED,
            subject=subject,
            message=f"{text} wanted, and this partition has no GPU",
            evidence="the hardware description lists none",
            source=source,
            change=_partition_with_gpu(case, vendors),
            place=place,
        )
        return
    arch = device.arch or ""
    evidence = f"the GPU is {device.model or arch}, {arch}"
    if targets.gpu_vendor(arch) not in vendors:
        yield Reason(
            rule="gpu",
            level=Level.UNKNOWN if None in vendors else Level.BLOCKED,
            subject=subject,
            message=f"{text} wanted, and the GPUs here are by {targets.gpu_vendor(arch)}",
            evidence=evidence,
            source=source,
            change=_partition_with_gpu(case, vendors),
            place=place,
        )
        return
    if wanted and not any(targets.gpu_runs_on(code, arch) for code in wanted):
        yield Reason(
            rule="gpu",
            level=Level.CHANGES_NEEDED,
            subject=subject,
            message=f"code for {text} does not run on {arch}",
            evidence=evidence,
            source=source,
            change=f"add {arch} to `gpus`",
            place=place,
        )


def _partition_with_gpu(case: Case, vendors: set[str | None]) -> str:
    others = [
        partition.id
        for partition in case.site.partitions
        if partition.gpu and targets.gpu_vendor(partition.gpu.arch or "") in vendors
    ]
    return f"use the partition {others[0]}" if others else ""


def operating_system(case: Case) -> Iterator[Reason]:
    """The operating system is the one asked for."""
    wanted = case.wanted.os
    if wanted is None or case.wanted.container:
        return
    os = case.site.os
    if os is None or not os.holds_for(case.partition.id):
        yield Reason(
            rule="os",
            level=Level.UNKNOWN,
            subject="os",
            message=f"{wanted} wanted, and the operating system here is not known",
        )
        return
    here = f"{os.id}{os.version or ''}"
    if _os_key(wanted) == _os_key(here) or (os.base and _os_key(wanted) == _os_key(os.base)):
        return
    yield Reason(
        rule="os",
        level=Level.CHANGES_NEEDED,
        subject="os",
        message=f"{wanted} wanted, and {here} runs here",
        evidence=f"operating system {os.id} {os.version or ''}".rstrip(),
        source=case.site.reference(os.source),
        change=f"leave `os` out or ask for {here}; or run the stack from a container",
    )


# Rebuilds of Red Hat Enterprise Linux are the same system for binaries.
_LIKE = {"rhel": "el", "rocky": "el", "almalinux": "el", "centos": "el", "ol": "el"}


def _os_key(text: str) -> tuple[str, str]:
    name = text.rstrip("0123456789.-")
    version = text[len(name) :].strip(".-")
    return _LIKE.get(name, name.rstrip("_-")), version.partition(".")[0]


def libc(case: Case) -> Iterator[Reason]:
    """The C library is one of those asked for."""
    if case.wanted.libc.is_any or case.wanted.container:
        return
    here = case.site.libc
    text = case.wanted.libc.ranges() or str(case.wanted.libc)
    if here is None or here.family != "glibc" or not here.holds_for(case.partition.id):
        yield Reason(
            rule="libc",
            level=Level.UNKNOWN,
            subject="glibc",
            message=f"glibc {text} wanted, and the version here is not known",
        )
    elif here.version not in case.wanted.libc:
        yield Reason(
            rule="libc",
            level=Level.CHANGES_NEEDED,
            subject="glibc",
            message=f"glibc {text} wanted, and {here.version} is here",
            evidence=f"glibc {here.version}"
            + (", derived from the distribution" if here.derived else ""),
            source=case.site.reference(here.source),
            change="run the stack from a container",
        )
