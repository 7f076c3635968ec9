"""`stackbridge build`: an image of a stack, built by a Docker engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackbridge.cli.common import (
    format_option,
    print_json,
    printable,
    read_source,
    refuse_losses,
    show_notices,
    source_argument,
)
from stackbridge.cli.convert import context_of, environment_option
from stackbridge.errors import InputError, UsageError

if TYPE_CHECKING:
    from stackbridge.ecosystems.containers.judge import Built, NotBuilt

__all__ = ["build"]


@click.command(epilog="Example: stackbridge build recipes/md-cpu.yaml --tag md-cpu --via apt")
@source_argument()
@click.option("--tag", metavar="NAME[:TAG]", required=True, help="What the image is called.")
@click.option("-f", "--from", "source_format", metavar="FORMAT", help="Format of SOURCE.")
@click.option(
    "--via",
    type=click.Choice(["apt", "easybuild"]),
    default="apt",
    show_default=True,
    help="How the image is filled.",
)
@click.option("--toolchain", metavar="NAME", help="Toolchain generation, e.g. foss-2024a.")
@click.option("--catalog", metavar="FILE", help="Catalog to use instead of the shipped one.")
@click.option(
    "--accept-eula-for",
    "licenses",
    metavar="NAME",
    multiple=True,
    help="A license you accept, e.g. CUDA (route easybuild).",
)
@click.option(
    "--network", default="host", show_default=True, metavar="MODE", help="Network while building."
)
@environment_option
@click.option("--notices", metavar="FILE", help="Write all notices as JSON.")
@click.option("--strict", is_flag=True, help="Exit 3, building nothing, when anything is lost.")
@format_option("text", "json")
def build(
    *,
    source: str,
    tag: str,
    source_format: str | None,
    via: str,
    toolchain: str | None,
    catalog: str | None,
    licenses: tuple[str, ...],
    network: str,
    environment: tuple[str, ...],
    notices: str | None,
    strict: bool,
    output_format: str,
) -> int:
    """Build a container image of SOURCE with Docker.

    Progress goes to standard error, the answer to standard output. Exit code 1 means that
    the build failed, 4 that no Docker engine answers.
    """
    from stackbridge.cli.compose import options_for
    from stackbridge.ecosystems.containers import judge
    from stackbridge.ecosystems.containers.routes import plan
    from stackbridge.ecosystems.containers.syntax import reference, to_dockerfile

    try:
        reference(tag)
    except InputError as error:
        raise UsageError(f"`--tag`: {error.message}", hint="for example `md-cpu:1`") from error
    context = context_of(via=via, toolchain=toolchain, catalog=catalog, environment=environment)
    row, reading = read_source(source, context, source_format)
    options = options_for("dockerfile", row, reading, context)
    made = plan(reading, replace(context, options=dict(context.options) | options))
    found = reading.notices + made.notices
    show_notices(found, notices)
    refuse_losses(found, strict=strict)
    files = {"Dockerfile": to_dockerfile(made.image), **made.files}
    with judge.engine() as client:
        result = judge.build(
            client,
            files,
            tag=tag,
            arguments={"ACCEPT_EULA_FOR": " ".join(licenses)} if licenses else None,
            network=network,
            progress=lambda line: click.echo(printable(line), err=True),
        )
        if isinstance(result, judge.NotBuilt):
            return failed(result, output_format)
        packages = judge.installed(client, result.id, made.packages)
    return succeeded(result, packages, output_format)


def failed(result: NotBuilt, output_format: str) -> int:
    """Say why there is no image; exit code 1."""
    if output_format == "json":
        print_json({"built": False, "message": result.message, "step": result.step})
    where = f" in `{printable(result.step)}`" if result.step else ""
    click.echo(
        f"{click.style('not built', fg='red', bold=True)}{where}: {printable(result.message)}",
        err=True,
    )
    return 1


def succeeded(result: Built, packages: dict[str, str], output_format: str) -> int:
    """Say what was built; exit code 0."""
    if output_format == "json":
        print_json(
            {
                "built": True,
                "id": result.id,
                "digest": result.digest,
                "tag": result.tag,
                "size": result.size,
                "packages": [{"name": n, "version": v} for n, v in packages.items()],
            }
        )
        return 0
    click.echo(f"{result.tag} {result.id}")
    for name, version in packages.items():
        click.echo(f"  {name} {version}")
    return 0
