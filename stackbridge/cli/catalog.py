"""`stackbridge catalog`: what the catalog holds, how it is built, how it leaves."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackbridge.cli.common import format_option, print_json, write_text

if TYPE_CHECKING:
    from stackbridge.catalog.build import Built
    from stackbridge.catalog.facts import Inputs

__all__ = ["catalog"]


@click.group(epilog="Example: stackbridge catalog info")
def catalog() -> None:
    """Show, build or export the catalog of names."""


@catalog.command(epilog="Example: stackbridge catalog info --format json")
@click.option("--catalog", "path", metavar="FILE", help="Catalog to show.")
@format_option("text", "json")
def info(path: str | None, output_format: str) -> None:
    """Show what the catalog was made of and how much it holds."""
    from stackbridge.catalog.lookup import Catalog, shipped_path

    with Catalog.open(path) as opened:
        data = opened.info
    file = Path(path) if path else shipped_path()
    data = {"file": str(file), "bytes": file.stat().st_size, **data}
    if output_format == "json":
        print_json(data)
        return
    click.echo(f"{data['identities']:,} identities, {data['names']:,} names")
    click.echo(f"{data['file']}, {data['bytes'] / 1e6:.1f} MB")
    for ecosystem, count in data["counts"].items():
        made_of = data["inputs"].get(ecosystem)
        click.echo(f"  {ecosystem:<13} {count:>7,}{f'  from {made_of}' if made_of else ''}")


@catalog.command(
    epilog="Example: stackbridge catalog build --spack-packages spack-packages "
    "--easyconfigs easybuild-easyconfigs/easybuild/easyconfigs -o catalog.sqlite"
)
@click.option("--spack-packages", metavar="DIR", help="A spack-packages checkout.")
@click.option("--easyconfigs", metavar="DIR", help="Easyconfigs, searched below DIR.")
@click.option("--guix", "guix_file", metavar="FILE", help="Guix's packages as JSON (or .gz).")
@click.option(
    "--debian",
    "debian_files",
    metavar="[SUITE=]FILE",
    multiple=True,
    help="A suite's `Sources` index (plain, .gz or .xz); older suites first. Repeatable.",
)
@click.option("--rules", metavar="FILE", help="Curated rules instead of the shipped ones.")
@click.option("--release", "releases", metavar="ECOSYSTEM=TEXT", multiple=True,
              help="What to call an input in the catalog (commit or release).")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", required=True, help="Where to write it.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--quiet", is_flag=True, help="No progress.")
def build(
    *,
    spack_packages: str | None,
    easyconfigs: str | None,
    guix_file: str | None,
    debian_files: tuple[str, ...],
    rules: str | None,
    releases: tuple[str, ...],
    output: str,
    force: bool,
    quiet: bool,
) -> None:
    """Build a catalog from recipes; the same inputs give the same bytes.

    The output is written whole or not at all.
    """
    from stackbridge.catalog.build import build as build_catalog
    from stackbridge.catalog.rules import load_rules
    from stackbridge.catalog.store import write
    from stackbridge.errors import UsageError

    target = Path(output)
    if target.exists() and not force:
        raise UsageError(f"{output}: exists already", hint="`--force` overwrites it")
    if not (spack_packages or easyconfigs or guix_file or debian_files):
        raise UsageError(
            "a catalog is built from something",
            hint="name at least one of --spack-packages, --easyconfigs, --guix, --debian",
        )
    decided = load_rules(Path(rules) if rules else None)
    say = _Progress(quiet=quiet)
    inputs = gather(spack_packages, easyconfigs, guix_file, debian_files, say, releases=releases)
    built = build_catalog(inputs, decided, say.step)
    say.step("writing")
    write(target, built.identities, built.meta, built.bundles)
    say.done()
    _report(built, target)


def _report(built: Built, target: Path) -> None:
    click.echo(
        f"{len(built.identities):,} identities, {target.stat().st_size / 1e6:.1f} MB in {target}",
        err=True,
    )
    if built.unused:
        click.echo(f"{len(built.unused)} rules met nothing in these inputs", err=True)


class _Progress:
    """One line on a terminal; one line for each step elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()

    def step(self, text: str) -> None:
        if not self._quiet:
            click.echo(
                f"\r\x1b[K{text}" if self._terminal else text, err=True, nl=not self._terminal
            )

    def count(self, what: str) -> Any:
        def said(done: int, total: int) -> None:
            if self._terminal or done == total:
                self.step(f"{what}: {done:,} of {total:,}")

        return said

    def done(self) -> None:
        if not self._quiet and self._terminal:
            click.echo("\r\x1b[K", err=True, nl=False)


