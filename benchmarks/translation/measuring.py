"""The stacks, each translated as `stackbridge convert` does, and what became of its packages."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.translation.judging import Judgement
from stackbridge.cli.convert import Job, run
from stackbridge.ecosystems import Context, Delivered, Writing
from stackbridge.ecosystems.easybuild import easystack
from stackbridge.ecosystems.easybuild.choosing.offers import open_release
from stackbridge.errors import StackBridgeError

HEADER = (
    "| stack | packages | exact | bundle | approximated | generated | lost | accepted "
    "| ours, s | tool's, s |"
)
RULE = "|---|---|---|---|---|---|---|---|---|---|"
NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One stack in one direction; `inexact` are rows that say exact and are not."""

    stack: str
    rows: tuple[Delivered, ...] = ()
    judged: Judgement = field(default_factory=Judgement)
    seconds: float = 0.0
    failure: str = ""
    inexact: tuple[str, ...] = ()

    def line(self) -> str:
        """The table's row."""
        if self.failure:
            return f"| {self.stack} | not translated: {self.failure}" + " |" * 9
        counts = Counter(row.how for row in self.rows)
        took = self.judged.seconds
        cells = (
            self.stack,
            f"{len(self.rows):,}",
            f"{counts['exact']:,}",
            f"{counts['bundle']:,}",
            f"{counts['approximated']:,}" + self.kinds("approximated"),
            f"{counts['generated']:,}" + self.kinds("generated"),
            f"{counts['lost']:,}",
            self.judged.said,
            f"{self.seconds:.2f}",
            "-" if took is None else f"{took:.1f}",
        )
        return f"| {' | '.join(cells)} |"

    def kinds(self, how: str) -> str:
        """` (version-approximated 2, ...)`: the kinds of those rows, the commonest first."""
        found = Counter(kind for row in self.rows if row.how == how for kind in row.kinds)
        said = ", ".join(f"{kind} {n}" for kind, n in found.most_common())
        return f" ({said})" if said else ""

    def lost(self) -> str:
        """The names of what is lost, and of how many names."""
        names = dict.fromkeys(software(row) for row in self.rows if row.how == "lost")
        every = {software(row) for row in self.rows}
        shown = ", ".join(f"`{name}`" for name in list(names)[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        line = f"- {self.stack}, {len(names):,} of {len(every):,} names: {shown}{more}"
        return line if names else ""


def software(row: Delivered) -> str:
    """The name that a row's request begins with."""
    return re.split(r"[@ ~+^%]", row.subject)[0]


def convert(
    name: str, source: Path, source_format: str, target: str, context: Context
) -> tuple[Result, Writing | None]:
    """Translate one file as `stackbridge convert` does; CPU seconds of this process."""
    start = sum(os.times()[:4])
    try:
        done = run(Job(str(source), source_format, target, context))
    except StackBridgeError as error:
        return Result(stack=name, failure=str(error.message).replace("|", "/")), None
    seconds = sum(os.times()[:4]) - start
    rows = done.writing.delivered
    return Result(stack=name, rows=rows, seconds=seconds), done.writing


def merged(directory: Path) -> list[str]:
    """Every easyconfig that easystacks below a directory name, once."""
    names: dict[str, None] = {}
    for path in sorted((*directory.rglob("*.yml"), *directory.rglob("*.yaml"))):
        found, _ = easystack.parse(path.read_text(encoding="utf-8"), path.name)
        names |= {entry.easyconfig: None for entry in found.entries}
    return list(names)


def generation(name: str) -> list[str]:
    """Every easyconfig of the release with a toolchain of that generation."""
    release = open_release(Context())
    chosen = next(one for one in release.generations() if str(one) == name)
    levels = set(chosen.levels)
    return [
        offer.file
        for software in sorted(release.software)
        for offer in release.offers(software)
        if offer.toolchain in levels
    ]


def easystack_of(names: Iterable[str], path: Path) -> Path:
    """A file that names those easyconfigs."""
    lines = [f"  - {json.dumps(name)}\n" for name in names]
    path.write_text("easyconfigs:\n" + "".join(lines), encoding="utf-8")
    return path


def totals(target: str, results: Iterable[Result]) -> str:
    """One sentence on all stacks of a direction; empty without any."""
    rows = [row for result in results for row in result.rows]
    if not rows:
        return ""
    counts: Mapping[str, int] = Counter(row.how for row in rows)
    same = counts["exact"] + counts["bundle"]
    return (
        f"To {target}: {len(rows):,} requests, {1 - counts['lost'] / len(rows):.1%} delivered, "
        f"{same / len(rows):.1%} exact or in a bundle, {counts['generated'] / len(rows):.1%} "
        "by a generated recipe."
    )
