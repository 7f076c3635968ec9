"""Near misses for names that nobody knows, from the catalog: one place for every writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackbridge.hub.notices import Notice

__all__ = ["with_near_misses"]


def with_near_misses(
    notices: Sequence[Notice], names: str | None, catalog: str | None
) -> tuple[Notice, ...]:
    """The notices; those on names which the catalog does not know say what is spelled alike.

    A notice which names near ones itself stays as it is. `names`: whose names they are.
    """
    from stackbridge.hub.notices import Code

    about = (Code.NAME_UNKNOWN, Code.PACKAGE_LOST)
    wanted = {n.subject for n in notices if n.code in about and " are `" not in n.why}
    if not wanted:
        return tuple(notices)
    from stackbridge.catalog.lookup import Catalog

    hints: dict[str, str] = {}
    with Catalog.open(catalog) as opened:
        for subject in wanted:
            near = () if opened.find(subject, names) else opened.suggest(subject, names or "spack")
            if near:
                hints[subject] = "did you mean " + " or ".join(f"`{name}`" for name in near[:3])
    return tuple(
        replace(notice, why=f"{notice.why}; {hints[notice.subject]}?")
        if notice.code in about and notice.subject in hints and " are `" not in notice.why
        else notice
        for notice in notices
    )