def gather(
    spack_packages: str | None,
    easyconfigs: str | None,
    guix_file: str | None,
    debian_files: tuple[str, ...],
    say: _Progress,
    *,
    releases: tuple[str, ...] = (),
) -> Inputs:
    """The facts of all inputs. Raises InputError for one that is missing, cut off or wrong."""
    from stackbridge.catalog.facts import Fact, Inputs

    facts: list[Fact] = []
    provenance: dict[str, str] = {}
    bundles: dict[Any, Any] = {}
    if spack_packages:
        from stackbridge.ecosystems.spack.facts import facts as spack_facts
        from stackbridge.ecosystems.spack.index import open_index

        root = _repository(Path(spack_packages))
        index = open_index([root], None, progress=say.count("Spack packages"))
        facts += spack_facts(index)
        provenance["spack"] = _checkout(root) or "spack-packages"
    if easyconfigs:
        from stackbridge.ecosystems.easybuild.facts import gather as gather_easyconfigs

        gathered = gather_easyconfigs(Path(easyconfigs), say.count("easyconfigs"))
        facts += gathered.facts
        bundles = gathered.bundles
        provenance["easybuild"] = _easybuild_release(Path(easyconfigs))
        for message in gathered.unread[:10]:
            click.echo(f"not read: {message}", err=True)
    if guix_file:
        from stackbridge.ecosystems.guix import index as guix

        say.step("Guix packages")
        document = guix.load(Path(guix_file))
        facts += guix.facts(document, guix_file)
        provenance["guix"] = f"Guix {document.get('guix_version', '')}".strip()
    if debian_files:
        from stackbridge.ecosystems.debian import sources

        say.step("Debian sources")
        suites: dict[str, list[Any]] = {}
        for given in debian_files:
            suite, file = _suite(given)
            suites.setdefault(suite, []).extend(sources.read_sources(_text_of(file), file))
        facts += sources.facts(suites.items())
        provenance["debian"] = ", ".join(suites)
    for given in releases:
        ecosystem, _, text = given.partition("=")
        if ecosystem in provenance and text:
            provenance[ecosystem] = text
    return Inputs(facts=tuple(facts), provenance=provenance, bundles=bundles)


def _repository(path: Path) -> Path:
    """The repository below a checkout: the directory with `repo.yaml`."""
    for candidate in (path, path / "repos" / "spack_repo" / "builtin"):
        if (candidate / "repo.yaml").is_file():
            return candidate
    from stackbridge.errors import InputError

    raise InputError(
        "there is no Spack package repository here",
        file=str(path),
        hint="expected `repo.yaml`, or a checkout of spack-packages",
    )


def _checkout(path: Path) -> str | None:
    """The commit which a checkout stands at, read without running git."""
    for parent in (path, *path.parents):
        head = parent / ".git" / "HEAD"
        if not head.is_file():
            continue
        text = head.read_text(encoding="utf-8", errors="replace").strip()
        if text.startswith("ref: "):
            name = text[5:]
            reference = parent / ".git" / name
            if reference.is_file():
                text = reference.read_text(encoding="utf-8").strip()
            else:
                packed = parent / ".git" / "packed-refs"
                rows = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
                text = next((row.split()[0] for row in rows if row.endswith(f" {name}")), "")
        return f"{parent.name} {text[:12]}" if re.fullmatch(r"[0-9a-f]{40}", text) else None
    return None


def _easybuild_release(path: Path) -> str:
    """`EasyBuild 5.4.1` from EasyBuild's own easyconfigs, or the checkout's commit."""
    from packaging.version import InvalidVersion, Version

    newest: Version | None = None
    for file in path.glob("e/EasyBuild/EasyBuild-*.eb"):
        try:
            version = Version(file.stem.removeprefix("EasyBuild-"))
        except InvalidVersion:
            continue
        newest = version if newest is None or version > newest else newest
    return f"EasyBuild {newest}" if newest else _checkout(path) or "easyconfigs"


def _suite(given: str) -> tuple[str, str]:
    """(suite, file) of `trixie=FILE`, or of a file named as apt names it."""
    head, _, tail = given.partition("=")
    if tail and re.fullmatch(r"[a-z][a-z0-9-]*", head):
        return head, tail
    found = re.search(r"dists_([a-z]+)_", Path(given).name)
    return (found[1] if found else Path(given).name.partition(".")[0]), given


def _text_of(file: str) -> str:
    """The text of a file, uncompressed by what it is, not by its name. Raises InputError."""
    import gzip
    import lzma
    import zlib

    from stackbridge.errors import InputError

    try:
        raw = Path(file).read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        elif raw[:6] == b"\xfd7zXZ\x00":
            raw = lzma.decompress(raw)
        elif raw[:4] == b"\x04\x22\x4d\x18":
            raise InputError(
                "this file is compressed with lz4",
                file=file,
                hint="`/usr/lib/apt/apt-helper cat-file FILE` uncompresses it",
            )
        return raw.decode("utf-8")
    except (OSError, EOFError, zlib.error, lzma.LZMAError, UnicodeDecodeError) as error:
        raise InputError(
            f"the index can't be read: {error}", file=file, hint="download it again"
        ) from error


@catalog.command(
    epilog="Example: stackbridge catalog export -t easybuild -o easybuild.mapping.json"
)
@click.option("-t", "--to", "ecosystem", metavar="ECOSYSTEM", required=True,
              help="Whose names: easybuild, guix, spack or debian.")  # fmt: skip
@click.option("--catalog", "path", metavar="FILE", help="Catalog to use.")
@click.option("--overlay", metavar="FILE", help="A site's own names (YAML) on top of it.")
@click.option("-o", "--output", metavar="FILE", default="-", show_default=True)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def export(
    *, ecosystem: str, path: str | None, overlay: str | None, output: str, force: bool
) -> None:
    """Write a PEP 804 mapping file of one ecosystem."""
    from stackbridge.catalog.export import mapping
    from stackbridge.catalog.lookup import Catalog

    with Catalog.open(path, overlay) as opened:
        data = mapping(opened.identities(), ecosystem)
    write_text(output, json.dumps(data, indent=2, ensure_ascii=False) + "\n", force=force)
