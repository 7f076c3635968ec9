"""A stack, narrowed to one site: its processors and, where the stack wants any, its GPUs.

What a stack says itself stays. A GPU is filled in only for a stack that wants one: a CPU
stack does not become a GPU stack by going to a site which has them.
"""

from __future__ import annotations

from dataclasses import replace

from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.stack import Stack
from stackbridge.sites.profile import Partition, Site
from stackbridge.sites.targets import runs_on

__all__ = ["narrow"]


def narrow(
    stack: Stack, site: Site, partition: str | None = None
) -> tuple[Stack, tuple[Notice, ...]]:
    """The stack for a site or one of its partitions, and what was assumed or dropped.

    Without a partition, the targets are the fewest that every compute partition can run.
    """
    chosen = [
        part
        for part in site.partitions
        if (part.id == partition if partition else part.role == "compute")
    ]
    notices: list[Notice] = []
    targets = lowest([part.cpu for part in chosen if part.cpu])
    if not targets:
        notices.append(
            _notice(site, Code.TARGET_ASSUMED, "no target was set", "its processors are not known")
        )
    elif not stack.targets:
        notices.append(
            _notice(site, Code.TARGET_ASSUMED, f"built for {', '.join(targets)}", _who(chosen))
        )
        stack = replace(stack, targets=targets)
    elif not any(runs_on(old, new) for old in stack.targets for new in targets):
        notices.append(
            _notice(
                site,
                Code.TARGET_LOST,
                f"the stack is built for {', '.join(stack.targets)}",
                f"the site has {', '.join(targets)}",
            )
        )
    if stack.gpus:
        stack, more = _gpus(stack, site, chosen)
        notices += more
    return stack, tuple(notices)


def lowest(targets: list[str]) -> tuple[str, ...]:
    """Those of the targets that no other one's code replaces, in their first order."""
    distinct = list(dict.fromkeys(targets))
    return tuple(
        target
        for target in distinct
        if not any(other != target and runs_on(other, target) for other in distinct)
    )


def _gpus(stack: Stack, site: Site, parts: list[Partition]) -> tuple[Stack, list[Notice]]:
    """Of the GPU architectures wanted, those which the site has."""
    there = {part.gpu.arch for part in parts if part.gpu and part.gpu.arch}
    kept = tuple(gpu for gpu in stack.gpus if gpu in there)
    if not there or kept == stack.gpus:
        return stack, []
    dropped = ", ".join(gpu for gpu in stack.gpus if gpu not in there)
    same_vendor = tuple(
        sorted(gpu for gpu in there if gpu[:3] in {wanted[:3] for wanted in stack.gpus})
    )
    found = kept or same_vendor
    if not found:
        return stack, [
            _notice(
                site,
                Code.GPU_LOST,
                f"{dropped} is wanted",
                f"the site has {', '.join(sorted(there))}",
            )
        ]
    why = "the site's GPUs are of these architectures"
    return replace(stack, gpus=found), [
        _notice(site, Code.TARGET_ASSUMED, f"GPU code for {', '.join(found)} only", why)
    ]


def _who(parts: list[Partition]) -> str:
    return "runs on " + ", ".join(part.id for part in parts)


def _notice(site: Site, code: Code, what: str, why: str) -> Notice:
    return Notice(code=code, subject=site.id, what=what, why=why)
