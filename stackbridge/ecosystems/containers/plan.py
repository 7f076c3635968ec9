"""What every plan of an image shares, whichever route fills it: base, labels, what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from stackbridge.ecosystems.containers.syntax import (
    Command,
    Image,
    Instruction,
    Label,
    User,
    Workdir,
    clean,
    reference,
)
from stackbridge.errors import InputError
from stackbridge.hub.notices import NOWHERE, Code, Notice
from stackbridge.hub.package import Package
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.ecosystems import Reading
    from stackbridge.hub.stack import Stack

__all__ = [
    "WRITTEN",
    "Plan",
    "base_of",
    "closing",
    "names_of",
    "title_of",
    "wanted",
]

BASE = "debian:12"
# Docker obeys comments such as `# syntax=...` up to the first one that is no directive: this
# line is always first, so that a stack's name can't be one.
WRITTEN = "Written by stackbridge; change its source rather than this file."
# Other spellings of the release for which package names and versions are known.
SAME_BASE = ("debian:12", "debian:12-slim", "debian:bookworm", "debian:bookworm-slim")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An image, the files that must lie beside its recipe, and what was lost on the way.

    `packages` are the Debian packages asked for.
    """

    image: Image
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notices: tuple[Notice, ...] = ()
    packages: tuple[str, ...] = ()


def wanted(reading: Reading) -> tuple[Package, ...]:
    """The packages which the image is asked to hold, whatever was read."""
    if reading.stack is not None:
        from stackbridge.hub.expand import expand

        return tuple(item.package for item in expand(reading.stack))
    if reading.recipe is not None:
        recipe = reading.recipe
        versions = VersionSet.exactly(recipe.version)
        return (
            Package(
                name=recipe.name, versions=versions, features=recipe.features, place=recipe.place
            ),
        )
    if reading.resolution is not None:
        nodes = reading.resolution.by_key()
        roots = [nodes[root.key] for root in reading.resolution.roots if root.key in nodes]
        return tuple(
            Package(
                name=node.name,
                versions=VersionSet.exactly(node.version),
                features=node.features,
                place=node.place,
            )
            for node in roots
        )
    raise InputError("nothing was read that an image could hold")


def names_of(reading: Reading) -> str | None:
    """Whose names the packages have; None: the catalog's own."""
    for part in (reading.stack, reading.recipe, reading.resolution):
        if part is not None:
            return part.names
    return None


def title_of(reading: Reading) -> str:
    """The name of what goes into the image."""
    if reading.stack is not None:
        return clean(reading.stack.name, "the stack's name")
    if reading.recipe is not None:
        return clean(reading.recipe.name, "the recipe's name")
    return "stack"


def base_of(stack: Stack | None) -> tuple[str, tuple[Notice, ...]]:
    """The base image, with a notice when the one asked for is not the one that is known."""
    asked = stack.container.base if stack is not None and stack.container else None
    if asked is None:
        return BASE, ()
    base = reference(asked)
    if base.partition("@")[0].removeprefix("library/") in SAME_BASE:
        return base, ()
    notice = Notice(
        code=Code.SETTING_LOST,
        subject=base,
        what="is not used as the base image",
        why="package names and versions are known of Debian 12 only",
        instead=f"the base is {BASE}",
        where=stack.place if stack is not None else NOWHERE,
    )
    return BASE, (notice,)


def closing(
    reading: Reading, route: str, contents: str, command: tuple[str, ...]
) -> tuple[Instruction, ...]:
    """The last instructions: labels (OCI image specification, annotations), user, command."""
    stack = reading.stack
    labels = {"org.opencontainers.image.title": title_of(reading)}
    if stack is not None and stack.description:
        labels["org.opencontainers.image.description"] = " ".join(stack.description.split())
    labels["org.stackbridge.route"] = route
    if contents:
        labels["org.stackbridge.contents"] = contents
    if stack is not None and stack.container is not None:
        labels |= dict(stack.container.labels)
        command = stack.container.command or command
    return Label(labels), User("user"), Workdir("/home/user"), Command(command)
