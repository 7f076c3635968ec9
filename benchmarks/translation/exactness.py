"""An independent look at every row that says exact: is it?

For EasyBuild the easyconfig that was delivered is parsed by EasyBuild itself; its name, version,
versionsuffix and toolchain are compared with the request. For Spack the recipe's own text is
searched for the version. Nothing of the translation is asked, only the catalog for names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stackbridge.catalog.lookup import Catalog
from stackbridge.catalog.spelling import same_version
from stackbridge.ecosystems import Delivered, Writing
from stackbridge.errors import StackBridgeError
from stackbridge.hub.package import Package
from stackbridge.hub.shortform import parse
from stackbridge.hub.versions import Version

_WITH_MPI = re.compile(r"foss|gompi|gomkl|intel$|iimpi|gofbc|nvompi|lompi|ll?foss")


def requested(row: Delivered) -> Package | None:
    """What a row asks for; None where its short form says less than it."""
    try:
        return parse(row.subject)
    except StackBridgeError:
        return None


def of_easybuild(
    rows: Sequence[Delivered], writing: Writing, directories: Sequence[str], names: str | None
) -> Iterator[str]:
    """What is wrong with rows whose easyconfig claims to be exactly what is asked for."""
    paths = _easyconfigs(directories)
    with Catalog.open(None) as catalog:
        for row in rows:
            if row.how != "exact" or not row.evidence:
                continue
            found = _parsed(row.evidence, writing, paths)
            asked = requested(row)
            if found is None:
                yield f"{row.subject}: no easyconfig {row.evidence}"
            elif asked is not None:
                yield from (
                    f"{row.subject}: {wrong}" for wrong in _wrong(asked, found, catalog, names)
                )


def _easyconfigs(directories: Sequence[str]) -> dict[str, Path]:
    return {path.name: path for where in directories for path in Path(where).rglob("*.eb")}


def _parsed(name: str, writing: Writing, paths: Mapping[str, Path]) -> dict[str, Any] | None:
    """An easyconfig's parameters as EasyBuild's own parser has them."""
    from easybuild.framework.easyconfig.parser import EasyConfigParser
    from easybuild.tools.options import set_up_configuration

    if not _READY:
        set_up_configuration(args=["--allow-use-as-root-and-accept-consequences"], silent=True)
        _READY.append(True)
    text = writing.files.get(f"easyconfigs/{name}")
    own = [text for path, text in writing.files.items() if path.endswith("/" + name)]
    if text is None and own:
        text = own[0]
    if text is None and name in paths:
        text = paths[name].read_text(encoding="utf-8")
    found: dict[str, Any] | None = (
        EasyConfigParser(rawcontent=text).get_config_dict() if text is not None else None
    )
    return found


_READY: list[bool] = []


def _wrong(
    asked: Package, found: Mapping[str, Any], catalog: Catalog, names: str | None
) -> Iterator[str]:
    version = str(found["version"])
    if not asked.versions.is_any and Version(version) not in asked.versions:
        exact = asked.versions.exact
        if exact is None or not same_version(str(exact), version):
            yield f"is version {version}"
    theirs = catalog.find(str(found["name"]), "easybuild")
    ours = catalog.find(asked.name or "", names)
    if theirs is not None and ours is not None and theirs.key != ours.key:
        related = {name.name for name in ours.names.get("easybuild", ())}
        if found["name"] not in related:
            yield f"is {found['name']}, which the catalog calls {theirs.key}"
    features = {feature.name: feature.value for feature in asked.features}
    suffix = str(found.get("versionsuffix", ""))
    below = [str(one[0]) for one in found.get("dependencies", ()) if isinstance(one, tuple | list)]
    toolchain = found.get("toolchain") or {}
    if features.get("cuda") is True and "CUDA" not in suffix and "CUDA" not in below:
        yield "has no CUDA"
    if features.get("cuda") is False and "CUDA" in suffix:
        yield f"has CUDA in its versionsuffix {suffix}"
    mpi = bool(_WITH_MPI.match(str(toolchain.get("name", "")))) or bool(
        {"OpenMPI", "MPICH", "impi", "gompi"} & set(below)
    )
    if features.get("mpi") is True and not mpi and "MPI" not in str(found["name"]):
        yield f"has no MPI in its toolchain {toolchain.get('name')}"
    wanted = asked.toolchain
    if wanted is not None and wanted.name and names == "easybuild":
        own = (toolchain.get("name"), toolchain.get("version"))
        if own != (wanted.name, wanted.version):
            yield f"is built with {own[0]}-{own[1]}"


def of_spack(
    rows: Sequence[Delivered], writing: Writing, repositories: Sequence[str], names: str | None
) -> Iterator[str]:
    """What is wrong with rows whose Spack package claims to be exactly what is asked for."""
    with Catalog.open(None) as catalog:
        for row in rows:
            if row.how != "exact" or not row.evidence:
                continue
            asked = requested(row)
            if asked is None or asked.name is None:
                continue
            yield from (
                f"{row.subject}: {wrong}"
                for wrong in (
                    *_wrong_version(row, asked, _recipe(row, writing, repositories)),
                    *_wrong_name(row, asked, catalog, names),
                )
            )


def _recipe(row: Delivered, writing: Writing, repositories: Sequence[str]) -> str | None:
    """All text that there is of a row's recipe; None where no repository is at hand."""
    text = writing.files.get(row.evidence, "")
    paths = [Path(where) / row.evidence for where in repositories]
    text += "".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
    return text if repositories else None


def _wrong_name(
    row: Delivered, asked: Package, catalog: Catalog, names: str | None
) -> Iterator[str]:
    if asked.name == row.name:
        return
    ours = catalog.find(asked.name or "", names)
    theirs = catalog.find(row.name, "spack")
    if ours is not None and theirs is not None and theirs.key == ours.key:
        return
    # One name may be several packages by version: OpenFOAM 11 is the Foundation's.
    exact = asked.versions.exact
    version = str(exact) if exact is not None else row.version.lstrip("=")
    listed = catalog.translate(asked.name or "", names, "spack", version) if names else ()
    if all(name.name != row.name for name in listed):
        yield f"is {row.name}, which the catalog does not take for it"


def _wrong_version(row: Delivered, asked: Package, recipe: str | None) -> Iterator[str]:
    exact = asked.versions.exact
    said = row.version.lstrip("=")
    if exact is not None and not same_version(str(exact), said):
        yield f"is version {said}"
    if recipe == "":
        yield f"has no recipe {row.evidence}"
    # Versions may stand in a loop or come from a mixin; then there is nothing to compare.
    listed = re.search(r"version\(\s*[\"']", recipe or "")
    if exact is not None and listed and f'"{said}"' not in (recipe or ""):
        yield f"has no version {said} in its recipe"
