"""Rules about containers: is there a runtime, and may users build images?"""

from __future__ import annotations

from collections.abc import Iterator

from stackbridge.resolver.model import Level, Reason
from stackbridge.resolver.rules.case import Case
from stackbridge.sites.profile import Runtime

__all__ = ["container_build", "container_runtime"]


def container_runtime(case: Case) -> Iterator[Reason]:
    """A container runtime is there when a container is asked for."""
    if not case.wanted.container:
        return
    here = _runtimes(case)
    if not here:
        yield Reason(
            rule="container-runtime",
            level=Level.UNKNOWN,
            subject="container",
            message="a container is asked for, and which runtime the site has is not known",
        )
        return
    if not any(runtime.available for runtime in here):
        refused = ", ".join(runtime.runtime for runtime in here)
        only_some = len(here) == 1
        yield Reason(
            rule="container-runtime",
            level=Level.UNKNOWN if only_some else Level.BLOCKED,
            subject="container",
            message=f"not offered: {refused}"
            + ("; whether there is another runtime is not known" if only_some else ""),
            evidence=f"not available: {refused}",
            source=case.site.reference([i for runtime in here for i in runtime.source]),
        )


def container_build(case: Case) -> Iterator[Reason]:
    """Whether the image can be built on site; otherwise it is built elsewhere."""
    if not case.wanted.container:
        return
    here = [runtime for runtime in _runtimes(case) if runtime.available]
    if not here:
        return
    able = [runtime for runtime in here if runtime.build == "yes"]
    if able:
        return
    limited = next((runtime for runtime in here if runtime.build == "limited"), None)
    known = limited or next((runtime for runtime in here if runtime.build == "no"), None)
    first = known or here[0]
    message = (
        f"images can be built on site with limits: {limited.build_how or limited.runtime}"
        if limited
        else "images can't be built on site"
        if known
        else "whether images can be built on site is not known"
    )
    yield Reason(
        rule="container-build",
        level=Level.WARNING,
        subject="container",
        message=message,
        evidence=f"{first.runtime} {first.version or ''}".rstrip(),
        source=case.site.reference(first.source),
        change="build the image elsewhere, for this CPU, and copy it here",
    )


def _runtimes(case: Case) -> list[Runtime]:
    return [runtime for runtime in case.site.runtimes if runtime.holds_for(case.partition.id)]
