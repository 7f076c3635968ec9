"""`stackbridge lookup`: what a package is called in each ecosystem, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackbridge.cli.common import format_option, print_json, printable

if TYPE_CHECKING:
    from stackbridge.catalog.identity import Identity, Name
    from stackbridge.catalog.lookup import Match

__all__ = ["lookup"]

SHOWN = 6


@click.command(
    epilog="Examples: stackbridge lookup FFTW.MPI; stackbridge lookup igraph -f easybuild"
)
@click.argument("name")
@click.option(
    "-f",
    "--from",
    "ecosystem",
    metavar="ECOSYSTEM",
    help="Whose name it is: spack, easybuild, guix, debian, pypi, cran, bioconductor, cpan.",
)
@click.option("--catalog", metavar="FILE", help="Catalog to use instead of the shipped one.")
@click.option("--overlay", metavar="FILE", help="A site's own names (YAML) on top of it.")
@format_option("text", "json")
@click.pass_context
def lookup(
    ctx: click.Context,
    *,
    name: str,
    ecosystem: str | None,
    catalog: str | None,
    overlay: str | None,
    output_format: str,
) -> None:
    """Show what NAME is called everywhere, its versions there, and the evidence.

    Exit code 1 when nothing is found; near misses are then suggested.
    """
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.errors import UsageError

    known = ("spack", "easybuild", "guix", "debian", "pypi", "cran", "bioconductor", "cpan")
    if ecosystem is not None and ecosystem not in (*known, "gem", "crates"):
        import difflib

        near = difflib.get_close_matches(ecosystem, known, n=1)
        raise UsageError(
            f"there is no ecosystem `{ecosystem}`",
            hint=f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}",
        )
    with Catalog.open(catalog, overlay) as opened:
        matches = opened.search(name, ecosystem)
        near_names = () if matches else opened.suggest(name, ecosystem)
    if output_format == "json":
        print_json(_data(name, ecosystem, matches, near_names))
    elif matches:
        _show(matches)
    else:
        where = f" in {ecosystem}" if ecosystem else ""
        click.echo(f"no software is called `{printable(name)}`{where}", err=True)
        if near_names:
            click.echo(f"\nhint: did you mean {', '.join(near_names)}?", err=True)
    if not matches:
        ctx.exit(1)


def _data(
    name: str, ecosystem: str | None, matches: tuple[Match, ...], near: tuple[str, ...]
) -> dict[str, Any]:
    from stackbridge.catalog.export import package_urls
    from stackbridge.catalog.identity import to_plain

    identities: dict[str, dict[str, Any]] = {}
    for match in matches:
        plain = identities.setdefault(
            match.identity.key,
            {
                **to_plain(match.identity),
                "purls": package_urls(match.identity),
                "called": [],
            },
        )
        plain["called"].append(
            {"ecosystem": match.ecosystem, "name": match.name, "kind": match.kind}
        )
    return {
        "query": name,
        "ecosystem": ecosystem,
        "identities": list(identities.values()),
        "suggestions": list(near),
    }


def _show(matches: tuple[Match, ...]) -> None:
    first = matches[0].identity
    _show_identity(first)
    others: dict[str, list[str]] = {}
    for match in matches:
        if match.identity.key != first.key:
            others.setdefault(match.identity.key, []).append(
                f"{match.ecosystem} {match.kind}".strip()
            )
    if others:
        click.echo("\nOther software of that name:")
        for key, places in others.items():
            click.echo(f"  {key} ({', '.join(dict.fromkeys(places))})")


def _show_identity(identity: Identity) -> None:
    title = click.style(identity.key, bold=True)
    click.echo(f"{title}{'  (virtual)' if identity.virtual else ''}  {identity.homepage}".rstrip())
    for ecosystem, names in identity.names.items():
        for position, name in enumerate(names[:SHOWN]):
            _show_name(ecosystem if position == 0 else "", name)
        if len(names) > SHOWN:
            click.echo(f"  {'':<12}  and {len(names) - SHOWN} more names")
    for ecosystem, reason in identity.absent.items():
        click.echo(f"  {ecosystem:<12}  none  ({reason})")
    kinds: dict[str, list[str]] = {}
    for relation in identity.relations:
        when = f" when {relation.when}" if relation.when else ""
        kinds.setdefault(relation.kind, []).append(f"{relation.other}{when}")
    for kind, others in kinds.items():
        more = f" and {len(others) - 12} more" if len(others) > 12 else ""
        click.echo(f"  {kind}: {', '.join(others[:12])}{more}")


def _show_name(ecosystem: str, name: Name) -> None:
    marks = []
    if name.kind not in ("software", "registry"):
        marks.append(name.kind)
    if name.part:
        marks.append(f"part {name.part}")
    marks += list(name.features)
    if name.only:
        marks.append("some versions only")
    mark = f"  [{', '.join(marks)}]" if marks else ""
    proof = name.evidence[0] if name.evidence else None
    because = ""
    if proof is not None:
        count = f" x{proof.count}" if proof.count > 1 else ""
        because = f"  {proof.tier.value}{count} with {proof.against}"
    click.echo(f"  {ecosystem:<12}  {name.name}{mark}{because}")
    if name.releases:
        text = ", ".join(f"{release} {version}" for release, version in name.releases.items())
        click.echo(f"  {'':<12}    {text}")
    elif name.versions:
        shown = name.versions[-SHOWN:]
        more = f" and {len(name.versions) - SHOWN} older" if len(name.versions) > SHOWN else ""
        click.echo(f"  {'':<12}    {', '.join(reversed(shown))}{more}")
    bundles = sorted({item.bundle for item in name.inside if not item.private})
    bundles = bundles or sorted({item.bundle for item in name.inside})
    if bundles:
        more = f" and {len(bundles) - 4} more" if len(bundles) > 4 else ""
        click.echo(f"  {'':<12}    in {', '.join(bundles[:4])}{more}")
    packages = [b.name for b in name.binaries if b.role in ("dev", "runtime", "tools")]
    if packages and packages != [name.name]:
        more = f" and {len(packages) - 8} more" if len(packages) > 8 else ""
        click.echo(f"  {'':<12}    packages {', '.join(packages[:8])}{more}")
