"""`convert --robot`: the stack with all that EasyBuild's robot would build for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackbridge.errors import UsageError

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Reading
    from stackbridge.hub.notices import Notice

__all__ = ["with_closure"]


def with_closure(reading: Reading, context: Context) -> tuple[Reading, tuple[Notice, ...]]:
    """The reading, whose stack begins with every easyconfig that its own ones need.

    They stand in build order. UsageError where the packages are not EasyBuild's; an
    easyconfig that is missing is a notice.
    """
    from stackbridge.cli.compose import given_easyconfigs
    from stackbridge.ecosystems.easybuild.choosing.offers import open_release
    from stackbridge.ecosystems.easybuild.easyconfig_reader import resolution_of
    from stackbridge.ecosystems.easybuild.robot_recipes import RobotRecipes
    from stackbridge.hub.package import Package, Toolchain
    from stackbridge.hub.versions import VersionSet

    stack = reading.stack
    if stack is None or stack.names != "easybuild":
        raise UsageError("`--robot` needs easyconfigs", hint="give an easyconfig or an easystack")
    release = open_release(context)
    robot = RobotRecipes(release.index, context.architecture, given_easyconfigs(reading))
    wanted = [entry for entry in stack.entries if isinstance(entry, Package)]
    own = {e.basename: e for package in wanted if (e := robot.entry(package)) is not None}
    _, notices = resolution_of(list(own.values()), release.resolver)
    below = []
    for step in release.resolver.closure(list(own.values())).steps:
        entry = step.entry
        if entry.basename in own:
            continue
        name, version = release.resolver.toolchain(entry)
        chain = Toolchain(name="system", version=None if name == "system" else version)
        below.append(
            Package(
                name=entry.name,
                versions=VersionSet.exactly(entry.version),
                toolchain=chain if name == "system" else replace(chain, name=name),
                extensions={"easybuild": {"file": entry.basename}},
            )
        )
    return replace(reading, stack=replace(stack, entries=(*below, *stack.entries))), notices
