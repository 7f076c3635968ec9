"""The manifest's writing half: hub objects to plain data, in the order of the reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from stackbridge.hub.package import EMPTY, Dependency, Feature, Flag, Package, Toolchain
from stackbridge.hub.shortform import format_package, format_toolchain, format_versions
from stackbridge.hub.stack import Container, Definition, Entry, Group, Matrix, Rule, Stack, Use
from stackbridge.yamltext import Flow, compact

__all__ = ["package_data", "stack_data"]

_WIDTH = 60  # a list of short texts stands in one line up to about this


def stack_data(stack: Stack) -> dict[str, Any]:
    """A stack as the manifest's data."""
    return {
        "stackbridge": 1,
        "name": stack.name,
        **_said(
            description=stack.description or None,
            names=stack.names,
            toolchain=_toolchain(stack.toolchain) if stack.toolchain else None,
            targets=_texts(stack.targets),
            gpus=_texts(stack.gpus),
            os=stack.os,
            container=None if stack.container is None else _container(stack.container),
            unify=stack.unify,
            definitions=_definitions(stack.definitions),
            packages=[_entry(entry) for entry in stack.entries] or None,
            groups=[_group(group) for group in stack.groups] or None,
            rules=[_rule(rule) for rule in stack.rules] or None,
            extensions=_extensions(stack.extensions),
        ),
    }


def package_data(package: Package) -> Any:
    """The short form; the short form with more beside it; or the long form."""
    short = format_package(package)
    if short is not None:
        return short
    short = format_package(replace(package, explicit=True, extensions=EMPTY))
    extensions = _extensions(package.extensions)
    explicit = None if package.explicit else False
    if short is not None:
        return {"package": short, **_said(explicit=explicit, extensions=extensions)}
    return _said(
        name=package.name,
        namespace=package.namespace,
        version=None if package.versions.is_any else format_versions(package.versions),
        features={feature.name: _feature(feature) for feature in package.features} or None,
        flags=_flags(package.flags),
        toolchain=_toolchain(package.toolchain) if package.toolchain else None,
        dependencies=[_dependency(dependency) for dependency in package.dependencies] or None,
        platform=package.platform,
        os=package.os,
        target=package.target,
        gpus=_texts(package.gpus),
        hash=package.hash,
        explicit=explicit,
        extensions=extensions,
    )


def _said(**values: Any) -> dict[str, Any]:
    """Only what is said; the keys in their order."""
    return {key: value for key, value in values.items() if value is not None}


def _texts(texts: tuple[str, ...]) -> list[str] | None:
    return _line(texts) if texts else None


def _line(items: Iterable[Any]) -> list[Any]:
    """In one line, if it is a short list of texts."""
    found = list(items)
    if all(isinstance(item, str) for item in found) and sum(map(len, found)) <= _WIDTH:
        return Flow(found)
    return found


def _extensions(extensions: Mapping[str, Any]) -> dict[str, Any] | None:
    return {name: compact(value) for name, value in extensions.items()} or None


def _container(container: Container) -> dict[str, Any]:
    return _said(
        base=container.base,
        command=_texts(container.command),
        labels=dict(container.labels) or None,
    )


def _definitions(definitions: tuple[Definition, ...]) -> Any:
    if not definitions:
        return None
    names = {definition.name for definition in definitions}
    if len(names) == len(definitions) and all(d.when is None for d in definitions):
        return {d.name: _line(map(_entry, d.entries)) for d in definitions}
    return [
        {
            "name": definition.name,
            **_said(when=definition.when),
            "packages": _line(map(_entry, definition.entries)),
        }
        for definition in definitions
    ]


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        **_said(needs=_texts(group.needs), explicit=None if group.explicit else False),
        "packages": [_entry(entry) for entry in group.entries],
        **_said(
            rules=[_rule(rule) for rule in group.rules] or None,
            extensions=_extensions(group.extensions),
        ),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    choices = [package_data(package) for package in rule.choices]
    return {
        "for": rule.subject,
        rule.strength: choices[0] if len(choices) == 1 else _line(choices),
        **_said(
            policy=None if rule.policy == "all" else rule.policy,
            when=None if rule.when is None else package_data(rule.when),
            message=rule.message,
        ),
    }


def _entry(entry: Entry) -> Any:
    if isinstance(entry, Matrix):
        rows = [_line(map(_entry, row)) for row in entry.rows]
        exclude = [package_data(package) for package in entry.exclude]
        return {"matrix": rows, **_said(exclude=exclude or None)}
    if isinstance(entry, Use):
        return {"use": entry.name, **({"as": entry.role} if entry.role else {})}
    return package_data(entry)


def _feature(feature: Feature) -> Any:
    value: Any = feature.value
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else _line(value)
    if not feature.exactly and not feature.propagated:
        return value
    return {
        "value": value,
        **_said(exactly=feature.exactly or None, propagated=feature.propagated or None),
    }


def _flags(flags: tuple[Flag, ...]) -> Any:
    if not flags:
        return None
    if len({flag.name for flag in flags}) == len(flags) and not any(f.propagated for f in flags):
        return {flag.name: flag.value for flag in flags}
    return [
        {"name": flag.name, "value": flag.value, **_said(propagated=flag.propagated or None)}
        for flag in flags
    ]


def _toolchain(toolchain: Toolchain) -> Any:
    return format_toolchain(toolchain) or _said(
        name=toolchain.name,
        version=toolchain.version,
        parts={role: package_data(part) for role, part in toolchain.parts.items()} or None,
    )


def _dependency(dependency: Dependency) -> Any:
    short = format_package(Package(dependencies=(dependency,)))
    return short or {
        "package": package_data(dependency.package),
        **_said(
            kinds=_texts(dependency.kinds),
            provides=_texts(dependency.provides),
            direct=dependency.direct or None,
            propagated=dependency.propagated or None,
            when=None if dependency.when is None else package_data(dependency.when),
        ),
    }
