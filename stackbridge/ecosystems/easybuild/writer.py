"""Stack -> easystack: the planned entries as text.

An entry that came from an easystack goes back with its path, options and comments. CUDA
entries get the compute capabilities that were asked for as an option, so that they are built
for them wherever `eb` runs.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems import Context, Reading, Writing
from stackbridge.ecosystems.easybuild.choosing.accounting_stack import optarch
from stackbridge.ecosystems.easybuild.choosing.translation import Plan, PlannedEntry, translate
from stackbridge.ecosystems.easybuild.easystack import (
    OPTION_NAME,
    Easystack,
    Entry,
    Option,
    OptionValue,
    emit,
)
from stackbridge.ecosystems.easybuild.yaml_nodes import NO_COMMENTS, Comments, unmarked
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Stack
from stackbridge.hub.versions import VersionSet

if TYPE_CHECKING:
    from stackbridge.catalog.lookup import Catalog
    from stackbridge.hub.resolution import Resolution

__all__ = ["MAIN", "plan_of", "write"]

MAIN = "easystack.yaml"
CAPABILITIES = "cuda-compute-capabilities"


def write(reading: Reading, context: Context) -> Writing:
    """Write a stack, or the roots of a resolution, as an easystack.

    Raises UsageError for a generation that does not exist, InputError where there is
    nothing to write.
    """
    stack, plan = plan_of(reading, context)
    plan, files = _generated(stack, plan, context)
    notices = list(plan.notices)
    entries = tuple(_entry(planned, notices) for planned in plan.entries)
    own = stack.extensions.get("easybuild")
    own = own if isinstance(own, Mapping) else {}
    header = _comments(own.get("header"))
    if not header and plan.generation is not None:
        header = Comments(before=_head(stack, plan))
    text = emit(
        Easystack(
            entries=entries,
            settings=tuple(
                (str(name), _value(value))
                for name, value in dict(own.get("settings") or {}).items()
            ),
            header=header,
            footer=_lines(own.get("footer")),
        )
    )
    return Writing(
        main=MAIN,
        files=MappingProxyType({MAIN: text, **files}),
        notices=tuple(notices),
        delivered=plan.delivered,
    )


def plan_of(reading: Reading, context: Context) -> tuple[Stack, Plan]:
    """The stack that is written, and the plan for it."""
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release

    stack = _stack(reading, context)
    plan = translate(
        stack,
        open_release(context),
        _catalog(context) if stack.names != "easybuild" else None,
        toolchain=context.toolchain,
        architecture=context.architecture,
    )
    return stack, plan


def _generated(stack: Stack, plan: Plan, context: Context) -> tuple[Plan, Mapping[str, str]]:
    """With easyconfigs for what the release lacks, where recipes are at hand."""
    recipes = context.options.get("recipes")
    if recipes is None or stack.names == "easybuild":
        return plan, {}
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release
    from stackbridge.ecosystems.easybuild.easyconfigs.generating import fill

    return fill(stack, plan, open_release(context), _catalog(context), recipes)


def _catalog(context: Context) -> Catalog | None:
    from stackbridge.catalog.lookup import Catalog

    return Catalog.open(context.catalog)


def _stack(reading: Reading, context: Context) -> Stack:
    if reading.stack is not None:
        return reading.stack
    if reading.recipe is not None:
        recipe = reading.recipe
        package = Package(
            name=recipe.name,
            versions=VersionSet.exactly(recipe.version),
            features=recipe.features,
            toolchain=recipe.toolchain,
            extensions=_suffix_only(recipe.extensions),
            place=recipe.place,
        )
        return Stack(name=recipe.name, names=recipe.names, entries=(package,))
    if reading.resolution is not None:
        return _roots(reading.resolution, context)
    raise InputError("there is nothing here that an easystack could install")


def _suffix_only(extensions: Mapping[str, Any]) -> Mapping[str, Any]:
    own = extensions.get("easybuild")
    suffix = own.get("versionsuffix") if isinstance(own, Mapping) else None
    return MappingProxyType({"easybuild": {"versionsuffix": suffix}} if suffix else {})


def _roots(resolution: Resolution, context: Context) -> Stack:
    """The roots of a resolution as requests; `pin` says how much of their versions counts."""
    nodes = resolution.by_key()
    packages = []
    for root in resolution.roots:
        node = nodes.get(root.key)
        if node is None:
            continue
        if context.pin == "loose":
            versions = VersionSet.any()
        elif context.pin == "compatible":
            versions = _compatible(node.version)
        else:
            versions = VersionSet.exactly(node.version)
        packages.append(
            Package(
                name=node.name,
                versions=versions,
                features=node.features if context.pin == "exact" else _asked(root.request),
                toolchain=node.toolchain if resolution.names == "easybuild" else None,
                target=node.target if context.pin == "exact" else None,
                extensions=_suffix_only(node.extensions),
                place=node.place,
            )
        )
    return Stack(name="stack", names=resolution.names, entries=tuple(packages))


def _asked(request: Package | None) -> tuple[Any, ...]:
    return request.features if request is not None else ()


def _compatible(version: str) -> VersionSet:
    from stackbridge.hub.versions import Version

    return VersionSet.prefix(Version(version).up_to(2))


# ---- entries


def _entry(planned: PlannedEntry, notices: list[Notice]) -> Entry:
    own = planned.own
    comments = own.get("comments")
    comments = comments if isinstance(comments, Mapping) else {}
    by_option = comments.get("option")
    by_option = by_option if isinstance(by_option, Mapping) else {}
    given = own.get("options")
    options = [
        Option(name=str(name), value=_value(value), comments=_comments(by_option.get(name)))
        for name, value in (given if isinstance(given, Mapping) else {}).items()
    ]
    capabilities = _capabilities(planned, notices)
    if capabilities and not any(option.name == CAPABILITIES for option in options):
        options.append(Option(name=CAPABILITIES, value=capabilities))
    for option in options:
        if not OPTION_NAME.fullmatch(option.name):
            raise InputError(
                f"`{option.name!r:.60}` is not the name of an `eb` option",
                hint="options are written without leading dashes, such as `from-commit`",
            )
    if not planned.file.isprintable():
        raise InputError(f"{planned.file!r:.80} is not the name of an easyconfig")
    entry = Entry(
        easyconfig=planned.file,
        options=tuple(options),
        comments=_comments(comments),
    )
    if "options" in comments:
        entry = replace(entry, above_options=_comments(comments["options"]))
    return entry


def _capabilities(planned: PlannedEntry, notices: list[Notice]) -> str:
    """`8.0,9.0a` for `sm_80` and `sm_90a`."""
    found = []
    for gpu in sorted(planned.gpus):
        digits = gpu.removeprefix("sm_")
        if gpu.startswith("sm_") and digits[:2].isdigit():
            letters = digits.lstrip("0123456789")
            figures = digits.removesuffix(letters)
            found.append((int(figures), f"{figures[:-1]}.{figures[-1]}{letters}"))
        else:
            notices.append(
                Notice(
                    code=Code.GPU_LOST,
                    subject=planned.file,
                    what=f"`{gpu}` can't be said for `{planned.file}`",
                    why="a CUDA easyconfig is built for NVIDIA's compute capabilities",
                )
            )
    return ",".join(text for _, text in sorted(found))


def _value(value: Any) -> OptionValue:
    if isinstance(value, (list, tuple)):
        return tuple(
            item if item is None or isinstance(item, (bool, int, float, str)) else str(item)
            for item in value
        )
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _comments(plain: Any) -> Comments:
    if not isinstance(plain, Mapping):
        return NO_COMMENTS
    beside = plain.get("beside")
    return Comments(
        before=_lines(plain.get("above")),
        inline=unmarked(str(beside)) if beside is not None else None,
    )


def _lines(plain: Any) -> tuple[str | None, ...]:
    if isinstance(plain, str):
        plain = plain.splitlines()
    if not isinstance(plain, (list, tuple)):
        return ()
    return tuple(unmarked(str(line)) if str(line).strip() else None for line in plain)


def _head(stack: Stack, plan: Plan) -> tuple[str, ...]:
    title = " ".join(stack.name.split()) or "stack"
    known = plan.generated
    names = [str(part.generation) for part in plan.parts]
    command = f"eb --easystack {MAIN} --robot" + ("=easyconfigs" if known else "")
    commands = [
        f"{command} --optarch={shlex.quote(optarch(target))}  # {target}" for target in plan.targets
    ]
    return (
        f"{title}, with the toolchain generation{'s' * (len(names) > 1)} {' and '.join(names)}",
        *(commands or [command]),
    )
