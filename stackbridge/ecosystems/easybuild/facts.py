"""What easyconfigs tell a catalog: names, versions, checksums, coordinates, what is inside what.

Every file is evaluated (`evaluate`), never run. A recipe's own source is told from further
files that it fetches by its name; an extension's source is its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stackbridge.catalog.facts import Fact, coordinate, coordinates_in, repository_in
from stackbridge.catalog.identity import Inside
from stackbridge.catalog.spelling import bare, language_of, version_key
from stackbridge.ecosystems.easybuild.language.evaluate import decode, evaluate
from stackbridge.errors import InputError

__all__ = ["Gathered", "gather", "read_file"]

_LANGUAGES = {
    "PythonPackage": "python",
    "PythonBundle": "python",
    "CargoPythonPackage": "python",
    "CargoPythonBundle": "python",
    "VersionIndependentPythonPackage": "python",
    "VersionIndependentPythonBundle": "python",
    "CMakePythonPackage": "python",
    "ConfigureMakePythonPackage": "python",
    "RPackage": "r",
    "PerlModule": "perl",
    "RubyGem": "ruby",
    "JuliaPackage": "julia",
}
_HOSTS = {"R": "r", "Perl": "perl", "Python": "python", "Ruby": "ruby", "Julia": "julia"}
_BUNDLES = {
    "PythonBundle": "python",
    "CargoPythonBundle": "python",
    "VersionIndependentPythonBundle": "python",
    "PerlBundle": "perl",
    "JuliaBundle": "julia",
}
_VERSIONED = {
    "CUDA": "cuda",
    "CUDAcore": "cuda",
    "Java": "java",
    "Perl": "perl",
    "Python": "py",
    "R": "r",
}
_PUBLIC = re.compile(r"bundle|^(?:Python|R|Perl|Ruby|Julia|PERL)$", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEMPLATE = re.compile(r"%\((\w+)\)s")


@dataclass(slots=True, kw_only=True)
class _Row:
    """What one file says of one name."""

    name: str
    version: str
    kind: str
    language: str
    sources: tuple[tuple[str, str], ...] = ()
    urls: tuple[str, ...] = ()
    registry: str | None = None
    homepage: str | None = None
    inside: Inside | None = None


@dataclass(slots=True, kw_only=True)
class Gathered:
    """All facts, what each bundle carries, and the files that could not be read."""

    facts: tuple[Fact, ...] = ()
    bundles: dict[tuple[str, str], dict[str, tuple[tuple[str, str | None, str], ...]]] = field(
        default_factory=dict
    )
    unread: tuple[str, ...] = ()


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _TEMPLATE.sub(lambda found: values.get(found[1], found[0]), text)


def _templates(name: str, version: str, values: Mapping[str, Any]) -> dict[str, str]:
    parts = version.split(".")
    table = {
        "name": name,
        "version": version,
        "namelower": name.lower(),
        "nameletter": name[:1],
        "nameletterlower": name[:1].lower(),
        "version_major": parts[0],
        "version_minor": parts[1] if len(parts) > 1 else "",
        "version_major_minor": ".".join(parts[:2]),
        "versionprefix": str(values.get("versionprefix") or ""),
        "versionsuffix": str(values.get("versionsuffix") or ""),
    }
    for key in ("github_account", "bitbucket_account"):
        if isinstance(values.get(key), str):
            table[key] = values[key]
    for title in ("dependencies", "builddependencies"):  # the last one counts
        listed = values.get(title)
        for entry in listed if isinstance(listed, (list, tuple)) else ():
            if not isinstance(entry, (list, tuple)) or len(entry) < 2:
                continue
            prefix = _VERSIONED.get(str(entry[0]))
            if prefix and isinstance(entry[1], str):
                full = _fill(entry[1], table)
                numbers = full.split(".")
                table[f"{prefix}ver"] = full
                table[f"{prefix}majver"] = numbers[0]
                table[f"{prefix}minver"] = numbers[1] if len(numbers) > 1 else ""
                table[f"{prefix}shortver"] = ".".join(numbers[:2])
    return table


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)):
        return [
            text
            for item in value
            for text in (
                [item]
                if isinstance(item, str)
                else [item[0]]
                if isinstance(item, tuple) and item and isinstance(item[0], str)
                else []
            )
        ]
    return []


def _digests(value: Any, filename: str) -> list[str]:
    if isinstance(value, str):
        return [value] if _DIGEST.fullmatch(value) else []
    if isinstance(value, (tuple, list)):
        if len(value) == 2 and value[0] == "sha256":
            return _digests(value[1], filename)
        return [digest for item in value for digest in _digests(item, filename)]
    if isinstance(value, dict):
        if filename in value:
            return _digests(value[filename], filename)
        return [] if len(value) != 1 else _digests(next(iter(value.values())), filename)
    return []


def _sources(
    name: str, values: Mapping[str, Any], table: Mapping[str, str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """((sha256, file name) of the software itself, addresses it comes from)."""
    entries = values.get("sources")
    rows = entries if isinstance(entries, (list, tuple)) else [entries]
    checksums = values.get("checksums")
    sums = checksums if isinstance(checksums, (list, tuple)) else [checksums]
    bases = [_fill(url, table) for url in _texts(values.get("source_urls"))]
    files: list[tuple[str, list[str], list[str]]] = []
    for position, entry in enumerate(rows):
        own = list(bases)
        if isinstance(entry, dict):
            shown = entry.get("download_filename") or entry.get("filename")
            local = entry.get("filename")
            own = [_fill(url, table) for url in _texts(entry.get("source_urls"))] or own
            git = entry.get("git_config")
            if isinstance(git, dict) and isinstance(git.get("url"), str):
                repo = f"{git['url'].rstrip('/')}/{git.get('repo_name', '')}"
                files.append((_fill(str(local), table), [], [_fill(repo, table)]))
                continue
        elif isinstance(entry, (tuple, list)) and entry:
            shown = local = entry[0]
        else:
            shown = local = entry
        if not isinstance(shown, str):
            continue
        shown, local = _fill(shown, table), _fill(str(local), table)
        digests = _digests(sums[position], local) if position < len(sums) else []
        urls = [f"{base.rstrip('/')}/{shown}" for base in own]
        files.append((local if local != shown else shown, digests, urls))
    if len(files) > 1:
        wanted = bare("easybuild", name)
        fitting = [row for row in files if bare("", row[0]).removeprefix("lib").startswith(wanted)]
        files = fitting or files[:1]
    return (
        [(digest, file) for file, digests, _ in files for digest in digests],
        [url for _, _, urls in files for url in urls],
    )


def _registry(language: str, name: str, urls: Iterable[str], *, default: bool) -> str | None:
    """The coordinate of a language package, from where it is fetched."""
    addresses = list(urls)
    found = coordinates_in(addresses)
    text = " ".join(addresses).lower()
    if language == "r":
        cran = "cran" in text or "src/contrib" in text
        bioc = "bioconductor" in text
        if not (cran or bioc):
            return coordinate("r", name) if default else None
        if cran and bioc:
            return coordinate("r", name)
        return coordinate("bioconductor" if bioc else "cran", name)
    wanted = {"python": "pypi:", "perl": "cpan:", "ruby": "gem:"}.get(language)
    for item in found:
        if wanted and item.startswith(wanted):
            return item
    if default and language == "python":
        return coordinate("pypi", name)
    return None


def read_file(text: str, file: str | None = None) -> tuple[list[_Row], tuple[Any, ...] | None]:
    """What one easyconfig says: rows, and (bundle, full version, members) if it has any.

    Raises InputError where the file can't be read.
    """
    values = evaluate(text, file).values
    name, version = values.get("name"), values.get("version")
    toolchain = values.get("toolchain")
    if not isinstance(name, str) or not isinstance(version, (str, int, float)):
        raise InputError("this easyconfig has no name and version", file=file)
    version = str(version)
    table = _templates(name, version, values)
    easyblock = values.get("easyblock")
    easyblock = easyblock if isinstance(easyblock, str) else f"EB_{name}"
    language = _LANGUAGES.get(easyblock, "")
    full = version
    if isinstance(toolchain, dict) and toolchain.get("name") != "system":
        full += f"-{toolchain.get('name')}-{toolchain.get('version')}"
    full += _fill(str(values.get("versionsuffix") or ""), table)
    sources, urls = _sources(name, values, table)
    rows: list[_Row] = []
    members: list[tuple[str, str | None, str]] = []
    public = bool(_PUBLIC.search(name))
    kind = "toolchain" if easyblock == "Toolchain" else "software"
    homepage = values.get("homepage")
    product: _Row | None = None
    for item in _inner(values, table, easyblock, name):
        members.append((item.name, item.version or None, item.kind))
        if bare("easybuild", item.name) == bare("easybuild", name) and item.kind == "extension":
            product = item
            continue
        if bare("easybuild", item.name) == bare("easybuild", name):
            product = product or item
            continue
        item.inside = Inside(
            bundle=name,
            bundle_version=full,
            version=item.version or None,
            private=not public and item.kind == "extension",
        )
        rows.append(item)
    if not members and easyblock in ("Toolchain", "Bundle"):
        members += _parts(values, table)
    registry = None
    if product is not None:
        sources = [*sources, *product.sources]
        urls = [*urls, *product.urls]
        registry = product.registry
        language = language or product.language
    elif language and language != "python":
        registry = _registry(language, name, urls, default=False)
    elif language == "python" and easyblock not in _BUNDLES:
        registry = _registry("python", name, urls, default=not urls)
    rows.insert(
        0,
        _Row(
            name=name,
            version=version,
            kind=kind,
            language=language if product is not None or easyblock not in _BUNDLES else "",
            sources=tuple(sources),
            urls=tuple(urls),
            registry=registry,
            homepage=_fill(homepage, table) if isinstance(homepage, str) else None,
        ),
    )
    return rows, ((name, full, tuple(members)) if members else None)


def _parts(
    values: Mapping[str, Any], table: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str]]:
    """What a toolchain, or a bundle without contents of its own, is put together from."""
    listed = values.get("dependencies")
    for entry in listed if isinstance(listed, (list, tuple)) else ():
        if isinstance(entry, (list, tuple)) and len(entry) > 1 and isinstance(entry[0], str):
            version = entry[1] if isinstance(entry[1], str) else None
            yield entry[0], _fill(version, table) if version else None, "software"


def _inner(
    values: Mapping[str, Any], table: Mapping[str, str], easyblock: str, name: str
) -> Iterator[_Row]:
    """Extensions, then components."""
    language = _LANGUAGES.get(str(values.get("exts_defaultclass") or ""), "")
    language = language or _BUNDLES.get(easyblock, "") or _HOSTS.get(name, "")
    if easyblock == "RPackage":
        language = "r"
    defaults = values.get("exts_default_options")
    defaults = dict(defaults) if isinstance(defaults, dict) else {}
    extensions = values.get("exts_list")
    for entry in extensions if isinstance(extensions, (list, tuple)) else ():
        if isinstance(entry, str):
            yield _Row(name=entry, version="", kind="extension", language=language)
            continue
        if not isinstance(entry, (list, tuple)) or not entry or not isinstance(entry[0], str):
            continue
        version = str(entry[1]) if len(entry) > 1 and entry[1] is not None else ""
        given = entry[2] if len(entry) > 2 and isinstance(entry[2], dict) else {}
        yield _member(
            _fill(entry[0], table), _fill(version, table), {**defaults, **given}, table, language
        )
    components = values.get("components")
    common = values.get("default_component_specs")
    common = dict(common) if isinstance(common, dict) else {}
    for entry in components if isinstance(components, (list, tuple)) else ():
        if not isinstance(entry, (list, tuple)) or not entry or not isinstance(entry[0], str):
            continue
        version = str(entry[1]) if len(entry) > 1 and entry[1] is not None else ""
        given = entry[2] if len(entry) > 2 and isinstance(entry[2], dict) else {}
        own = {**common, **given}
        block = str(own.get("easyblock") or values.get("default_easyblock") or "")
        inner = _templates(entry[0], version, values)
        sources, urls = _sources(entry[0], own, inner)
        language_here = _LANGUAGES.get(block, "")
        yield _Row(
            name=entry[0],
            version=version,
            kind="component",
            language=language_here,
            sources=tuple(sources),
            urls=tuple(urls),
            registry=_registry(language_here, entry[0], urls, default=False)
            if language_here
            else None,
        )


def _member(
    name: str,
    version: str,
    options: Mapping[str, Any],
    outer: Mapping[str, str],
    language: str,
) -> _Row:
    block = options.get("easyblock")
    language = _LANGUAGES.get(str(block), language) if block else language
    table = {**outer, **_templates(name, version, {})}
    own = dict(options)
    if "sources" not in own:
        template = own.get("source_tmpl")
        own["sources"] = [template if isinstance(template, str) else f"{name}-{version}.tar.gz"]
        if language == "r" and not isinstance(template, str):
            own["sources"] = [f"{name}_{version}.tar.gz"]
    sources, urls = _sources(name, own, table)
    explicit = bool(own.get("source_urls")) or bool(urls and "git" in " ".join(urls))
    return _Row(
        name=name,
        version=version,
        kind="extension",
        language=language,
        sources=tuple(sources),
        urls=tuple(urls),
        registry=_registry(language, name, urls, default=not explicit),
    )


def _read_many(
    paths: list[str],
) -> tuple[list[tuple[list[_Row], tuple[Any, ...] | None]], list[str]]:
    done, bad = [], []
    for path in paths:
        try:
            done.append(read_file(decode(Path(path).read_bytes(), path), path))
        except (InputError, OSError) as error:
            bad.append(str(error).splitlines()[0])
    return done, bad


def gather(
    directory: Path,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    workers: int = 2,
) -> Gathered:
    """All facts of the easyconfigs below a directory.

    `progress(done, all)` is called as files are read. Raises InputError when there is none.
    """
    paths = sorted(str(path) for path in directory.rglob("*.eb") if "__archive__" not in path.parts)
    if not paths:
        raise InputError(
            "there are no easyconfigs (*.eb) below this directory",
            file=str(directory),
            hint="name a checkout of easybuild-easyconfigs",
        )
    size = 200
    chunks = [paths[start : start + size] for start in range(0, len(paths), size)]
    rows: list[_Row] = []
    gathered = Gathered()
    unread: list[str] = []
    if workers > 1 and len(chunks) > 1:
        with ProcessPoolExecutor(workers) as pool:
            results: Iterable[Any] = list(_watched(pool.map(_read_many, chunks), chunks, progress))
    else:
        results = list(_watched(map(_read_many, chunks), chunks, progress))
    for done, bad in results:
        unread += bad
        for file_rows, bundle in done:
            rows += file_rows
            if bundle is not None:
                name, full, members = bundle
                gathered.bundles.setdefault(("easybuild", name), {})[full] = members
    gathered.unread = tuple(unread)
    gathered.facts = tuple(_merge(rows))
    return gathered


def _watched(
    results: Iterable[Any], chunks: list[list[str]], progress: Callable[[int, int], None]
) -> Iterator[Any]:
    total, done = sum(map(len, chunks)), 0
    for chunk, result in zip(chunks, results, strict=True):
        done += len(chunk)
        progress(done, total)
        yield result


def _merge(rows: Iterable[_Row]) -> Iterator[Fact]:
    software = {row.name for row in rows if row.kind in ("software", "toolchain")}
    groups: dict[tuple[str, str, str], list[_Row]] = {}
    for row in rows:
        kind = "software" if row.kind == "toolchain" else row.kind
        if row.kind == "component" and row.name in software:
            kind = "software"
        language = row.language if kind != "software" else ""
        groups.setdefault((row.name, kind, language), []).append(row)
    for (name, kind, language), found in sorted(groups.items()):
        own = [row for row in found if row.kind != "component"] or found
        languages = sorted({row.language for row in own})
        if kind == "software":
            language = languages[0] if len(languages) == 1 else ""
            language = language or language_of("easybuild", name)
            if any(row.kind == "toolchain" for row in own):
                kind = "toolchain"
        versions = dict.fromkeys(row.version for row in own if row.version)
        sources: dict[str, tuple[str, str, str]] = {}
        urls: dict[str, None] = {}
        for row in own:
            for digest, file in row.sources:
                sources.setdefault(digest, (digest, row.version, file))
            urls.update(dict.fromkeys(row.urls))
        homepages = dict.fromkeys(row.homepage for row in own if row.homepage)
        coordinates = {row.registry for row in own if row.registry}
        coordinates.update(
            item
            for item in coordinates_in([*urls, *homepages])
            if not item.startswith(("cran:", "bioconductor:", "cpan:", "pypi:"))
            or (language and (kind != "software" or bare("", item.split(":")[1]) == bare("", name)))
        )
        inside = dict.fromkeys(row.inside for row in found if row.inside is not None)
        yield Fact(
            ecosystem="easybuild",
            name=name,
            kind=kind,
            language=language,
            versions=tuple(sorted(versions, key=_order)),
            sources=tuple(sources.values()),
            coordinates=tuple(sorted(coordinates)),
            repositories=tuple(
                sorted({repo for url in [*urls, *homepages] if (repo := repository_in(url))})
            ),
            homepages=tuple(homepages),
            inside=tuple(inside),
        )


def _order(version: str) -> tuple[Any, ...]:
    return tuple(
        (1, int(part), "") if part.isdigit() else (0, 0, part) for part in version_key(version)
    )
