"""The `packages:` section <-> hub rules: what is required, preferred, in conflict.

    packages:<name>:require/prefer/conflict   a rule each; `all` is the subject `*`
    packages:<name>:version, variants, target  rules of strength "default": they lose
    packages:all:providers                     default rules on the virtual package

What a rule can't say (externals, buildable, permissions) stays as it is, under
`extensions["spack"]["packages"]`. A key that replaces lower scopes (`require::`) is listed
in `extensions["spack"]["override"]` when it became a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias

from stackbridge.ecosystems.spack.language.formatting import (
    format_feature,
    format_spec,
    format_versions,
)
from stackbridge.errors import InputError
from stackbridge.hub.notices import Place
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Rule
from stackbridge.yamltext import Node

__all__ = ["RULE_KEYS", "SpecReader", "read_package", "subject_of", "write_rules"]

SpecReader: TypeAlias = Callable[[Node], Package]
"""Reads the spec in a scalar node."""

RULE_KEYS = ("require", "prefer", "conflict", "version", "variants", "target", "providers")
_Strength: TypeAlias = Literal["require", "prefer", "conflict"]


def subject_of(name: str) -> str:
    """`all` is said of every package."""
    return "*" if name == "all" else name


def read_package(
    name: str, key: str, node: Node, spec: SpecReader, place: Callable[[Node], Place]
) -> list[Rule]:
    """The rules in one key of one package. Raises `InputError` for a shape it can't have."""
    subject = subject_of(name)
    if key in ("require", "prefer", "conflict"):
        strength: _Strength = key  # type: ignore[assignment]
        items = node.items if node.kind == "sequence" else (node,)
        return [_constraint(subject, strength, item, spec, place) for item in items if _said(item)]
    if key == "providers":
        return _providers(node, spec, place)
    return _defaults(subject, key, node, spec, place)


def _said(node: Node) -> bool:
    return node.kind != "scalar" or node.value is not None


def _constraint(
    subject: str,
    strength: _Strength,
    node: Node,
    spec: SpecReader,
    place: Callable[[Node], Place],
) -> Rule:
    if node.kind == "scalar":
        return Rule(subject=subject, strength=strength, choices=(spec(node),), place=place(node))
    if node.kind != "mapping":
        raise _shape(node, place, "a requirement is a spec or a mapping")
    policy: Literal["one", "any", "all"] = "all"
    choices: tuple[Package, ...] = ()
    when: Package | None = None
    message: str | None = None
    for key, value in node.entries.items():
        if key == "spec":
            choices = (spec(value),)
        elif key in ("one_of", "any_of"):
            policy = "one" if key == "one_of" else "any"
            choices = tuple(spec(item) for item in value.items)
        elif key == "when":
            when = spec(value)
        elif key == "message":
            message = value.text
        else:
            raise _shape(
                node.keys[key], place, f"`{key}` is no key of a requirement", "one_of or any_of"
            )
    if not choices:
        raise _shape(node, place, "a requirement without a spec")
    return Rule(
        subject=subject,
        strength=strength,
        choices=choices,
        policy=policy,
        when=when,
        message=message,
        place=place(node),
    )


def _shape(
    node: Node, place: Callable[[Node], Place], message: str, keys: str = "one_of or any_of"
) -> InputError:
    where = place(node)
    return InputError(
        message,
        file=where.file,
        line=where.line,
        column=where.column,
        hint=f"write a spec, or a mapping with spec, {keys}, and when and message if needed",
    )


def _providers(node: Node, spec: SpecReader, place: Callable[[Node], Place]) -> list[Rule]:
    rules = []
    for virtual, names in node.entries.items():
        items = names.items if names.kind == "sequence" else (names,)
        choices = tuple(spec(item) for item in items if _said(item))
        if choices:
            rules.append(
                Rule(
                    subject=virtual.removesuffix(":"),
                    strength="default",
                    choices=choices,
                    policy="any",
                    place=place(names),
                )
            )
    return rules


