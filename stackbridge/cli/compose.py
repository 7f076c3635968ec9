"""Where two ecosystems meet: an image that is filled by another ecosystem's tool.

Writers don't know each other. What one needs of another's output is made here and handed
over in `Context.options`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Format, Reading

__all__ = ["options_for"]

IMAGES = ("dockerfile", "apptainer")


def options_for(
    target: str,
    source: Format,
    reading: Reading,
    context: Context,
) -> dict[str, Any]:
    """Further options for the writer of `target`: an image by EasyBuild holds an easystack."""
    if target not in IMAGES or context.route != "easybuild":
        return {}
    from stackbridge.ecosystems import format_named

    easystack = format_named("easystack").load_writer().write(reading, replace(context, route=None))
    return {"easystack": easystack}
