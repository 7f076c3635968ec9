"""`stackbridge convert`: one source, or every file of a format below a directory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from stackbridge.cli.common import (
    cache_directory,
    notice_data,
    read_source,
    refuse_losses,
    source_argument,
)
from stackbridge.cli.files import Outputs
from stackbridge.cli.many import convert_all, sources_below
from stackbridge.cli.near import with_near_misses
from stackbridge.cli.progress import progress
from stackbridge.cli.report import renderer
from stackbridge.cli.results import Part, Results
from stackbridge.errors import UsageError

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Format, Reading, Writing
    from stackbridge.hub.notices import Notice

__all__ = ["context_of", "convert", "environment_option"]


def environment_option(function: Any) -> Any:
    """`--env NAME=VALUE`: what an input's questions about the environment are answered with."""
    return click.option(
        "--env",
        "environment",
        metavar="NAME=VALUE",
        multiple=True,
        help="Answer for an environment variable that the input asks for.",
    )(function)


def context_of(
    *,
    pin: Literal["exact", "compatible", "loose"] | None = None,
    via: str | None = None,
    toolchain: str | None = None,
    release: str | None = None,
    architecture: str = "x86_64",
    easyconfigs: Sequence[str] = (),
    repositories: Sequence[str] = (),
    catalog: str | None = None,
    environment: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
) -> Context:
    """The context of one run, from options as click gives them."""
    from stackbridge.ecosystems import Context

    answers = {}
    for pair in environment:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"`--env {pair}` is not NAME=VALUE")
        answers[name] = value
    return Context(
        pin=pin,
        route=via,
        toolchain=toolchain,
        release=release,
        architecture=architecture,
        easyconfigs=tuple(easyconfigs),
        repositories=tuple(repositories),
        catalog=catalog,
        cache=cache_directory(),
        environment=answers,
        options=dict(options or {}),
    )


