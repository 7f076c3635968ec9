"""What is installed for a partition: the lists of modules that serve it, and which can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stackbridge.resolver.model import How
from stackbridge.sites import installed
from stackbridge.sites.installed import Listing, Module
from stackbridge.sites.profile import Partition, Site
from stackbridge.sites.targets import best

__all__ = ["Shelf", "shelves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A list as it serves one partition: which of its modules can be seen there."""

    listing: Listing
    how: How
    title: str
    source: str
    stacks: tuple[str, ...] = ()
    tree: str | None = None
    cpus: Mapping[str | None, str | None] = field(default_factory=dict)
    cpu_only: bool = False
    number: int = 0

    def shows(self, module: Module) -> bool:
        """Whether the module is visible on the partition."""
        if self.stacks and module.release not in self.stacks:
            return False
        if (
            module.tree is not None
            and self.tree is not None
            and not _in_tree(module.tree, self.tree)
        ):
            return False
        if module.cpus is not None:
            target = self.cpus.get(module.release)
            return target is not None and target in module.cpus
        return True


def _in_tree(tree: str, wanted: str) -> bool:
    """LUMI's `LC` serves L and C; `common`, `system` and `CrayEnv` serve all."""
    return tree in ("common", "system", "CrayEnv", "container") or wanted in tree


def shelves(site: Site, partition: Partition) -> Iterator[Shelf]:
    """The lists of modules that serve a partition: the site's own, then EESSI's."""
    number = 0
    for row in site.installed:
        if not row.holds_for(partition.id):
            continue
        listing = (
            installed.shipped(row.listing)
            if row.listing
            else installed.from_names(row.modules, source=site.reference(row.source))
        )
        if listing is None:
            continue
        number += 1
        yield Shelf(
            listing=listing,
            how=How.MODULE,
            title=f"{site.name}'s modules",
            source=_listing_source(listing) or site.reference(row.source),
            stacks=row.stacks,
            tree=partition.tree,
            number=number,
        )
    for delivery in site.delivery:
        if delivery.kind != "eessi" or delivery.retired or not delivery.holds_for(partition.id):
            continue
        listing = installed.shipped("eessi")
        if listing is None or partition.cpu is None:
            continue
        yield Shelf(
            listing=listing,
            how=How.EESSI,
            title="EESSI",
            source="; ".join((_listing_source(listing), site.reference(delivery.source))),
            cpus=_eessi_targets(partition.cpu),
            cpu_only=delivery.cpu_only,
            number=100,
        )


_eessi_kept: dict[str, dict[str | None, str | None]] = {}


def _eessi_targets(cpu: str) -> dict[str | None, str | None]:
    """EESSI release -> the CPU target that it uses on this microarchitecture."""
    if cpu not in _eessi_kept:
        listing = installed.shipped("eessi")
        releases = listing.releases() if listing else ()
        _eessi_kept[cpu] = {
            release: best(cpu, listing.cpus(release)) if listing else None for release in releases
        }
    return _eessi_kept[cpu]


def _listing_source(listing: Listing) -> str:
    return f"{listing.source} ({listing.date})" if listing.date else listing.source
