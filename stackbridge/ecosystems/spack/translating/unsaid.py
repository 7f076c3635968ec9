"""What other tools alone know of a stack, and an environment can't say: a notice for each.

Settings in `extensions` of other ecosystems, and namespaces of other tools' repositories.
EasyBuild's `versionsuffix`, `file` and `path` are said by features, versions and names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Extensions, Package
from stackbridge.hub.stack import Entry, Matrix, Stack

__all__ = ["packages_of", "unsaid"]

_SAID = frozenset({"versionsuffix", "file", "path", "layout"})
_COMMENTS = frozenset({"comments", "header", "footer"})


def unsaid(stack: Stack) -> list[Notice]:
    """Notices for a stack in whatever names."""
    found = list(_foreign(stack.extensions, stack.name, stack.place))
    for group in stack.groups:
        found += _foreign(group.extensions, f"group `{group.name}`", group.place)
    for package in packages_of(stack):
        found += _package(package, stack.names)
    return list(dict.fromkeys(found))


def packages_of(stack: Stack) -> Iterator[Package]:
    """Every package that a stack speaks of in its entries, with what is wanted below."""
    yield from _of(stack.entries)
    for definition in stack.definitions:
        yield from _of(definition.entries)
    for group in stack.groups:
        yield from _of(group.entries)


def _of(entries: Iterable[Entry]) -> Iterator[Package]:
    for entry in entries:
        if isinstance(entry, Package):
            yield entry
            yield from _of(dependency.package for dependency in entry.dependencies)
        elif isinstance(entry, Matrix):
            for row in entry.rows:
                yield from _of(row)


def _package(package: Package, names: str | None) -> Iterator[Notice]:
    subject = package.name or "(any package)"
    own = package.extensions.get("easybuild")
    if isinstance(own, Mapping) and "parameters" in own:
        yield Notice(
            code=Code.SETTING_IGNORED,
            subject=subject,
            what="how EasyBuild builds it is left out",
            why="an environment names packages; Spack's recipes build them",
            where=package.place,
        )
        rest = {name: value for name, value in package.extensions.items() if name != "easybuild"}
        yield from _foreign(rest, subject, package.place)
    else:
        yield from _foreign(package.extensions, subject, package.place)
    spack = package.extensions.get("spack")
    if spack:
        yield _lost("spack", ", ".join(map(str, spack)), subject, package.place)
    if package.namespace is not None and names != "spack":
        yield Notice(
            code=Code.SETTING_LOST,
            subject=subject,
            what=f"the namespace `{package.namespace}` is left out",
            why="it names a repository of another tool",
            where=package.place,
        )


def _foreign(extensions: Extensions, subject: str, place: Place) -> Iterator[Notice]:
    """One notice for each setting; the options of an entry are settings of their own."""
    for ecosystem, settings in extensions.items():
        if ecosystem == "spack":
            continue
        for name, value in settings.items() if isinstance(settings, Mapping) else ():
            if name in _SAID or (ecosystem, name) == ("easybuild", "options"):
                if name == "options" and isinstance(value, Mapping):
                    for option in value:
                        if option != "cuda-compute-capabilities":  # which are its GPUs
                            yield _lost(ecosystem, str(option), subject, place)
                continue
            yield _lost(ecosystem, str(name), subject, place)
        if not isinstance(settings, Mapping):
            yield _lost(ecosystem, str(ecosystem), subject, place)


def _lost(ecosystem: str, name: str, subject: str, place: Place) -> Notice:
    comment = name in _COMMENTS
    return Notice(
        code=Code.COMMENT_LOST if comment else Code.SETTING_LOST,
        subject=subject,
        what=f"{ecosystem}'s `{name}` is left out",
        why="its places are not those of an environment"
        if comment
        else f"what {ecosystem} alone knows is not understood here",
        where=place,
    )
