"""What is installed at a site, as a resolution: its modules, one node each.

Nothing is known of how they were built but what a module's name says: version, toolchain,
accelerator. Several modules of one name and version differ in these.
"""

from __future__ import annotations

from stackbridge.errors import UsageError
from stackbridge.hub.package import Feature, Toolchain
from stackbridge.hub.resolution import Installed, Node, Resolution
from stackbridge.resolver.check import Where, partitions_of
from stackbridge.resolver.shelves import shelves
from stackbridge.sites.installed import Module, generation_of
from stackbridge.sites.profile import Gpu, Partition

__all__ = ["inventory"]


def inventory(where: Where, toolchain: str | None = None) -> Resolution:
    """The modules that can be seen on a partition (by default the site's first one).

    With a toolchain (`foss-2023b`) only those which can be loaded beside it. Names are
    EasyBuild's, as in the lists. Raises UsageError where no list of modules is known.
    """
    partition = partitions_of(where)[0]
    asked = Module(label="", name="", version="", toolchain=toolchain)
    wanted = generation_of(asked) if toolchain is not None else None
    nodes: dict[str, Node] = {}
    known = False
    for shelf in shelves(where.site, partition):
        known = True
        for module in shelf.listing:
            if not shelf.shows(module) or not _gpu_fits(module, partition):
                continue
            if wanted is not None and generation_of(module) not in (None, wanted):
                continue
            nodes.setdefault(module.label, _node(module, partition))
    if not known:
        raise UsageError(
            f"no list of what is installed at {where.site.id}/{partition.id} is known",
            hint="`stackbridge check` says what its profile holds",
        )
    return Resolution(names="easybuild", nodes=tuple(nodes.values()))


def _gpu_fits(module: Module, partition: Partition) -> bool:
    """Whether a module built for GPUs has those of the partition."""
    if not module.gpus:
        return True
    return isinstance(partition.gpu, Gpu) and partition.gpu.arch in module.gpus


def _node(module: Module, partition: Partition) -> Node:
    name, _, version = (module.toolchain or "").rpartition("-")
    accelerator = module.accelerator
    return Node(
        key=module.label,
        name=module.name,
        version=module.version,
        features=(Feature(name=accelerator, value=True),) if accelerator else (),
        toolchain=Toolchain(name=name, version=version) if name else None,
        target=partition.cpu,
        installed=Installed(modules=(module.label,)),
    )
