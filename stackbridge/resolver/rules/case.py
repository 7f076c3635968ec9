"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stackbridge.resolver.model import How, Reason
from stackbridge.resolver.offers import Offers
from stackbridge.resolver.placing import Choice
from stackbridge.resolver.wanted import Wanted
from stackbridge.sites.profile import Partition, Site

__all__ = ["Case", "Rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stack at a partition of a site, with how each of its packages comes there."""

    wanted: Wanted
    site: Site
    partition: Partition
    choices: tuple[Choice, ...]
    offers: Offers

    @property
    def builds(self) -> bool:
        """Whether anything has to be built there."""
        return any(
            choice.candidate and choice.candidate.how in (How.EASYBUILD, How.SPACK)
            for choice in self.choices
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: `name` is part of the interface, `says` one sentence for the documentation."""

    name: str
    says: str
    judge: Callable[[Case], Iterator[Reason]] = field(repr=False)
