"""What is said of a whole stack in Spack's way: its rules for all packages, its settings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from stackbridge.ecosystems.spack.translating.wording import gpu_features
from stackbridge.hub.notices import Code, Notice
from stackbridge.hub.package import EMPTY, Extensions, Package
from stackbridge.hub.stack import Rule, Stack

__all__ = ["everywhere", "lost_container", "settings", "unused_toolchain"]


def settings(stack: Stack, deprecated: Collection[str]) -> tuple[Extensions, list[Notice]]:
    """Spack's own sections; deprecated versions are allowed where one is asked for."""
    notices: list[Notice] = []
    own = dict(stack.extensions.get("spack", {}))
    if deprecated:
        own["config"] = {**own.get("config", {}), "deprecated": True}
        some = list(deprecated)
        notices.append(
            Notice(
                code=Code.SETTING_ADDED,
                subject="config:deprecated",
                what="deprecated versions are allowed",
                why=f"Spack would refuse {', '.join(some[:4])}"
                + (f" and {len(some) - 4} more" if len(some) > 4 else ""),
                instead="config:deprecated:true",
            )
        )
    return ({"spack": own} if own else EMPTY), notices


def everywhere(stack: Stack) -> tuple[list[Rule], list[Notice]]:
    """What the stack says of all its packages: target, operating system, GPUs."""
    rules: list[Rule] = []
    notices: list[Notice] = []
    place = stack.place
    if stack.targets:
        choices = tuple(Package(target=target) for target in stack.targets)
        policy: Literal["all", "any"] = "all" if len(choices) == 1 else "any"
        rules.append(
            Rule(subject="*", strength="require", choices=choices, policy=policy, place=place)
        )
        if len(choices) > 1:
            notices.append(
                Notice(
                    code=Code.TARGET_LOST,
                    subject="targets",
                    what=f"one build for any of {', '.join(stack.targets)}, not one for each",
                    why="an environment without a matrix has one target for each package",
                    instead=f"Spack takes the first that fits: {stack.targets[0]}",
                    where=place,
                )
            )
    if stack.os:
        rules.append(
            Rule(subject="*", strength="require", choices=(Package(os=stack.os),), place=place)
        )
    wanted = gpu_features(stack.gpus)
    if wanted:
        choice = Package(features=tuple(f for f in wanted if f.value is not True))
        rules.append(Rule(subject="*", strength="default", choices=(choice,), place=place))
    return rules, notices


def unused_toolchain(stack: Stack) -> Notice:
    """The notice that each package has a toolchain of its own."""
    return Notice(
        code=Code.SETTING_IGNORED,
        subject=str(stack.toolchain),
        what=f"the stack's toolchain `{stack.toolchain}` is not used",
        why="every package names its own",
        where=stack.place,
    )


def lost_container() -> Notice:
    """The notice that a container is wished for."""
    return Notice(
        code=Code.SETTING_LOST,
        subject="container",
        what="the wish for a container is left out",
        why="`spack containerize` knows only some base images",
        instead="`stackbridge convert -t dockerfile` writes one",
    )
