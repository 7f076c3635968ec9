"""What is wrong with an easyconfig, said at once: for `stackbridge validate`.

An error is what EasyBuild refuses, or what keeps its robot from finding or building the
package; a notice is what it passes over, or what only the site can know (its own
easyblocks, toolchains and module classes). Errors have file, line and a hint.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.easybuild.language.constants import EXTERNAL_MODULE
from stackbridge.ecosystems.easybuild.language.evaluate import (
    MANDATORY,
    Evaluated,
    evaluate,
    is_local,
)
from stackbridge.ecosystems.easybuild.language.parameters import easyblock_of, parameters
from stackbridge.ecosystems.easybuild.language.templates import (
    KNOWN,
    names_in,
    resolve_text,
    template_values,
    unresolvable,
)
from stackbridge.ecosystems.easybuild.resolving.entries import Entry, entry_of, full_version
from stackbridge.ecosystems.easybuild.resolving.resolution import Resolver
from stackbridge.ecosystems.easybuild.resolving.toolchains import table
from stackbridge.errors import InputError, StackBridgeError
from stackbridge.hub.notices import Code, Notice, Place

__all__ = ["check", "examine", "problems"]

_MOST = 100  # unknown parameters that are spoken of
_CLOSE = 0.85  # as EasyBuild itself compares names


def check(
    format_name: str, given: Input | None, reading: Reading, context: Context
) -> tuple[tuple[Notice, ...], tuple[StackBridgeError, ...]]:
    """What the reader of an easyconfig does not look at; nothing for other formats."""
    if format_name != "easyconfig" or given is None:
        return (), ()
    evaluated = evaluate(
        given.text, given.file, architecture=context.architecture, environment=context.environment
    )
    notices, errors = examine(given.text, evaluated, context)
    return tuple(notices), tuple(errors)


def problems(
    text: str, file: str | None, context: Context
) -> tuple[tuple[Notice, ...], tuple[StackBridgeError, ...]]:
    """All that is wrong with an easyconfig's text, a failure to read it included."""
    try:
        evaluated = evaluate(
            text, file, architecture=context.architecture, environment=context.environment
        )
    except InputError as error:
        return (), (error,)
    notices, errors = examine(text, evaluated, context)
    return (*evaluated.notices, *notices), tuple(errors)


def examine(
    text: str, evaluated: Evaluated, context: Context
) -> tuple[list[Notice], list[StackBridgeError]]:
    """Every check of an easyconfig that could be evaluated."""
    found: list[Notice | StackBridgeError] = [*_missing(evaluated)]
    entry: Entry | None = None
    if not found:
        try:
            entry = entry_of(evaluated, _base(evaluated.file) or "x.eb", context.architecture)
        except InputError as error:
            found.append(error)
    found += _names(evaluated)
    found += _found_by_text(text, evaluated)
    if entry is not None:
        found += _classes(evaluated, entry)
        resolver = _resolver(context)
        found += _templates(evaluated, entry, resolver)
        found += _file_name(evaluated, entry, resolver)
        found += _shapes(evaluated)
        if context.easyconfigs:
            found += _needs(evaluated, entry, resolver, context)
    return (
        [item for item in found if isinstance(item, Notice)],
        [item for item in found if isinstance(item, StackBridgeError)],
    )


def _base(file: str | None) -> str:
    return (file or "").replace("\\", "/").rpartition("/")[2]


def _near(name: str, names: Collection[str], cutoff: float = _CLOSE) -> str | None:
    found = difflib.get_close_matches(name.lower(), {item.lower() for item in names}, 1, cutoff)
    return next((item for item in names if found and item.lower() == found[0]), None)


# ---- parameters


