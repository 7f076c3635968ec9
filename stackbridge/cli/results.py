"""What conversions gave, made ready to be shown, written and reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from stackbridge.cli.common import show_notices
from stackbridge.cli.files import Outputs, left_over
from stackbridge.errors import StackBridgeError
from stackbridge.reports.terminal import printable

if TYPE_CHECKING:
    from stackbridge.hub.notices import Notice

__all__ = ["Part", "Results"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one source became; plain data, so that another process can hand it back.

    `files` are named relative to the output directory; `main` is the one that stands alone.
    """

    source: str
    format: str = ""
    names: str | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, str]
    main: str = ""
    error: StackBridgeError | None = None

    def alone(self) -> Part:
        """Only the main file, with a notice for each of the others."""
        from stackbridge.hub.notices import Code, Notice

        left = tuple(
            Notice(
                code=Code.FILE_LEFT_OUT,
                subject=name,
                what="was not written",
                why="the output is a single file",
                instead="name a directory with `-o DIR/` to have all files",
            )
            for name in self.files
            if name != self.main
        )
        return replace(self, files={self.main: self.files[self.main]}, notices=self.notices + left)

    def below(self, folder: PurePath) -> Part:
        """The same, its files in a folder."""
        return replace(self, files={str(folder / name): text for name, text in self.files.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All parts of one run. `directory`: the output is one, and holds the files of all."""

    source: str
    target_format: str
    output: str
    directory: bool
    parts: Sequence[Part]

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All notices in their order."""
        return tuple(notice for part in self.parts for notice in part.notices)

    @property
    def files(self) -> dict[str, str]:
        """All files by their names below the output directory."""
        return {name: text for part in self.parts for name, text in part.files.items()}

    @property
    def failures(self) -> tuple[StackBridgeError, ...]:
        """What went wrong with single sources of many."""
        return tuple(part.error for part in self.parts if part.error is not None)

    def show(self) -> None:
        """Notices and failures on standard error."""
        show_notices(self.notices)
        for error in self.failures:
            click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)

    def add_to(self, outputs: Outputs, *, force: bool) -> None:
        """Name the files that are to be written."""
        if self.directory:
            outputs.directory(self.output, self.files, force=force)
            return
        for text in self.files.values():
            outputs.text(self.output, text, force=force)

    def report(self, catalog: str | None) -> dict[str, Any]:
        """The report's data; shape: `schemas/translation.schema.json`."""
        from stackbridge.cli.report import report_of
        from stackbridge.reports.translation import Conversion

        single = "<stdout>" if self.output == "-" else Path(self.output).name
        return report_of(
            source=self.source,
            source_formats=[part.format for part in self.parts if part.format],
            target_format=self.target_format,
            output="<stdout>" if self.output == "-" else self.output,
            catalog=catalog,
            conversions=[
                Conversion(
                    source="<stdin>" if part.source == "-" else part.source,
                    names=part.names,
                    files=tuple(part.files),
                    rows=part.rows,
                    notices=part.notices,
                    error=str(part.error) if part.error is not None else "",
                )
                for part in self.parts
            ],
            files=self.files if self.directory else {single: next(iter(self.files.values()))},
        )

    def say_written(self) -> None:
        """One line on standard error about what was written."""
        if self.output == "-":
            return
        from stackbridge.reports.translation import HOW

        counts = Counter(row["how"] for part in self.parts for row in part.rows)
        asked = counts.total() if hasattr(counts, "total") else sum(counts.values())
        said = ", ".join(f"{counts[how]} {how}" for how in reversed(HOW) if counts[how])
        count = len(self.files)
        where = f"{count} file{'s' * (count != 1)} in {self.output}" if self.directory else ""
        packages = f"{asked} package{'s' * (asked != 1)}: {said}" if asked else ""
        if line := "; ".join(part for part in (packages, where or self.output) if part):
            click.echo(line, err=True)
        self._say_left_over()
        if len(self.parts) > 1:
            good = len(self.parts) - len(self.failures)
            click.echo(f"{good} of {len(self.parts)} files converted", err=True)

    def _say_left_over(self) -> None:
        """A line on files of another time: tools read them along with the new ones."""
        others = left_over(self.output, self.files) if self.directory and self.files else ()
        if others:
            named = ", ".join(printable(name) for name in others[:3])
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            click.echo(
                f"left there, not of this conversion, and read along with it: {named}{more}",
                err=True,
            )
