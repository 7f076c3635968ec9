"""What a check finds: verdicts, reasons, and how each package comes to a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from stackbridge.hub.notices import NOWHERE, Place

__all__ = ["CAN_RUN", "Answer", "How", "Level", "Reason", "Report", "Result", "Verdict", "worst"]


class Verdict(str, Enum):
    """Whether a stack fits a partition. Members stand in order, the best first.

    What is certain goes before what is not known: a stack that surely needs changes is not
    called unknown because something else is.
    """

    READY = "ready"
    BUILDABLE = "buildable"
    UNKNOWN = "unknown"
    CHANGES_NEEDED = "changes-needed"
    BLOCKED = "blocked"


CAN_RUN = frozenset({Verdict.READY, Verdict.BUILDABLE})


class Level(str, Enum):
    """What one reason means. `note` and `warning` leave the verdict as it is."""

    NOTE = "note"
    WARNING = "warning"
    BUILDABLE = "buildable"
    UNKNOWN = "unknown"
    CHANGES_NEEDED = "changes-needed"
    BLOCKED = "blocked"


class How(str, Enum):
    """How a package comes to a partition. `none`: not at all, or not as far as is known."""

    MODULE = "module"
    EESSI = "eessi"
    EASYBUILD = "easybuild"
    SPACK = "spack"
    CONTAINER = "container"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One finding. `evidence` is the fact it rests on, `source` where that fact is from.

    `change` says what would make it good, or is empty. `place` is where the subject stands
    in the input.
    """

    rule: str
    level: Level
    subject: str
    message: str
    evidence: str = ""
    source: str = ""
    change: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one package comes there: `version` is the one found, `where` names the module,
    recipe or image.
    """

    name: str
    wanted: str
    version: str | None
    how: How
    where: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One partition of one site. `unknown` lists the facts which are missing."""

    site: str
    site_name: str
    partition: str
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    answers: tuple[Answer, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def can_run(self) -> bool:
        """Whether the stack runs there as it is, perhaps after building."""
        return self.verdict in CAN_RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole check: results in the order of the sites asked for."""

    stack: str
    source: str | None = None
    format: str | None = None
    results: tuple[Result, ...] = ()

    def by_site(self) -> dict[str, tuple[Result, ...]]:
        """Site id -> its partitions' results, the best verdict first."""
        order = list(Verdict)
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.site, []).append(result)
        return {
            site: tuple(sorted(results, key=lambda result: order.index(result.verdict)))
            for site, results in found.items()
        }

    @property
    def ok(self) -> bool:
        """Whether every site has a partition that can run the stack."""
        return all(results[0].can_run for results in self.by_site().values())


_LEVELS = list(Level)
_VERDICTS = {
    Level.NOTE: Verdict.READY,
    Level.WARNING: Verdict.READY,
    Level.BUILDABLE: Verdict.BUILDABLE,
    Level.UNKNOWN: Verdict.UNKNOWN,
    Level.CHANGES_NEEDED: Verdict.CHANGES_NEEDED,
    Level.BLOCKED: Verdict.BLOCKED,
}


def worst(reasons: Iterable[Reason]) -> Verdict:
    """The verdict that follows from reasons: that of the gravest one, ready without any."""
    levels = [_LEVELS.index(reason.level) for reason in reasons]
    return _VERDICTS[_LEVELS[max(levels, default=0)]]