def _missing(evaluated: Evaluated) -> Iterator[StackBridgeError]:
    for name in MANDATORY:
        if name in evaluated.values:
            continue
        if name in evaluated.unknown:
            yield InputError(f"`{name}` could not be evaluated", file=evaluated.file)
        else:
            yield InputError(
                f"the mandatory parameter `{name}` is missing",
                file=evaluated.file,
                hint=f"every easyconfig says {', '.join(MANDATORY)}",
            )
    easyblock = _easyblock(evaluated)
    for name in parameters().mandatory.get(easyblock, ()):
        if name not in evaluated.values and name not in MANDATORY:
            yield InputError(
                f"the easyblock {easyblock} needs the parameter `{name}`", file=evaluated.file
            )


def _easyblock(evaluated: Evaluated) -> str:
    own = evaluated.values.get("easyblock")
    if isinstance(own, str):
        return own
    name = evaluated.values.get("name")
    return easyblock_of(name) if isinstance(name, str) else ""


def _names(evaluated: Evaluated) -> Iterator[Notice | StackBridgeError]:
    known = parameters()
    easyblock = _easyblock(evaluated)
    ours = known.known(easyblock)
    said = 0
    for name in evaluated.values:
        if is_local(name) or known.allows(name, easyblock):
            continue
        said += 1
        if said > _MOST:
            return
        line = evaluated.line(name)
        if name in known.replaced:
            yield InputError(
                f"the parameter `{name}` is no longer supported",
                file=evaluated.file,
                line=line,
                hint=f"use `{known.replaced[name]}`",
            )
            continue
        if name in known.deprecated or name == "parallel":
            yield _notice(
                Code.SETTING_UPGRADED,
                name,
                "deprecated",
                f"use `{known.deprecated.get(name, 'max_parallel')}`",
                evaluated,
            )
            continue
        near = _near(name, known.all_for(easyblock))
        if near is not None:
            yield InputError(
                f"there is no parameter `{name}`",
                file=evaluated.file,
                line=line,
                hint=f"did you mean `{near}`? A local variable begins with `local_`",
            )
            continue
        others = sorted(block for block, names in known.easyblocks.items() if name in names)
        if ours and others:
            why = f"{easyblock} has no such parameter; {', '.join(others[:3])} has"
        elif ours:
            why = "it is no parameter; a local variable begins with `local_`"
        else:
            why = f"it may belong to the easyblock {easyblock}, which is not EasyBuild's own"
        yield _notice(Code.SETTING_IGNORED, name, "not a known parameter", why, evaluated)


def _notice(code: Code, subject: str, what: str, why: str, evaluated: Evaluated) -> Notice:
    return Notice(
        code=code,
        subject=subject,
        what=what,
        why=why,
        where=Place(file=evaluated.file, line=evaluated.line(subject)),
    )


_BY_TEXT = {
    name: re.compile(rf"^[^\S\n]*{name}[^\S\n]*(?:=|: )[^\S\n]*(?P<value>\S.*)$", re.MULTILINE)
    for name in ("name", "easyblock")
}


def _found_by_text(text: str, evaluated: Evaluated) -> Iterator[StackBridgeError]:
    """EasyBuild takes these two from the text, before it reads the file."""
    if evaluated.cut is not None:
        text = "\n".join(text.split("\n")[: evaluated.cut - 1])
    for name, pattern in _BY_TEXT.items():
        match = pattern.search(text)
        if match is None:
            continue
        value_text = match["value"]
        seen = (value_text[0] + value_text[1:].partition("#")[0]).rstrip().strip("'\"")
        value = evaluated.values.get(name)
        if seen == str(value) or (name == "name" and "easyblock" in evaluated.values):
            continue
        yield InputError(
            f"EasyBuild takes `{seen}` for the {name}, from the text of this line",
            file=evaluated.file,
            line=text.count("\n", 0, match.start("value")) + 1,
            hint=f"write `{name} = '...'` as a plain text, before any other line like it",
        )


