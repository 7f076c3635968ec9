"""Easystack -> Stack.

Each entry becomes a package with EasyBuild's own names: exact version, toolchain, and what its
versionsuffix says as features and dependencies. File names are taken apart by the index,
since names, versions and suffixes all may hold dashes; one that the index does not know is
taken apart by its toolchain, with a notice.

What only EasyBuild knows stands in `extensions.easybuild` of the package:

    versionsuffix   the suffix as it is, where there is one
    file            the file name, where it does not say name and version as EasyBuild wants it
    path            the entry's directory, where it is more than a file name
    options         `eb` options of the entry
    comments        lines above the entry (`above`), behind it (`beside`), at the line
                    `options:` and at each option

and of the stack: `header`, `footer` (comments), `settings` (top-level keys that EasyBuild ignores).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.easybuild import easystack as text_form
from stackbridge.ecosystems.easybuild.choosing.versionsuffix import read as read_suffix
from stackbridge.ecosystems.easybuild.resolving.filenames import FileName, build, take_apart
from stackbridge.ecosystems.easybuild.yaml_nodes import Comments, marked
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import EMPTY, Dependency, Extensions, Feature, Package, Toolchain
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import ANY, VersionSet

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.choosing.release import Release

__all__ = ["package_of", "read"]


def read(source: Input, context: Context) -> Reading:
    """Read an easystack. Raises InputError where EasyBuild would fail."""
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release

    easystack, notices = text_form.parse(source.text, source.file)
    release = open_release(context)
    found = list(notices)
    entries = []
    for entry in easystack.entries:
        package, said = package_of(entry, release)
        entries.append(package)
        found.extend(said)
    return Reading(
        stack=Stack(
            name=_stack_name(source.file),
            names="easybuild",
            entries=tuple(entries),
            extensions=_stack_extensions(easystack),
        ),
        notices=tuple(found),
    )


def _stack_name(file: str | None) -> str:
    base = (file or "").replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0] or base or "easystack"


def _stack_extensions(easystack: text_form.Easystack) -> Extensions:
    own: dict[str, Any] = {}
    header = comments_to_plain(easystack.header)
    if header:
        own["header"] = header
    if easystack.footer:
        own["footer"] = _lines(easystack.footer)
    if easystack.settings:
        own["settings"] = {name: _option(value) for name, value in easystack.settings}
    return MappingProxyType({"easybuild": own}) if own else EMPTY


def package_of(entry: text_form.Entry, release: Release) -> tuple[Package, tuple[Notice, ...]]:
    """One entry as a package."""
    notices: list[Notice] = []
    directory, slash, base = entry.easyconfig.rpartition("/")
    name = take_apart(base, release)
    own: dict[str, Any] = {}
    if name is None or build(name.name, name.version, name.toolchain, name.suffix) != base:
        name = FileName(name=base.removesuffix(".eb"), version="")
        own["file"] = base
    elif not _usable(name):
        name = FileName(name=name.name, version="")
        own["file"] = base
    if not name.known:
        notices.append(_unknown(entry, base, name, release))
    features: list[Feature] = []
    dependencies: list[Dependency] = []
    if name.suffix:
        own["versionsuffix"] = name.suffix
        suffix = read_suffix(name.suffix, frozenset(release.software))
        features = [Feature(name=key, value=on) for key, on in suffix.features.items()]
        dependencies = [
            Dependency(package=Package(name=software, versions=VersionSet.exactly(version)))
            for software, version in suffix.software
        ]
    if slash:
        own["path"] = directory + slash
    if entry.options:
        own["options"] = {option.name: _option(option.value) for option in entry.options}
    comments = _entry_comments(entry)
    if comments:
        own["comments"] = comments
    toolchain = (
        Toolchain(name="system")
        if name.toolchain[0] == "system"
        else Toolchain(name=name.toolchain[0], version=name.toolchain[1])
    )
    package = Package(
        name=name.name,
        versions=VersionSet.exactly(name.version) if name.version else ANY,
        features=tuple(features),
        dependencies=tuple(dependencies),
        toolchain=toolchain,
        gpus=_gpus(own.get("options") or {}),
        extensions=MappingProxyType({"easybuild": own}) if own else EMPTY,
        place=entry.place,
    )
    return package, tuple(notices)


def _gpus(options: Mapping[str, Any]) -> tuple[str, ...]:
    """`sm_80` and `sm_90a` of the option `cuda-compute-capabilities: 8.0,9.0a`."""
    value = options.get("cuda-compute-capabilities")
    texts = value if isinstance(value, (list, tuple)) else str(value or "").split(",")
    found = (re.fullmatch(r"(\d+)\.(\d)([a-z]?)", str(text).strip()) for text in texts)
    return tuple(f"sm_{match[1]}{match[2]}{match[3]}" for match in found if match)


def _usable(name: FileName) -> bool:
    try:
        VersionSet.exactly(name.version)
    except ValueError:
        return False
    return True


def _unknown(entry: text_form.Entry, base: str, name: FileName, release: Release) -> Notice:
    others = release.offers(name.name)
    why = f"{release.title} has no such file"
    if others:
        why += f", but {len(others)} others of {name.name}"
    return Notice(
        code=Code.NAME_UNKNOWN,
        subject=base,
        what=f"taken for {name.name} {name.version}".rstrip()
        + (f" with {'-'.join(name.toolchain)}" if name.toolchain[0] != "system" else ""),
        why=why,
        instead="kept as it is",
        where=Place(file=entry.place.file, line=entry.place.line, path=entry.place.path),
    )


def _option(value: text_form.OptionValue) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _lines(lines: tuple[str | None, ...]) -> list[str]:
    return ["" if line is None else marked(line) for line in lines]


def comments_to_plain(comments: Comments) -> dict[str, Any]:
    """`above`: lines with their `#`, empty ones between; `beside`: one line."""
    plain: dict[str, Any] = {}
    if comments.before:
        plain["above"] = _lines(comments.before)
    if comments.inline is not None:
        plain["beside"] = marked(comments.inline)
    return plain


def _entry_comments(entry: text_form.Entry) -> dict[str, Any]:
    plain = comments_to_plain(entry.comments)
    above = comments_to_plain(entry.above_options)
    if above:
        plain["options"] = above
    by_option = {
        option.name: found
        for option in entry.options
        if (found := comments_to_plain(option.comments))
    }
    if by_option:
        plain["option"] = by_option
    return plain
