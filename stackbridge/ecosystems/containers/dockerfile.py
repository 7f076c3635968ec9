"""Writer of Dockerfiles: the plan by route, spelled. What goes in is decided by its `routes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackbridge.ecosystems import Writing
from stackbridge.ecosystems.containers.routes import plan
from stackbridge.ecosystems.containers.syntax import to_dockerfile

if TYPE_CHECKING:
    from stackbridge.ecosystems import Context, Reading

__all__ = ["NAME", "write"]

NAME = "Dockerfile"


def write(reading: Reading, context: Context) -> Writing:
    """The recipe and the files that must lie beside it; see `plan` for what is raised."""
    made = plan(reading, context)
    files = {NAME: to_dockerfile(made.image), **made.files}
    return Writing(main=NAME, files=files, notices=made.notices)
