"""Writer of Apptainer definitions: the plan by route, spelled. What is in it decides `plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackbridge.ecosystems import Writing
from stackbridge.ecosystems.containers.routes import plan
from stackbridge.ecosystems.containers.syntax import to_definition

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Reading

__all__ = ["NAME", "write"]

NAME = "apptainer.def"


def write(reading: Reading, context: Context) -> Writing:
    """The recipe and the files that must lie beside it; see `plan` for what is raised."""
    made = plan(reading, context)
    files = {NAME: to_definition(made.image), **made.files}
    return Writing(main=NAME, files=files, notices=made.notices)
