"""Sources, patches and checksums of an easyconfig, matched to each other.

Checksums come in the order of sources, patches and crates, as a list of values or of
`{file name: value}`; a tuple offers alternatives, of which the first sha256 is taken
(EasyBuild framework 5.4.1, `easyblock.py`, `get_checksum_for` and `fetch_source`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackbridge.ecosystems.easybuild.language.constants import constants_for
from stackbridge.ecosystems.easybuild.language.templates import resolve
from stackbridge.hub.recipe import Component, Patch, Source

__all__ = ["components_of", "default_urls", "patches_of", "sources_of"]

_SHA256 = re.compile(r"[0-9a-f]{64}")

_FROM_PYPI = frozenset(
    {
        "CargoPythonBundle", "CargoPythonPackage", "CMakePythonPackage",
        "ConfigureMakePythonPackage", "PythonBundle", "PythonPackage",
        "VersionIndependentPythonPackage",
    }
)  # fmt: skip


def default_urls(easyblock: str | None) -> tuple[str, ...]:
    """Where an easyblock fetches from when the easyconfig does not say."""
    if easyblock in _FROM_PYPI:
        return (str(constants_for()["PYPI_SOURCE"]),)
    if easyblock == "RPackage":
        return (str(constants_for()["CRAN_SOURCE"]),)
    return ()


def _sha256(value: Any) -> str | None:
    if isinstance(value, str):
        return value.lower() if _SHA256.fullmatch(value.lower()) else None
    if isinstance(value, (list, tuple)):
        if len(value) == 2 and value[0] == "sha256":
            return _sha256(value[1])
        return next((found for item in value if (found := _sha256(item)) is not None), None)
    return None


def _checksum(checksums: Any, position: int, names: Sequence[str]) -> str | None:
    """The sha256 for the file at that position among sources and patches."""
    if isinstance(checksums, Mapping):
        value: Any = checksums
    elif isinstance(checksums, (list, tuple)) and position < len(checksums):
        value = checksums[position]
    else:
        return None
    if isinstance(value, Mapping):
        value = next((value[name] for name in names if name in value), None)
    return _sha256(value)


def _join(url: str, name: str) -> str:
    return f"{url.rstrip('/')}/{name}"


def _source(item: Any, urls: Sequence[Any], checksums: Any, position: int) -> Source | None:
    filename: str | None = None
    download: str | None = None
    own: Sequence[Any] = urls
    if isinstance(item, str):
        filename = item
    elif isinstance(item, (list, tuple)) and item and isinstance(item[0], str):
        filename = item[0]  # with a command to extract it
    elif isinstance(item, Mapping):
        given = item.get("filename")
        filename = given if isinstance(given, str) else None
        name = item.get("download_filename")
        download = name if isinstance(name, str) else None
        own = item.get("source_urls") or urls
        git = item.get("git_config")
        if isinstance(git, Mapping):
            ref = git.get("tag") or git.get("commit")
            place = _join(str(git.get("url", "")), str(git.get("repo_name", "")))
            return Source(
                filename=filename,
                git=f"{place}.git",
                ref=str(ref) if ref else None,
                sha256=_checksum(checksums, position, [filename or ""]),
            )
    if filename is None:
        return None
    found = []
    for url in own if isinstance(own, (list, tuple)) else [own]:
        if isinstance(url, str):
            found.append(_join(url, download or filename))
        elif isinstance(url, (list, tuple)) and len(url) == 2:
            found.append(_join(str(url[0]), download or filename) + str(url[1]))
    names = [name for name in (filename, download) if name]
    names += [name.rpartition("/")[2] for name in names]
    return Source(
        urls=tuple(found), filename=filename, sha256=_checksum(checksums, position, names)
    )


def sources_of(
    values: Mapping[str, Any], templates: Mapping[str, str], easyblock: str | None = None
) -> tuple[Source, ...]:
    """The sources, with every URL they are fetched from and the sha256 where there is one."""
    listed = resolve(values.get("sources") or [], templates)
    if not isinstance(listed, (list, tuple)):
        listed = [listed]
    urls = resolve(values.get("source_urls") or default_urls(easyblock), templates)
    if not isinstance(urls, (list, tuple)):
        urls = [urls]
    checksums = resolve(values.get("checksums") or [], templates)
    found = (_source(item, urls, checksums, number) for number, item in enumerate(listed))
    return tuple(item for item in found if item is not None)


def patches_of(values: Mapping[str, Any], templates: Mapping[str, str]) -> tuple[Patch, ...]:
    """The patches; what is no patch but a file to be copied has no level."""
    listed = resolve(values.get("patches") or [], templates)
    checksums = resolve(values.get("checksums") or [], templates)
    sources = values.get("sources") or []
    before = len(sources) if isinstance(sources, (list, tuple)) else 1
    found = []
    for number, item in enumerate(listed if isinstance(listed, (list, tuple)) else [listed]):
        name: Any = item
        level: Any = None
        if isinstance(item, Mapping):
            name, level = item.get("name"), item.get("level")
        elif isinstance(item, (list, tuple)) and item:
            name = item[0]
            level = item[1] if len(item) > 1 and isinstance(item[1], int) else None
        if isinstance(name, str):
            found.append(
                Patch(
                    filename=name,
                    sha256=_checksum(checksums, before + number, [name]),
                    level=level if isinstance(level, int) else None,
                )
            )
    return tuple(found)


def components_of(
    values: Mapping[str, Any], templates: Mapping[str, str], easyblock: str | None = None
) -> tuple[Component, ...]:
    """Components and extensions in order, each with its own sources and patches."""
    found: list[Component] = []
    for parameter, kind, defaults in (
        ("components", "component", "default_component_specs"),
        ("exts_list", "extension", "exts_default_options"),
    ):
        listed = values.get(parameter)
        common = values.get(defaults)
        common = common if isinstance(common, Mapping) else {}
        for item in listed if isinstance(listed, (list, tuple)) else ():
            if isinstance(item, str):
                found.append(Component(name=item, extensions={"easybuild": {"kind": kind}}))
                continue
            if not isinstance(item, (list, tuple)) or not item or not isinstance(item[0], str):
                continue
            name = resolve(item[0], templates)
            version = item[1] if len(item) > 1 and isinstance(item[1], str) else None
            version = resolve(version, templates)
            own = item[2] if len(item) > 2 and isinstance(item[2], Mapping) else {}
            options = {**common, **own}
            if kind == "component" and values.get("source_urls"):  # as for the whole
                options.setdefault("source_urls", values["source_urls"])
            block = options.get("easyblock", easyblock)
            found.append(
                Component(
                    name=name,
                    version=version,
                    extensions={"easybuild": {"kind": kind}},
                    **_files(
                        options,
                        {**templates, **_own_templates(name, version)},
                        block if isinstance(block, str) else None,
                        kind,
                    ),
                )
            )
    return tuple(found)


def _own_templates(name: str, version: str | None) -> dict[str, str]:
    parts = (version or "").split(".")
    return {
        "name": name,
        "namelower": name.lower(),
        "nameletter": name[:1],
        "nameletterlower": name[:1].lower(),
        "version": version or "",
        "version_major": parts[0],
        "version_major_minor": ".".join(parts[:2]),
    }


def _files(
    options: dict[str, Any], templates: Mapping[str, str], easyblock: str | None, kind: str
) -> dict[str, Any]:
    """Sources and patches; an extension has a usual source file where none is named."""
    if "sources" not in options and kind == "extension" and not options.get("nosource"):
        template = options.get("source_tmpl", "%(name)s-%(version)s.tar.gz")
        options = {**options, "sources": [template] if isinstance(template, str) else template}
    return {
        "sources": sources_of(options, templates, easyblock),
        "patches": patches_of(options, templates),
    }