def _defaults(
    subject: str, key: str, node: Node, spec: SpecReader, place: Callable[[Node], Place]
) -> list[Rule]:
    items = [i for i in (node.items if node.kind == "sequence" else (node,)) if _said(i)]
    if not items:
        return []
    choices = tuple(_preferred(key, item, spec) for item in items)
    ordered = key in ("version", "target")
    return [
        Rule(
            subject=subject,
            strength="default",
            choices=choices,
            policy="any" if ordered else "all",
            place=place(node),
        )
    ]


def _preferred(key: str, node: Node, spec: SpecReader) -> Package:
    from dataclasses import replace

    text = node.text if node.quoted or isinstance(node.value, str) else str(node.value)
    if key == "version":
        text = "@" + text.removeprefix("@")
    elif key == "target":
        text = f"target={text}"
    return spec(replace(node, text=text, value=text))


# ------------------------------------------------------------------------------- writing


def write_rules(rules: Iterable[Rule]) -> tuple[dict[str, dict[str, Any]], list[Rule]]:
    """Package name -> keys of its section, in the order of the rules; what can't be said.

    The keys of one name come in the order of `RULE_KEYS` as they first occur.
    """
    section: dict[str, dict[str, Any]] = {}
    lost: list[Rule] = []
    for rule in rules:
        try:
            _write_rule(rule, section)
        except ValueError:
            lost.append(rule)
    for keys in section.values():
        for key in ("require", "prefer", "conflict"):
            if len(keys.get(key, ())) == 1 and isinstance(keys[key][0], str):
                keys[key] = keys[key][0] if key == "require" else keys[key]
    return section, lost


def _write_rule(rule: Rule, section: dict[str, dict[str, Any]]) -> None:
    name = "all" if rule.subject == "*" else rule.subject
    if rule.strength == "default":
        _write_default(name, rule, section)
        return
    texts = [format_spec(choice) for choice in rule.choices]
    plain = rule.when is None and rule.message is None
    if plain and (rule.policy == "all" or rule.strength != "require"):
        items: list[Any] = list(texts)
    else:
        items = _mappings(rule, texts)
    section.setdefault(name, {}).setdefault(rule.strength, []).extend(items)


def _mappings(rule: Rule, texts: list[str]) -> list[Any]:
    more: dict[str, Any] = {}
    if rule.when is not None:
        more["when"] = format_spec(rule.when)
    if rule.message is not None:
        more["message"] = rule.message
    if rule.policy == "all" or rule.strength != "require":
        # Only requirements have alternatives; each conflict and preference stands alone.
        return [{"spec": text, **more} for text in texts]
    return [{"one_of" if rule.policy == "one" else "any_of": texts, **more}]


def _write_default(name: str, rule: Rule, section: dict[str, dict[str, Any]]) -> None:
    """The soft settings. ValueError for what only `prefer` could say."""
    if all(choice.name for choice in rule.choices):
        providers = section.setdefault("all", {}).setdefault("providers", {})
        providers[name] = [format_spec(choice) for choice in rule.choices]
        return
    for choice in rule.choices:
        key, text = _soft(choice)
        if key == "target" and name != "all":
            section.setdefault(name, {}).setdefault("prefer", []).append(f"target={text}")
        else:
            section.setdefault(name, {}).setdefault(key, []).append(text)
    soft = section.get(name, {})
    if len(soft.get("variants", ())) == 1 and isinstance(soft["variants"], list):
        soft["variants"] = soft["variants"][0]


def _soft(choice: Package) -> tuple[str, str]:
    bare = Package(versions=choice.versions)
    if not choice.versions.is_any and choice == bare:
        return "version", format_versions(choice).removeprefix("@")
    if choice.target and choice == Package(target=choice.target):
        return "target", choice.target
    if choice.features and choice == Package(features=choice.features):
        texts = [format_feature(f) for f in choice.features]
        return "variants", "".join(
            text if text[0] in "+~" and index == 0 else " " + text
            for index, text in enumerate(texts)
        ).strip()
    raise ValueError("a soft preference is a version, variants or a target")


def strip_override(entries: Mapping[str, Node]) -> dict[str, tuple[str, Node]]:
    """Keys without the `:` that replaces lower scopes -> (key as written, node)."""
    return {key.removesuffix(":"): (key, node) for key, node in entries.items()}
