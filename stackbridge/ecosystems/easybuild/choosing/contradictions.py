"""Requirements that can't hold together: refused, with both places named.

A rule counts here when it is a requirement without a condition. Alternatives contradict when
each of them does. What a group requires comes before what the stack requires of the same
package, and what is required of a package before what is required of all, as in Spack.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stackbridge.ecosystems.easybuild.choosing.wording import short
from stackbridge.errors import InputError
from stackbridge.hub.notices import Place
from stackbridge.hub.package import Package
from stackbridge.hub.stack import Rule

__all__ = ["check", "check_rules", "contradict", "possible"]


def contradict(one: Package, other: Package) -> bool:
    """Whether versions or switches of two packages exclude each other."""
    if (one.versions & other.versions).is_empty:
        return True
    stated = {feature.name: feature.value for feature in one.features}
    return any(
        isinstance(feature.value, bool) and stated.get(feature.name, feature.value) != feature.value
        for feature in other.features
    )


def possible(rule: Rule, package: Package) -> tuple[Package, ...]:
    """The rule's choices that can hold with what is asked for; all where it wants all."""
    if rule.policy == "all":
        every = all(not contradict(package, choice) for choice in rule.choices)
        return rule.choices if every else ()
    return tuple(choice for choice in rule.choices if not contradict(package, choice))


def check(package: Package, rules: Sequence[Rule], group_rules: Sequence[Rule]) -> None:
    """Raise InputError where a package and a requirement on it, or on all, exclude each other.

    The package is a request, or a constraint on a dependency of one.
    """
    for rule in _in_force(package.name or "", rules, group_rules):
        if rule.choices and not possible(rule, package):
            said = " or ".join(f"`{_bare(choice)}`" for choice in rule.choices)
            raise _error(
                f"`{short(package)}` contradicts what is required of "
                + ("all packages" if rule.subject == "*" else f"`{rule.subject}`")
                + f"{_at(rule.place)}: {said}",
                package.place,
            )


def check_rules(rules: Iterable[Rule]) -> None:
    """Raise InputError where two requirements on one package exclude each other."""
    before: dict[str, list[Rule]] = {}
    for rule in rules:
        if not _counts(rule) or rule.subject == "*":
            continue
        for earlier in before.setdefault(rule.subject, []):
            if not any(possible(rule, choice) for choice in _merged(earlier)):
                first, second = (
                    " or ".join(f"`{_bare(choice)}`" for choice in one.choices)
                    for one in (earlier, rule)
                )
                raise _error(
                    f"`{rule.subject}` is required to be {second}, and to be {first}"
                    + _at(earlier.place),
                    rule.place,
                )
        before[rule.subject].append(rule)


def _merged(rule: Rule) -> tuple[Package, ...]:
    """A rule's choices; where it wants all of them, each stands for itself."""
    return rule.choices or (Package(),)


def _counts(rule: Rule) -> bool:
    return rule.strength == "require" and rule.when is None


def _in_force(name: str, rules: Sequence[Rule], group_rules: Sequence[Rule]) -> list[Rule]:
    for subject in (name, "*"):
        for some in (group_rules, rules):
            found = [rule for rule in some if rule.subject == subject and _counts(rule)]
            if found:
                return found
    return []


def _bare(package: Package) -> str:
    return short(package) or package.target or "another target"


def _at(place: Place) -> str:
    if place.line is None:
        return ""
    return f" (in {place.file or 'the input'}, line {place.line})"


def _error(message: str, place: Place) -> InputError:
    return InputError(
        message,
        file=place.file,
        line=place.line,
        column=place.column,
        hint="both can't hold; change one of the two",
    )