def _classes(evaluated: Evaluated, entry: Entry) -> Iterator[Notice | StackBridgeError]:
    """Easyblock, module class and toolchain: known, misspelled, or a site's own."""
    known = parameters()
    easyblock = _easyblock(evaluated)
    kinds: tuple[tuple[str, str, str, Collection[str]], ...] = (
        ("easyblock", "easyblock", easyblock, known.easyblocks),
        ("moduleclass", "module class", entry.moduleclass, known.moduleclasses),
        ("toolchain", "toolchain", entry.toolchain[0], table()),
    )
    for parameter, kind, value, names in kinds:
        if value in names or (parameter == "toolchain" and value == "system"):
            continue
        written = parameter in evaluated.values
        near = _near(value, names) if written else None
        if near is not None:
            yield InputError(
                f"there is no {kind} `{value}`",
                file=evaluated.file,
                line=evaluated.line(parameter),
                hint=f"did you mean `{near}`?",
            )
        elif parameter == "easyblock" and not written:
            yield _notice(
                Code.NAME_UNKNOWN,
                parameter,
                f"no easyblock is named, and {value} is not one of EasyBuild's",
                "the site must include its own, or the file name one (`easyblock = ...`)",
                evaluated,
            )
        else:
            yield _notice(
                Code.NAME_UNKNOWN,
                parameter,
                f"`{value}` is no {kind} of EasyBuild's own",
                "the site must include it",
                evaluated,
            )


# ---- templates


@lru_cache(maxsize=8)
def _library(easyconfigs: tuple[str, ...], architecture: str, cache: str | None) -> Any:
    from stackbridge.ecosystems.easybuild.index import Index

    return Index.open(easyconfigs, cache=cache, architecture=architecture)


def _resolver(context: Context) -> Resolver:
    library = _library(context.easyconfigs, context.architecture, context.cache)
    return Resolver(library, architecture=context.architecture)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _texts(item)


_OF_EXTENSIONS = frozenset(
    {"exts_list", "components", "exts_default_options", "default_component_specs", "exts_filter"}
)


def _templates(
    evaluated: Evaluated, entry: Entry, resolver: Resolver
) -> Iterator[StackBridgeError]:
    own = resolver.templates(entry)
    # parameters which templates of the same name stand for
    values = template_values(evaluated.values, (), architecture=resolver.architecture)
    templates = {**values, **own}
    external = any(
        isinstance(item, (list, tuple)) and EXTERNAL_MODULE in item
        for name in ("dependencies", "builddependencies")
        for item in evaluated.values.get(name) or ()
    )
    for name, value in evaluated.values.items():
        if is_local(name) or "%(" not in repr(value):
            continue
        missing: dict[str, None] = {}
        for text in _texts(value):
            missing.update(dict.fromkeys(unresolvable(text, templates)))
        for template in missing:
            if name in _OF_EXTENSIONS and template.startswith("version"):
                continue  # those of the extension
            if external and template in KNOWN:
                continue  # the metadata of an external module may give it
            if entry.toolchain[0] in _WITH_CUDA and template.startswith("cuda"):
                continue  # from the environment of the build
            yield InputError(
                f"`%({template})s` in `{name}` has no value",
                file=evaluated.file,
                line=evaluated.line(name),
                hint=_template_hint(template),
            )


_WITH_CUDA = ("NVHPC", "nvidia-compilers")
_FROM = {"cuda": "CUDA", "java": "Java", "perl": "Perl", "py": "Python", "r": "R"}


def _template_hint(template: str) -> str:
    for prefix, software in _FROM.items():
        if re.fullmatch(rf"{prefix}_?(?:maj|min|short)?_?ver", template):
            return f"it comes from a dependency on {software}, and there is none"
    if template.startswith(("version_", "ver_")):
        return "the version has fewer parts than that"
    near = difflib.get_close_matches(template, KNOWN, 1, 0.7)
    if near:
        return f"did you mean `%({near[0]})s`?"
    return f"to keep it as it is, write `%%({template})s`"


# ---- the file's name, and the shapes of values


