"""Rules about what a site allows. They warn; the verdict stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

from stackbridge.resolver.model import Level, Reason
from stackbridge.resolver.rules.case import Case

__all__ = ["inodes", "internet", "login_build"]

FEW_INODES = 100_000
"""At most this many inodes: a Python environment or a source tree of a stack can exceed it."""


def internet(case: Case) -> Iterator[Reason]:
    """Where something is built or fetched: can compute nodes reach the internet?"""
    if not case.builds and not case.wanted.container:
        return
    policy = case.site.policy("internet_on_compute", case.partition.id)
    if policy is None or policy.value is True:
        return
    proxy = policy.value == "proxy-only"
    access = "reach the internet only by proxy" if proxy else "have no internet"
    yield Reason(
        rule="internet",
        level=Level.WARNING,
        subject="policy",
        message=f"compute nodes {access}",
        evidence=f"internet_on_compute: {str(policy.value).lower()}",
        source=case.site.reference(policy.source),
        change="set the proxy in the job"
        if policy.value == "proxy-only"
        else "fetch sources on a login node",
    )


def login_build(case: Case) -> Iterator[Reason]:
    """Where something is built: is building allowed on login nodes?"""
    policy = case.site.policy("compile_on_login", case.partition.id)
    if not case.builds or policy is None or policy.value is not False:
        return
    yield Reason(
        rule="login-build",
        level=Level.WARNING,
        subject="policy",
        message="nothing is compiled on login nodes",
        evidence=policy.note or "compile_on_login: false",
        source=case.site.reference(policy.source),
        change="build in a job",
    )


def inodes(case: Case) -> Iterator[Reason]:
    """Where something is built: are there inodes enough?"""
    if not case.builds:
        return
    for filesystem in case.site.filesystems:
        if filesystem.inodes is None or filesystem.inodes > FEW_INODES:
            continue
        yield Reason(
            rule="inodes",
            level=Level.WARNING,
            subject="policy",
            message=f"{filesystem.path} holds at most {filesystem.inodes:,} files",
            evidence=f"inode quota {filesystem.inodes:,}",
            source=case.site.reference(filesystem.source),
            change="build and install elsewhere, or in a container image",
        )
