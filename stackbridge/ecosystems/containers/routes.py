"""Which route software takes into an image.

`--via apt`: Debian's own packages (`apt_route`). `--via easybuild`: EasyBuild builds an
easystack in a first stage (`easybuild_route`). Without a route: apt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackbridge.errors import UsageError

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Reading
    from stackbridge.ecosystems.containers.plan import Plan

__all__ = ["ROUTES", "plan"]

ROUTES = ("apt", "easybuild")


def plan(reading: Reading, context: Context) -> Plan:
    """The plan by the route of the context.

    Raises UsageError for an unknown route, InputError for text that can't stand in an image.
    """
    if context.route in (None, "apt"):
        from stackbridge.ecosystems.containers.apt_route import plan_apt

        return plan_apt(reading, context)
    if context.route == "easybuild":
        from stackbridge.ecosystems.containers.easybuild_route import plan_easybuild

        return plan_easybuild(reading, context)
    raise UsageError(
        f"there is no route `{context.route}` into an image",
        hint=f"`--via {'` or `--via '.join(ROUTES)}`",
    )