def _file_name(
    evaluated: Evaluated, entry: Entry, resolver: Resolver
) -> Iterator[StackBridgeError]:
    base = _base(evaluated.file)
    if not base.endswith(".eb"):
        return
    suffix = resolver.suffix(entry)
    if names_in(suffix):
        return  # said already
    full = full_version(entry.version, resolver.toolchain(entry), suffix, entry.prefix)
    expected = f"{entry.name}-{full}.eb"
    if base not in (expected, f"{full}.eb"):
        yield InputError(
            f"by its content the file's name is `{expected}`",
            file=evaluated.file,
            line=evaluated.line("version") or evaluated.line("name"),
            hint="the robot finds easyconfigs by their names only",
        )


def _shapes(evaluated: Evaluated) -> Iterator[Notice | StackBridgeError]:
    values = evaluated.values
    for name in ("sources", "patches", "source_urls", "checksums", "exts_list", "components"):
        value = values.get(name)
        if value is None or isinstance(value, (list, tuple, Mapping)):
            continue
        kind = "a text" if isinstance(value, str) else type(value).__name__
        yield InputError(
            f"`{name}` is a list, not {kind}",
            file=evaluated.file,
            line=evaluated.line(name),
            hint=f"{name} = [{value!r:.60}]",
        )
    counts = [
        len(value) if isinstance(value := values.get(name) or (), (list, tuple)) else 0
        for name in ("sources", "patches", "checksums")
    ]
    if isinstance(values.get("sources"), list) and 0 < counts[2] < counts[0] + counts[1]:
        yield _notice(
            Code.CHECKSUM_MISSING,
            "checksums",
            f"{counts[2]} checksums for {counts[0] + counts[1]} files",
            "they belong to sources and patches, in this order",
            evaluated,
        )


# ---- what it needs


def _needs(
    evaluated: Evaluated, entry: Entry, resolver: Resolver, context: Context
) -> Iterator[StackBridgeError]:
    """Within a robot path: missing dependencies, cycles, another file of the same module."""
    base = _base(evaluated.file)
    own = resolver.module(entry)
    name = resolve_text(entry.name, {})
    library = _library(context.easyconfigs, context.architecture, context.cache)
    for other in library.find(name):
        if other.basename != base and resolver.module(other) == own:
            yield InputError(
                f"`{library.path(other)}` defines the same module {own}",
                file=evaluated.file,
                line=evaluated.line("name"),
                hint="one of the two can't be built beside the other",
            )
    for warning in resolver.warnings:
        yield InputError(warning, file=evaluated.file, line=evaluated.line("toolchain"))
    closure = resolver.closure([entry])
    for item in closure.missing:
        direct = item.parent is entry
        hint = None
        versions = library.versions(item.needed.name)
        if versions:
            hint = f"there is {item.needed.name} {', '.join(versions[-5:])}"
        elif near := library.suggest(item.needed.name):
            hint = f"did you mean `{near[0]}`?"
        where = "" if direct else f", which {item.parent.basename} needs"
        yield InputError(
            f"there is no easyconfig for {item.needed.module}{where}",
            file=evaluated.file,
            line=_dependency_line(evaluated, item.needed.kind if direct else "run"),
            hint=hint,
        )
    for need in resolver.fetching(entry):
        if resolver.locate(need.name, need.full_version) is None:
            yield InputError(
                f"there is no easyconfig for {need.module}, which fetching the sources needs",
                file=evaluated.file,
                line=evaluated.line("source_deps"),
                hint="EasyBuild's robot does not look for it",
            )
    for mismatch in closure.mismatches:
        yield InputError(
            f"by its name this file is `{mismatch.expected}`, by its content it is not",
            file=library.path(mismatch.entry),
        )
    if closure.cycle:
        yield InputError(
            f"the easyconfigs need each other: {' -> '.join(closure.cycle)}",
            file=evaluated.file,
            line=_dependency_line(evaluated, "run"),
        )


def _dependency_line(evaluated: Evaluated, kind: str) -> int | None:
    first, second = ("builddependencies", "dependencies")
    if kind != "build":
        first, second = second, first
    return evaluated.line(first) or evaluated.line(second)
