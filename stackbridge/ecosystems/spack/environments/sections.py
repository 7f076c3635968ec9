"""Stack -> the sections of spack.yaml as plain values, and the orders that are kept.

The reverse of `environment.py`. `layout` in `extensions["spack"]` holds the orders of keys
which this file would not choose by itself: `keys`, a list of {at: path, order: [...]};
`specs`, the order of groups and ungrouped entries (`default`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stackbridge.ecosystems.spack.environments.environment import SECTIONS, UNIFY
from stackbridge.ecosystems.spack.environments.packages_section import write_rules
from stackbridge.ecosystems.spack.language.formatting import format_spec
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Definition, Entry, Group, Matrix, Rule, Stack, Use

__all__ = ["apply_layout", "key_orders", "sections"]

_OURS = ("comments", "layout", "override", "included")
_ROLES = {"dependency": "^", "compiler": "%"}


def sections(
    stack: Stack, spell: Callable[[Package], str] = format_spec
) -> tuple[dict[str, Any], list[Rule]]:
    """Sections in our own order, and the rules that Spack can't say.

    `spell` writes a package of the specs; ValueError passes through.
    """
    own = dict(stack.extensions.get("spack", {}))
    included = own.get("included") or {}
    made: dict[str, Any] = {key: value for key, value in own.items() if key not in _OURS}
    skipped = set(included.get("definitions", ()))
    definitions = [_definition(d, spell) for d in stack.definitions if d.name not in skipped]
    if definitions:
        made["definitions"] = definitions
    made["specs"] = _specs(stack, own.get("layout") or {}, spell)
    packages, lost = write_rules(stack.rules)
    for group in stack.groups:
        lost += write_rules(group.rules)[1]
    if packages or "packages" in made:
        made["packages"] = _merged(packages, made.get("packages"))
    if stack.unify is not None and not included.get("unify"):
        words = {word: key for key, word in UNIFY.items()}
        rest = made.get("concretizer")
        rest = rest if isinstance(rest, Mapping) else {}
        made["concretizer"] = {"unify": words[stack.unify], **rest}
    ordered = {key: made[key] for key in SECTIONS if key in made}
    ordered.update(made)
    _mark_overrides(ordered, own.get("override") or ())
    return ordered, lost


def _merged(rules: Mapping[str, Any], rest: Any) -> Any:
    """Packages' rules first, each followed by what no rule says."""
    if not isinstance(rest, Mapping):
        return dict(rules) if rules else rest
    merged: dict[str, Any] = {name: dict(keys) for name, keys in rules.items()}
    for name, keys in rest.items():
        if name in merged and isinstance(keys, Mapping):
            merged[name].update(keys)
        elif name not in merged:
            merged[name] = keys
    return merged


def _mark_overrides(made: dict[str, Any], paths: Iterable[Any]) -> None:
    for path in sorted((list(p) for p in paths if isinstance(p, list | tuple)), key=len)[::-1]:
        target: Any = made
        for key in path[:-1]:
            target = target.get(key) if isinstance(target, dict) else None
        if isinstance(target, dict) and path and path[-1] in target:
            renamed = {f"{k}:" if k == path[-1] else k: v for k, v in target.items()}
            target.clear()
            target.update(renamed)


def _specs(stack: Stack, layout: Mapping[str, Any], spell: Callable[[Package], str]) -> list[Any]:
    groups = {group.name: group for group in stack.groups}
    rest = list(stack.entries)
    order = [name for name in layout.get("specs", ()) if name == "default" or name in groups]
    runs = layout.get("runs")
    found: list[Any] = []
    seen: set[str] = set()
    # Ungrouped entries may stand in several runs between the groups.
    counts = list(runs) if isinstance(runs, list | tuple) else []
    for name in order:
        if name == "default":
            count = counts.pop(0) if counts else len(rest)
            found += [_entry(entry, spell) for entry in rest[:count]]
            rest = rest[count:]
        elif name not in seen:
            seen.add(name)
            found.append(_group(groups[name], spell))
    found += [_entry(entry, spell) for entry in rest]
    found += [_group(group, spell) for group in stack.groups if group.name not in seen]
    return found


def _definition(definition: Definition, spell: Callable[[Package], str]) -> dict[str, Any]:
    made: dict[str, Any] = {definition.name: [_entry(entry, spell) for entry in definition.entries]}
    if definition.when:
        made["when"] = definition.when
    return made


def _group(group: Group, spell: Callable[[Package], str]) -> dict[str, Any]:
    made: dict[str, Any] = {"group": group.name}
    if group.needs:
        made["needs"] = list(group.needs)
    if not group.explicit:
        made["explicit"] = False
    entries = [_entry(entry, spell) for entry in group.entries]
    if len(entries) == 1 and isinstance(entries[0], dict):
        made.update(entries[0])
    else:
        made["specs"] = entries
    override = dict(group.extensions.get("spack", {}).get("override") or {})
    packages, _ = write_rules(group.rules)
    if packages:
        override["packages"] = _merged(packages, override.get("packages"))
    if override:
        made["override"] = override
    return made


def _entry(entry: Entry, spell: Callable[[Package], str]) -> Any:
    if isinstance(entry, Package):
        return spell(entry)
    if isinstance(entry, Use):
        return f"${_ROLES.get(entry.role or '', '')}{entry.name}"
    return _matrix(entry, spell)


def _matrix(matrix: Matrix, spell: Callable[[Package], str]) -> dict[str, Any]:
    made: dict[str, Any] = {"matrix": [[_entry(e, spell) for e in row] for row in matrix.rows]}
    if matrix.exclude:
        made["exclude"] = [spell(package) for package in matrix.exclude]
    return made


# ------------------------------------------------------------------------------- orders


def key_orders(original: Any, made: Any, path: tuple[str | int, ...] = ()) -> list[dict[str, Any]]:
    """Where the keys of `original` stand in another order than those of `made`."""
    found: list[dict[str, Any]] = []
    if isinstance(original, Mapping) and isinstance(made, Mapping):
        before = [key.removesuffix(":") for key in original]
        after = [key.removesuffix(":") for key in made]
        common = [key for key in before if key in after]
        if common != [key for key in after if key in before]:
            found.append({"at": list(path), "order": common})
        plain = {key.removesuffix(":"): value for key, value in original.items()}
        for key, value in made.items():
            bare = key.removesuffix(":")
            found += key_orders(plain.get(bare), value, (*path, bare))
    elif isinstance(original, list) and isinstance(made, list):
        kept = [item for item in original if item is not None]
        for index, (before, after) in enumerate(zip(kept, made, strict=False)):
            found += key_orders(before, after, (*path, index))
    return found


def apply_layout(made: Any, orders: Iterable[Any]) -> Any:
    """`made` with its keys in the orders given; keys without an order come last."""
    for order in orders:
        if not isinstance(order, Mapping) or not isinstance(order.get("order"), list | tuple):
            continue
        target = made
        for step in order.get("at", ()):
            target = _step(target, step)
        if isinstance(target, dict):
            bare = {key.removesuffix(":"): key for key in target}
            first = [bare[key] for key in order["order"] if key in bare]
            items = {key: target[key] for key in [*first, *(k for k in target if k not in first)]}
            target.clear()
            target.update(items)
    return made


def _step(target: Any, step: Any) -> Any:
    if isinstance(target, dict):
        return target.get(step, target.get(f"{step}:"))
    if isinstance(target, list) and isinstance(step, int) and 0 <= step < len(target):
        return target[step]
    return None
