"""Reader of spack.yaml: text -> Stack.

`environment.py` reads the sections, `upgrade.py` rewrites what older releases had,
`includes.py` follows the files beside it, `comments.py` keeps the comments.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.spack.environments.comments import collect, to_values
from stackbridge.ecosystems.spack.environments.emitter import Path
from stackbridge.ecosystems.spack.environments.environment import EnvironmentReader, with_included
from stackbridge.ecosystems.spack.environments.includes import follow
from stackbridge.ecosystems.spack.environments.sections import key_orders, sections
from stackbridge.ecosystems.spack.environments.upgrade import upgrade
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.errors import InputError
from stackbridge.hub.stack import Stack
from stackbridge.yamltext import Node, load, plain

__all__ = ["body_of", "read"]

_MARKERS = ("spack", "env")


def read(source: Input, context: Context) -> Reading:
    """The Stack of an environment.

    `context.options["source_release"]` names the release of Spack for which it was written;
    v0.x gives what follows `%compiler` to the package.

    Raises `InputError` with line and column for broken YAML, broken specs, duplicate keys.
    """
    root = load(source.text, source.file)
    body = body_of(root, source.file)
    reader = EnvironmentReader(
        source.file, legacy=_is_legacy(context.options.get("source_release"))
    )
    body = upgrade(body, reader.upgraded)
    stack = reader.stack(body, _name(source.file))
    try:
        found = follow(body, source.sibling, reader.unread)
    except InputError as error:
        raise error.at(source.file) from None
    stack = with_included(stack, found, reader)
    stack = _with_form(stack, source.text, body, root)
    return Reading(stack=stack, notices=tuple(reader.notices))


def _with_form(stack: Stack, text: str, body: Node, root: Node) -> Stack:
    """The stack with its comments and with the orders that a writer can't know."""
    key = next(key for key in root.entries if key.removesuffix(":") in _MARKERS)
    root = replace(root, entries={"spack": body}, keys={"spack": root.keys[key]})
    own: dict[str, Any] = dict(stack.extensions.get("spack", {}))
    made, _ = sections(stack, canonical)  # for the orders of keys alone
    orders = key_orders(plain(body), made)
    if orders:
        own["layout"] = {**own.get("layout", {}), "keys": orders}
    found: dict[Path, dict[str, Any]] = {}
    for path, entry in collect(text, root).items():
        found.setdefault(path[1:], {}).update(entry)  # paths below `spack:`
    if found:
        own["comments"] = to_values(found)
    return replace(stack, extensions={"spack": own}) if own else stack


def _is_legacy(release: Any) -> bool:
    return isinstance(release, str) and release.removeprefix("v").startswith("0.")


def _name(file: str | None) -> str:
    """The directory's name, as Spack names an environment; `spack` where there is none."""
    parent = PurePosixPath(file or "").parent.name
    return parent or "spack"


def body_of(root: Node, file: str | None) -> Node:
    """The mapping below `spack:`. Raises `InputError` where the text is no environment."""
    found = [root.entries[key] for key in root.entries if key.removesuffix(":") in _MARKERS]
    if root.kind != "mapping" or not found:
        raise InputError(
            "this is no Spack environment: there is no `spack:` at its top",
            file=file,
            line=root.line,
            hint="an environment begins with `spack:`; site files such as packages.yaml do not",
        )
    for key in root.entries:
        if key.removesuffix(":") not in _MARKERS:
            node = root.keys[key]
            raise InputError(
                f"`{key}` stands beside `spack:`",
                file=file,
                line=node.line,
                column=node.column,
                hint="all settings of an environment stand below `spack:`; is it indented?",
            )
    body = found[0]
    if body.kind == "scalar" and body.value is None:
        return Node(kind="mapping", line=body.line, column=body.column)
    if body.kind != "mapping":
        raise InputError("`spack:` must hold a mapping", file=file, line=body.line)
    return body
