"""`stackbridge site`: list, show, validate and detect site profiles."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackbridge.cli import common
from stackbridge.errors import StackBridgeError

if TYPE_CHECKING:
    from stackbridge.sites.profile import Partition, Site

__all__ = ["site"]


@click.group(epilog="Example: stackbridge site show lumi")
def site() -> None:
    """List, show, validate or detect sites."""


@site.command(
    "installed",
    epilog="Example: stackbridge site installed karolina/qcpu --toolchain foss-2023b "
    "--format packages.yaml",
)
@click.argument("place", metavar="SITE[/PARTITION]")
@click.option("--toolchain", metavar="NAME", help="Only what can be loaded with it.")
@common.format_option("text", "json", "packages.yaml")
@click.option("-o", "--output", default="-", metavar="PATH", help="Where to write; `-`: here.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--notices", metavar="FILE", help="Write all notices as JSON.")
def installed(
    *,
    place: str,
    toolchain: str | None,
    output_format: str,
    output: str,
    force: bool,
    notices: str | None,
) -> None:
    """List the modules of a site's partition, or write them as Spack's externals."""
    from stackbridge.cli.check import where
    from stackbridge.resolver.inventory import inventory

    found = where(place)
    resolution = inventory(found, toolchain)
    if output_format == "packages.yaml":
        from stackbridge.ecosystems import Context, Reading, format_named

        writer = format_named("spack-externals").load_writer()
        writing = writer.write(Reading(resolution=resolution), Context())
        common.show_notices(writing.notices, notices)
        common.write_text(output, writing.files[writing.main], force=force)
        return
    rows = [
        {
            "module": node.installed.modules[0] if node.installed else "",
            "name": node.name,
            "version": node.version,
            "toolchain": str(node.toolchain) if node.toolchain else None,
            "target": node.target,
        }
        for node in resolution.nodes
    ]
    text = "".join(f"{row['module']}\n" for row in rows)
    if output_format == "json":
        text = json.dumps(rows, indent=2) + "\n"
    common.write_text(output, text, force=force)


@site.command("list", epilog="Example: stackbridge site list --format json")
@common.format_option("text", "json")
def list_sites(*, output_format: str) -> None:
    """List the sites whose profiles are shipped."""
    from stackbridge.sites.shipped import all_sites

    sites = all_sites()
    if output_format == "json":
        common.print_json([_row(profile) for profile in sites])
        return
    width = max(len(profile.id) for profile in sites)
    for profile in sites:
        machines = sorted({_machine(partition) for partition in profile.partitions})
        click.echo(f"{profile.id:{width}}  {profile.country or '??'}  {', '.join(machines)}")


def _machine(partition: Partition) -> str:
    cpu = partition.cpu or "cpu unknown"
    return f"{cpu}+{partition.gpu.arch}" if partition.gpu and partition.gpu.arch else cpu


def _row(profile: Site) -> dict[str, Any]:
    return {
        "id": profile.id,
        "name": profile.name,
        "operator": profile.operator,
        "country": profile.country,
        "as_of": profile.as_of,
        "partitions": [
            {
                "id": partition.id,
                "role": partition.role,
                "cpu": partition.cpu,
                "gpu": partition.gpu.arch if partition.gpu else None,
                "gpu_known": partition.gpu is not None,
            }
            for partition in profile.partitions
        ],
    }


@site.command(epilog="Example: stackbridge site show karolina --format json")
@click.argument("name", metavar="SITE")
@common.format_option("text", "json")
def show(*, name: str, output_format: str) -> None:
    """Show a site's profile: a shipped one by its name, or a file."""
    from stackbridge.sites.document import check_shape
    from stackbridge.sites.shipped import names, text_of
    from stackbridge.yamltext import load

    if name in names() or not Path(name).is_file():
        text, file = text_of(name), f"{name}.yaml"
    else:
        text, found = common.load(name)
        file = found or "<stdin>"
    if output_format == "text":
        click.echo("\n".join(common.printable(line) for line in text.splitlines()))
        return
    common.print_json(check_shape(load(text, file), file))


@site.command(epilog="Example: stackbridge site validate our-cluster.yaml")
@common.source_argument(many=True)
@common.format_option("text", "json")
@click.pass_context
def validate(context: click.Context, *, sources: tuple[str, ...], output_format: str) -> None:
    """Say whether profiles are right, with line and hint. Exit code 2 when one is not."""
    from stackbridge.sites.document import read_site

    rows: list[dict[str, Any]] = []
    worst = 0
    for source in sources:
        try:
            text, name = common.load(source)
            read_site(text, name or "<stdin>")
        except StackBridgeError as error:
            worst = error.exit_code
            rows.append(
                {
                    "file": source,
                    "ok": False,
                    "line": error.line,
                    "message": error.message,
                    "hint": error.hint,
                }
            )
            if output_format == "text":
                click.echo("\n".join(map(common.printable, str(error).splitlines())), err=True)
        else:
            rows.append({"file": source, "ok": True, "line": None, "message": None, "hint": None})
            if output_format == "text":
                click.echo(f"{common.printable(source)}: ok")
    if output_format == "json":
        common.print_json(rows)
    context.exit(worst)


@site.command(epilog="Example: stackbridge site detect --id our-cluster -o our-cluster.yaml")
@click.option("--id", "name", default="here", show_default=True, help="The profile's id.")
@common.format_option("text", "json")
@click.option("-o", "--output", default="-", metavar="PATH", help="Where to write; `-`: here.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def detect(*, name: str, output_format: str, output: str, force: bool) -> None:
    """Write a profile of this machine: system, CPU, GPUs, MPI, modules, containers, EESSI.

    Programs are asked for their versions; nothing of the user is read. What was not seen is
    left out, which means unknown: a login node does not show the GPUs of compute nodes.
    """
    import datetime as dt
    import json

    from stackbridge.sites.detect import look, profile
    from stackbridge.sites.document import read_site
    from stackbridge.yamltext import dump

    today = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    data = profile(look(Path("/"), os.environ), site=name, date=today)
    text = dump(data)
    read_site(text, "the profile")
    if output_format == "json":
        text = json.dumps(data, indent=2) + "\n"
    common.write_text(output, text, force=force)
