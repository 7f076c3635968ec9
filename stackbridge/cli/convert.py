"""`stackbridge convert`: one source, or every file of a format below a directory."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from stackbridge.cli.common import (
    cache_directory,
    read_source,
    refuse_losses,
    show_notices,
    source_argument,
    write_directory,
    write_text,
)
from stackbridge.errors import InputError, StackBridgeError, UsageError

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


def run(job: Job) -> Done:
    """Read, narrow to the site, write."""
    from stackbridge.ecosystems import format_named

    writer = format_named(job.target_format).load_writer()
    row, reading = read_source(job.source, job.context, job.source_format)
    notices = reading.notices
    context = job.context
    if job.site is not None:
        reading, more = narrowed(reading, job.site)
        notices += more
    context = replace(context, options=dict(context.options) | composed(job, row, reading))
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
    catalog: str | None,
    environment: tuple[str, ...],
    notices: str | None,
    report: str | None,
    strict: bool,
    force: bool,
) -> int:
    """Translate SOURCE (a file, `-`, or a directory of files) into another format."""
    from stackbridge.ecosystems import format_named

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
        options={"version": set_version} if set_version else {},
    )
    as_directory = output != "-" and (output.endswith(os.sep) or Path(output).is_dir())
    if as_directory:
        context = replace(context, options={**context.options, "directory": True})
    job = Job(source, source_format, target_format, context, site)
    if source != "-" and Path(source).is_dir():
        return convert_directory(job, output, notices, strict=strict, force=force)
    render = renderer(report) if report is not None else None
    done = run(job)
    writing, found = done.writing, done.notices
    if not as_directory:
        found += left_out(writing)
    show_notices(found, notices)
    if report is not None and render is not None:
        write_text(report, render(report_of(job, replace(done, notices=found))), force=force)
    refuse_losses(found, strict=strict)
    if as_directory:
        write_directory(output, writing.files, force=force)
    else:
        write_text(output, writing.files[writing.main], force=force)
    return 0


def renderer(report: str) -> Callable[[dict[str, Any]], str]:
    """What makes a report, by the ending of its file name; UsageError for another ending."""
    from stackbridge.reports import translation_pages

    if report.endswith((".html", ".htm")):
        return translation_pages.render_html
    if report.endswith(".md"):
        return translation_pages.render_markdown
    if report.endswith(".json"):
        return lambda view: json.dumps(view, indent=2, ensure_ascii=False) + "\n"
    raise UsageError(f"--report {report}: ends in none of .html, .md, .json")


def report_of(job: Job, done: Done) -> dict[str, Any]:
    """The report's data, with how each package's identity is known."""
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.ecosystems import format_named
    from stackbridge.reports.translation import translation_view

    stack = done.reading.stack
    view = translation_view(
        source=job.source,
        source_format=done.row.name,
        target_format=job.target_format,
        main=done.writing.main,
        stack=stack,
        delivered=done.writing.delivered,
        notices=done.notices,
    )
    names = stack.names if stack is not None else None
    target = format_named(job.target_format).ecosystem
    with Catalog.open(job.context.catalog) as catalog:
        for package in view["packages"]:
            identity = catalog.find(package["package"], names)
            found = identity.names.get(target, ()) if identity is not None else ()
            if found and found[0].tier is not None:
                details = (e.detail for e in found[0].evidence if e.tier is found[0].tier)
                detail = next(details, "")
                package["identity"] = f"{found[0].name}: {found[0].tier.value} {detail}".strip()
    return view


def left_out(writing: Writing) -> tuple[Notice, ...]:
    """A notice for each further file of an output that goes to a single one."""
    from stackbridge.hub.notices import Code, Notice

    return tuple(
        Notice(
            code=Code.FILE_LEFT_OUT,
            subject=name,
            what="was not written",
            why="the output is a single file",
            instead="name a directory with `-o DIR/` to have all files",
        )
        for name in writing.files
        if name != writing.main
    )


# --- directories -------------------------------------------------------------------------


def sources_below(root: str, source_format: str | None) -> Iterator[str]:
    """Every file below a directory that is of the format, or looks like any."""
    import fnmatch

    from stackbridge.ecosystems import FORMATS, format_named

    rows = [format_named(source_format)] if source_format else [r for r in FORMATS if r.reader]
    patterns = [name for row in rows for name in row.names]
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                yield str(Path(folder) / name)


def attempt(job: Job) -> tuple[Job, Writing | None, tuple[Notice, ...], StackBridgeError | None]:
    """Run one job; a failure is a value, so that the others go on."""
    try:
        done = run(job)
    except StackBridgeError as error:
        return job, None, (), error
    return job, done.writing, done.notices, None


def convert_directory(
    job: Job, output: str, notices_file: str | None, *, strict: bool, force: bool
) -> int:
    """Convert every file below a directory, in parallel; 2 when any of them failed."""
    if output == "-":
        raise UsageError("a directory needs `-o DIR`", hint="the results are written below it")
    found = list(sources_below(job.source, job.source_format))
    if not found:
        raise InputError("no file of a known format below this directory", file=job.source)
    jobs = [replace(job, source=name) for name in found]
    notices: list[Notice] = []
    failures: list[StackBridgeError] = []
    files: dict[str, str] = {}
    workers = min(os.cpu_count() or 1, len(jobs))
    with (
        ProcessPoolExecutor(max_workers=workers) as pool,
        click.progressbar(
            pool.map(attempt, jobs), length=len(jobs), label="converting", file=sys.stderr
        ) as results,
    ):
        for done, writing, more, error in results:
            notices += more
            if error is not None:
                failures.append(error)
            elif writing is not None:
                place = Path(done.source).relative_to(job.source).with_suffix("")
                files.update({str(place / name): text for name, text in writing.files.items()})
    show_notices(notices, notices_file)
    for error in failures:
        click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
    refuse_losses(notices, strict=strict)
    write_directory(output, files, force=force)
    click.echo(f"{len(jobs) - len(failures)} of {len(jobs)} files converted", err=True)
    return 2 if failures else 0
