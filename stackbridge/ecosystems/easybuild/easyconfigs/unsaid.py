"""What a stack asks for beyond the parameters that its packages carry.

An easyconfig is written of its parameters alone; what was added to the package or to the
stack around it is not in the file, and a notice says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackbridge.ecosystems.easybuild.choosing.wording import short, shown
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Extensions, Package
from stackbridge.hub.stack import Stack

__all__ = ["unsaid", "unsaid_of_stack"]

_WHY = "an easyconfig is written of its own parameters alone"


def unsaid(package: Package) -> Iterator[Notice]:
    """What a package asks for besides its parameters."""

    def lost(code: Code, what: str) -> Notice:
        return Notice(
            code=code,
            subject=package.name or "(any package)",
            what=f"{what} is not in its easyconfig",
            why=_WHY,
            where=package.place,
        )

    for feature in package.features:
        yield lost(Code.FEATURE_LOST, f"`{shown(feature)}`")
    for dependency in package.dependencies:
        when = " under a condition" if dependency.when is not None else ""
        sign = "%" if dependency.direct else "^"
        roles = f" as {', '.join(dependency.provides)}" if dependency.provides else ""
        kinds = f" ({', '.join(dependency.kinds)})" if dependency.kinds else ""
        below = dependency.package
        machine = "".join(
            f" {key}={value}" for key in ("target", "os") if (value := getattr(below, key))
        )
        flags = "".join(f" {flag.name}={flag.value}" for flag in below.flags)
        text = f"`{sign}{short(below)}{machine}{flags}`{roles}{kinds}{when}"
        yield lost(Code.DEPENDENCY_LOST, text)
    for flag in package.flags:
        yield lost(Code.FLAGS_LOST, f"`{flag.name}={flag.value}`")
    for gpu in package.gpus:
        yield lost(Code.GPU_LOST, f"`{gpu}`")
    for key in ("target", "os", "platform"):
        value = getattr(package, key)
        if value is not None and (key, value) != ("platform", "linux"):
            yield lost(Code.TARGET_LOST, f"`{key}={value}`")
    for key in ("namespace", "hash"):
        value = getattr(package, key)
        if value is not None:
            yield lost(Code.SETTING_LOST, f"the {key} `{value}`")
    yield from _foreign(package.extensions, package.name or "", package.place)


def unsaid_of_stack(stack: Stack) -> Iterator[Notice]:
    """What a stack says of all of its packages."""

    def lost(code: Code, subject: str, what: str) -> Notice:
        return Notice(code=code, subject=subject, what=what, why=_WHY, where=stack.place)

    own = {package.toolchain for package in stack.entries if isinstance(package, Package)}
    if stack.toolchain is not None and stack.toolchain not in own:
        text = str(stack.toolchain)
        what = f"the stack's toolchain `{text}` is not used; `--toolchain` moves easyconfigs"
        yield lost(Code.TOOLCHAIN_LOST, text, what)
    for target in stack.targets:
        yield lost(Code.TARGET_LOST, target, f"`{target}` is not in the easyconfigs")
    if stack.os is not None:
        yield lost(Code.TARGET_LOST, stack.os, f"`os={stack.os}` is not in the easyconfigs")
    for gpu in stack.gpus:
        yield lost(Code.GPU_LOST, gpu, f"`{gpu}` is not in the easyconfigs")
    if stack.container is not None:
        yield lost(Code.SETTING_IGNORED, "container", "the container is left out")
    if stack.unify is not None:
        yield lost(Code.SETTING_IGNORED, "unify", f"`{stack.unify}` is not said")
    yield from _foreign(stack.extensions, stack.name, stack.place)
    for definition in stack.definitions:
        if definition.when is not None:
            what = f"the condition `{definition.when}` on `{definition.name}` is not evaluated"
            yield lost(Code.CONDITION_LOST, definition.name, what)
    rules = list(stack.rules)
    for group in stack.groups:
        rules += group.rules
        yield from _foreign(group.extensions, f"group `{group.name}`", group.place)
        if group.needs or not group.explicit:
            what = f"what `{group.name}` needs, or is there for, is not said"
            yield lost(Code.STRUCTURE_LOST, group.name, what)
    for rule in rules:
        choices = ", ".join(filter(None, map(short, rule.choices)))
        when = " under a condition" if rule.when is not None else ""
        yield Notice(
            code=Code.RULE_LOST,
            subject=rule.subject,
            what=f"the rule ({rule.strength}) `{choices}` on `{rule.subject}`{when} is not applied",
            why=_WHY,
            where=rule.place,
        )


def _foreign(extensions: Extensions, subject: str, place: Place) -> Iterator[Notice]:
    for ecosystem, settings in extensions.items():
        for name in settings if isinstance(settings, Mapping) else (ecosystem,):
            # what an easyconfig's own layout is made of
            if ecosystem == "easybuild" and name not in ("options", "settings"):
                continue
            yield Notice(
                code=Code.SETTING_LOST,
                subject=subject,
                what=f"{ecosystem}'s `{name}` is left out",
                why=_WHY,
                where=place,
            )
