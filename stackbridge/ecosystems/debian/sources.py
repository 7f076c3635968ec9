"""Debian's `Sources` indexes: source packages with their tarballs and what is built from them.

The format is deb822 (debian-policy, chapter 5); only the fields which a catalog needs are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stackbridge.catalog.facts import Fact, coordinate, coordinates_in, repository_in
from stackbridge.catalog.identity import Binary
from stackbridge.catalog.spelling import language_of
from stackbridge.errors import InputError

__all__ = ["SourcePackage", "facts", "read_sources", "role_of", "upstream_version"]

_WANTED = {
    "Package",
    "Binary",
    "Version",
    "Homepage",
    "Checksums-Sha256",
    "Package-List",
    "Directory",
}
_FIELD = re.compile(r"^([A-Za-z][\w-]*):[ \t]*(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePackage:
    """One source package of one suite; `tarballs` are (file name, sha256) of upstream files."""

    name: str
    version: str
    homepage: str = ""
    tarballs: tuple[tuple[str, str], ...] = ()
    binaries: tuple[tuple[str, str], ...] = ()


def upstream_version(version: str) -> str:
    """The upstream version in a Debian version.

    `1:4.9.0-1` is 4.9.0; `4.6.0+really4.5.4+ds-3` is 4.5.4; repacking marks (`+ds`, `+dfsg1`,
    `~ds1`, `+repack`, `+git...`) are no part of it.
    """
    text = version.split(":", 1)[-1]
    if "-" in text:
        text = text.rsplit("-", 1)[0]
    if "+really" in text:
        text = text.rsplit("+really", 1)[1].lstrip(".")
    text = re.sub(
        r"[.+~-]?(?:dfsg|ds|debian|repack|orig|cleaned|nmu|deb\d|b\d+$)[\d.~+-]*\w*$", "", text
    )
    text = re.sub(r"[+~](?:dfsg|ds|repack)[\d.]*", "", text)
    return text.rstrip("+~.-")


def role_of(name: str, section: str) -> str:
    """What a binary package is for: runtime, dev, doc, debug, data, tools, other."""
    section = section.rsplit("/", 1)[-1]
    if name.endswith(("-dbg", "-dbgsym")) or section == "debug":
        return "debug"
    if name.endswith(("-doc", "-docs", "-examples")) or section == "doc":
        return "doc"
    if name.endswith("-dev") or section == "libdevel" or re.search(r"-dev-", name):
        return "dev"
    if name.endswith(("-data", "-common")):
        return "data"
    if section in ("libs", "oldlibs", "python", "perl", "gnu-r", "ruby", "java", "haskell"):
        return "runtime"
    if name.startswith("lib") and re.search(r"\d", name):
        return "runtime"
    return "tools" if name.endswith(("-bin", "-utils", "-tools")) else "runtime"


def read_sources(text: str, file: str | None = None) -> Iterator[SourcePackage]:
    """The packages of one index. Raises InputError with the line on a broken stanza."""
    if "\0" in text:
        raise InputError("this is not a text file", file=file, hint="uncompress it first")
    stanza: dict[str, list[str]] = {}
    current: list[str] | None = None
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            if stanza:
                yield _package(stanza, file, start)
            stanza, current, start = {}, None, number + 1
        elif line[0] in " \t":
            if current is not None:
                current.append(line.strip())
        elif line.startswith("#"):
            continue
        else:
            found = _FIELD.match(line)
            if found is None:
                raise InputError(
                    "this line is no field of a Debian index",
                    file=file,
                    line=number,
                    hint="expected a `Sources` file of a suite",
                )
            name, value = found.groups()
            current = None
            if name in _WANTED:
                current = [value] if value else []
                stanza[name] = current
            elif not stanza:
                start = number
    if stanza:
        raise_if_cut(stanza, file, start)
        yield _package(stanza, file, start)


def raise_if_cut(stanza: dict[str, list[str]], file: str | None, line: int) -> None:
    """A last stanza without its checksums means that the file was cut off."""
    if "Checksums-Sha256" not in stanza or "Directory" not in stanza:
        raise InputError(
            "the index ends in the middle of a package",
            file=file,
            line=line,
            hint="download it again",
        )


def _package(stanza: dict[str, list[str]], file: str | None, line: int) -> SourcePackage:
    try:
        name = stanza["Package"][0]
        version = stanza["Version"][0]
    except (KeyError, IndexError) as error:
        raise InputError(
            "a package has no name or version",
            file=file,
            line=line,
            hint="expected a `Sources` file of a suite",
        ) from error
    tarballs = []
    for row in stanza.get("Checksums-Sha256", ()):
        words = row.split()
        if len(words) != 3 or not re.fullmatch(r"[0-9a-f]{64}", words[0]):
            raise InputError(f"`{name}` has a broken checksum", file=file, line=line)
        if re.search(r"\.orig(?:-[\w-]+)?\.tar\.\w+$", words[2]) or (
            "-" not in version and re.search(r"\.tar\.\w+$", words[2])
        ):
            tarballs.append((words[2], words[0]))
    binaries = []
    for row in stanza.get("Package-List", ()):
        words = row.split()
        if len(words) >= 3 and words[1] == "deb":
            binaries.append((words[0], role_of(words[0], words[2])))
    if not binaries:
        for binary in " ".join(stanza.get("Binary", ())).split(","):
            if binary.strip():
                binaries.append((binary.strip(), role_of(binary.strip(), "")))
    homepage = stanza.get("Homepage", [""])
    return SourcePackage(
        name=name,
        version=version,
        homepage=homepage[0] if homepage else "",
        tarballs=tuple(tarballs),
        binaries=tuple(sorted(binaries)),
    )


def facts(suites: Iterable[tuple[str, Iterable[SourcePackage]]]) -> Iterator[Fact]:
    """One fact for each source package, over suites given oldest first as (name, packages)."""
    found: dict[str, list[tuple[str, SourcePackage]]] = {}
    for suite, packages in suites:
        for package in packages:
            found.setdefault(package.name, []).append((suite, package))
    for name, rows in sorted(found.items()):
        binaries: dict[str, tuple[str, list[str]]] = {}
        releases: dict[str, str] = {}
        versions: list[str] = []
        sources: dict[str, tuple[str, str, str]] = {}
        homepages: list[str] = []
        for suite, package in rows:
            version = upstream_version(package.version)
            releases[suite] = version
            if version not in versions:
                versions.append(version)
            for file, digest in package.tarballs:
                if ".orig-" not in file:
                    sources.setdefault(digest, (digest, version, file))
            for binary, role in package.binaries:
                names = binaries.setdefault(binary, (role, []))[1]
                if suite not in names:
                    names.append(suite)
            if package.homepage and package.homepage not in homepages:
                homepages.append(package.homepage)
        language = language_of("debian", name)
        coordinates = set(coordinates_in(homepages))
        all_binaries = [binary for _, package in rows for binary, _ in package.binaries]
        if not language and any(binary.startswith("python3-") for binary in all_binaries):
            roles = {b for b in all_binaries if not b.endswith(("-doc", "-dbg", "-common"))}
            if all(binary.startswith(("python3-", "python-")) for binary in roles):
                language = "python"
        if language == "perl":
            coordinates.add(coordinate("debian-perl", name[3:-5]))
        repositories = {repo for url in homepages if (repo := repository_in(url))}
        yield Fact(
            ecosystem="debian",
            name=name,
            language=language,
            versions=tuple(versions),
            sources=tuple(sources.values()),
            coordinates=tuple(sorted(coordinates)),
            repositories=tuple(sorted(repositories)),
            homepages=tuple(homepages),
            binaries=tuple(
                Binary(name=binary, role=role, suites=tuple(suites_of))
                for binary, (role, suites_of) in sorted(binaries.items())
            ),
            releases=tuple(releases.items()),
        )
