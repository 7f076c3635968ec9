"""Several builds of one package in a stack: which of them are meant for a partition.

A stack may ask for a package once for each CPU target or GPU (`[target=x86_64_v3,
target=neoverse_v2]`, a group for GPUs). Where one build of it fits a partition, those which
don't fit are meant for other machines and count for nothing there. Where none fits, all
count, so that the rules say what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from stackbridge.resolver.wanted import WantedPackage
from stackbridge.sites.profile import Partition
from stackbridge.sites.targets import gpu_runs_on, gpu_vendor, in_range

__all__ = ["LEFT_OUT", "meant_for"]

LEFT_OUT = "meant for other machines"
"""What `Answer.where` says of a build that is left out."""


def _fits(package: WantedPackage, partition: Partition) -> bool:
    """Whether nothing is known against this build; what is not known is not held against it."""
    if package.target and partition.cpu and in_range(package.target, partition.cpu) is False:
        return False
    if package.gpu is None or partition.gpu is None:
        return True
    if not partition.gpu:
        return False
    arch = partition.gpu.arch
    if arch is None:
        return True
    if gpu_vendor(arch) != package.gpu:
        return False
    return not package.gpus or any(gpu_runs_on(gpu, arch) is not False for gpu in package.gpus)


def meant_for(packages: Sequence[WantedPackage], partition: Partition) -> tuple[bool, ...]:
    """For each package, whether it counts on this partition."""
    fits = [_fits(package, partition) for package in packages]
    fitting = {package.name for package, fit in zip(packages, fits, strict=True) if fit}
    return tuple(
        fit or package.name not in fitting for package, fit in zip(packages, fits, strict=True)
    )