@dataclass(frozen=True, slots=True)
class Job:
    """One conversion; plain data, so that another process can do it."""

    source: str
    source_format: str | None
    target_format: str
    context: Context
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What one conversion read and wrote; all notices in the order in which they arose."""

    row: Format
    reading: Reading
    writing: Writing
    notices: tuple[Notice, ...]


def _silent(_text: str) -> None:
    """Progress that nobody wants to see."""


def run(job: Job, say: Callable[[str], None] = _silent) -> Done:
    """Read, narrow to the site, write; `say` is told what is being done."""
    from stackbridge.ecosystems import format_named

    writer = format_named(job.target_format).load_writer()
    row, reading = read_source(job.source, job.context, job.source_format)
    notices = reading.notices
    context = job.context
    if context.options.get("robot"):
        from stackbridge.cli.closure import with_closure

        reading, more = with_closure(reading, context)
        notices += more
    if job.site is not None:
        reading, more = narrowed(reading, job.site)
        notices += more
    say(f"translating {job.source} into {job.target_format}")
    more_options = told(composed(job, row, reading), say)
    context = replace(context, options=dict(context.options) | more_options)
    writing = writer.write(reading, context)
    return Done(row, reading, writing, notices + writing.notices)


def narrowed(reading: Reading, place: str) -> tuple[Reading, tuple[Notice, ...]]:
    """What was read, for a site or SITE/PARTITION; UsageError where there is no stack."""
    from stackbridge.cli.check import where
    from stackbridge.sites.narrow import narrow

    if reading.stack is None:
        raise UsageError("`--site` needs a stack; this input holds none")
    found = where(place)
    stack, notices = narrow(reading.stack, found.site, found.partition)
    return replace(reading, stack=stack), notices


def composed(job: Job, row: Format, reading: Reading) -> dict[str, Any]:
    """What one writer needs of another; only here do two ecosystems meet."""
    from stackbridge.cli.compose import options_for

    return options_for(job.target_format, row, reading, job.context)


def part(job: Job, source: str, say: Callable[[str], None] = _silent) -> Part:
    """The job done with one source."""
    from stackbridge.reports.translation import rows_of

    done = run(replace(job, source=source), say)
    reading, writing = done.reading, done.writing
    held = reading.stack or reading.resolution or reading.recipe
    names = held.names if held is not None else None
    notices = with_near_misses(done.notices, names, job.context.catalog)
    return Part(
        source=source,
        format=done.row.name,
        names=names,
        rows=rows_of(reading.stack, writing.delivered, notices),
        notices=notices,
        files=dict(writing.files),
        main=writing.main,
    )


def told(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """The options, whose function for recipes says which package it is at."""
    recipes = options.get("recipes")
    if not callable(recipes):
        return options

    def telling(package: Any, *further: Any) -> Any:
        say(f"generating recipes: {package.name}")
        return recipes(package, *further)

    return {**options, "recipes": telling}


@click.command(
    epilog="Example: stackbridge convert spack.yaml -t easystack -o easystack.yaml --notices n.json"
)
@source_argument()
@click.option("-f", "--from", "source_format", metavar="FORMAT", help="Format of SOURCE.")
@click.option("-t", "--to", "target_format", metavar="FORMAT", required=True, help="Format wanted.")
@click.option("-o", "--output", metavar="PATH", default="-", help="A file, a directory/, or `-`.")
@click.option(
    "--pin",
    type=click.Choice(["exact", "compatible", "loose"]),
    help="How much of a lock or of exact versions is pinned.",
)
@click.option("--via", type=click.Choice(["apt", "easybuild"]), help="How a container is filled.")
@click.option("--toolchain", metavar="NAME", help="Toolchain generation, e.g. foss-2024a.")
@click.option("--target-version", "release", metavar="V", help="Release of the tool written for.")
@click.option("--set-version", metavar="V", help="Move an easyconfig to another version.")
@click.option("--site", metavar="SITE", help="Write for this site's processors and rules.")
@click.option("--arch", "architecture", default="x86_64", show_default=True, help="Architecture.")
@click.option("--easyconfigs", multiple=True, metavar="DIR", help="Easyconfigs to choose from.")
@click.option("--repository", "repositories", multiple=True, metavar="DIR", help="Spack packages.")
@click.option("--robot", is_flag=True, help="With all that EasyBuild's robot would build.")
@click.option("--catalog", metavar="FILE", help="Catalog to use instead of the shipped one.")
@environment_option
@click.option("--notices", metavar="FILE", help="Write all notices as JSON.")
@click.option("--report", metavar="FILE", help="A page on every package: .html, .md or .json.")
@click.option("--strict", is_flag=True, help="Exit 3, writing nothing, when anything is lost.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def convert(
    *,
    source: str,
    source_format: str | None,
    target_format: str,
    output: str,
    pin: Literal["exact", "compatible", "loose"] | None,
    via: str | None,
    toolchain: str | None,
    release: str | None,
    set_version: str | None,
    site: str | None,
    architecture: str,
    easyconfigs: tuple[str, ...],
    repositories: tuple[str, ...],
    robot: bool,
    catalog: str | None,
    environment: tuple[str, ...],
    notices: str | None,
    report: str | None,
    strict: bool,
    force: bool,
) -> int:
    """Translate SOURCE (a file, `-`, or a directory of files) into another format."""
    from stackbridge.ecosystems import format_named
    from stackbridge.hub.notices import losses

    format_named(target_format).load_writer()
    context = context_of(
        pin=pin,
        via=via,
        toolchain=toolchain,
        release=release,
        architecture=architecture,
        easyconfigs=easyconfigs,
        repositories=repositories,
        catalog=catalog,
        environment=environment,
        options={
            **({"version": set_version} if set_version else {}),
            **({"robot": True} if robot else {}),
        },
    )
    many = source != "-" and Path(source).is_dir()
    as_directory = output != "-" and (many or output.endswith(os.sep) or Path(output).is_dir())
    if many and output == "-":
        raise UsageError("a directory needs `-o DIR`", hint="the results are written below it")
    if as_directory:
        context = replace(context, options={**context.options, "directory": True})
    if report is not None:
        renderer(report)  # another ending is refused before any work
    job = Job(source, source_format, target_format, context, site)
    if many:
        parts = convert_all(source, sources_below(source, source_format), partial(part, job))
    else:
        with progress(f"reading {source}") as say:
            only = part(job, source, say)
        parts = (only if as_directory else only.alone(),)
    results = Results(
        source=source,
        target_format=target_format,
        output=output,
        directory=as_directory,
        parts=parts,
    )
    results.show()
    refused = strict and bool(losses(results.notices))
    outputs = Outputs()
    if not refused:
        results.add_to(outputs, force=force)
    if notices is not None:
        text = json.dumps(notice_data(results.notices), indent=2) + "\n"
        outputs.text(notices, text, force=True)
    if report is not None:
        outputs.text(report, renderer(report)(results.report(catalog)), force=force)
    outputs.commit()
    refuse_losses(results.notices, strict=strict)
    results.say_written()
    return 2 if results.failures else 0
