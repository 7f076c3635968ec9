"""What is said of the generations of a stack: which were chosen and why, and what a given one
does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from stackbridge.ecosystems.easybuild.choosing.generation import Scored
from stackbridge.ecosystems.easybuild.choosing.parts import Part
from stackbridge.ecosystems.easybuild.choosing.requests import VIRTUALS, Request
from stackbridge.ecosystems.easybuild.choosing.selection import Choice
from stackbridge.hub.notices import Code, Notice

__all__ = ["generations_given", "parts_said"]

_NAMED = 12  # packages that a summary names


def parts_said(parts: Sequence[Part], *, chosen: bool) -> Iterator[Notice]:
    """Each part's generation; `chosen`: the main one was not the stack's own."""
    for number, part in enumerate(parts):
        if number == 0 and not chosen:
            continue
        best = next((row for row in part.scores if row.generation == part.generation), None)
        if best is None:
            continue
        count = best.count
        instead = (
            f"{part.generation}: {best.exact} of {count} packages as wanted, {best.has} at all"
        )
        other = next((row for row in part.scores if row.generation != part.generation), None)
        if other is not None:
            instead += f"; then {other.generation} with {other.exact} and {other.has}"
        if len(parts) == 1:
            what = "one toolchain generation was chosen for the whole stack"
            why = "it has most of what is wanted; `--toolchain` chooses another"
        elif not part.label:
            what = f"a toolchain generation was chosen for {_packages(count)}"
            why = "it has most of what is wanted; the others have generations of their own"
        else:
            what = f"a toolchain generation was chosen for {_packages(count)} with `{part.label}`"
            why = (
                "no other here has that compiler, or so many of them; two can't be loaded together"
            )
        yield Notice(
            code=Code.TOOLCHAIN_CHOSEN,
            subject=str(part.generation),
            what=what,
            why=why,
            instead=instead,
        )


def generations_given(
    parts: Sequence[Part], requests: Sequence[Request], choices: Mapping[int, Choice | None]
) -> Iterator[Notice]:
    """For generations that were given: which packages they do not hold, and which holds most."""
    for part in parts:
        missing = [
            request.name
            for request in requests
            if request.number in part.numbers
            and request.name not in VIRTUALS
            and _lacks(choices.get(request.number))
        ]
        if not missing:
            continue
        names = list(dict.fromkeys(missing))
        named = ", ".join(f"`{name}`" for name in names[:_NAMED])
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield Notice(
            code=Code.TOOLCHAIN_CHOSEN,
            subject=str(part.generation),
            what=f"{part.generation} was asked for and does not hold {len(missing)} of "
            f"{_packages(len(part.numbers))}: {named}{more}",
            why="the release has them in other generations only, or not at all",
            instead=_fullest(part),
        )


def _packages(count: int) -> str:
    return "1 package" if count == 1 else f"{count} packages"


def _lacks(choice: Choice | None) -> bool:
    return choice is None or choice.where not in ("generation", "system")


def _fullest(part: Part) -> str:
    """The generation that holds most of them; of several the nearest to the given one."""
    ages = list(dict.fromkeys(_age(row) for row in sorted(part.scores, key=_age)))
    rows = [row for row in part.scores if row.generation == part.generation]
    if not rows:
        return ""
    here = rows[0]
    most = max(row.has for row in part.scores)
    if here.has >= most:
        return "none of those that were weighed holds more of them"
    away = ages.index(_age(here))
    best = min(
        (row for row in part.scores if row.has == most),
        key=lambda row: (
            row.generation.name != here.generation.name,
            abs(ages.index(_age(row)) - away),
        ),
    )
    return f"`{best.generation}` holds most, {best.has} with a toolchain; this one {here.has}"


def _age(row: Scored) -> tuple[int, ...]:
    base = row.generation.base
    return tuple(int(word) for word in (base[1] if base else "0").split(".") if word.isdigit())
