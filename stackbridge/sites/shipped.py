"""The profiles that come with StackBridge."""

from __future__ import annotations

import difflib
from functools import cache, lru_cache
from importlib.resources import files

from stackbridge.errors import UsageError
from stackbridge.sites.document import trusted
from stackbridge.sites.profile import Site

__all__ = ["all_sites", "names", "site", "text_of"]


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The ids of the shipped profiles, sorted."""
    folder = files("stackbridge") / "data" / "sites"
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml")
            for entry in folder.iterdir()
            if entry.name.endswith(".yaml")
        )
    )


def text_of(name: str) -> str:
    """The text of a shipped profile; UsageError with near misses when there is none."""
    if name not in names():
        near = difflib.get_close_matches(name.lower(), names(), n=1)
        raise UsageError(
            f"there is no site `{name}`",
            hint=f"did you mean `{near[0]}`?" if near else "`stackbridge site list` shows them",
        )
    path = files("stackbridge") / "data" / "sites" / f"{name}.yaml"
    return path.read_text(encoding="utf-8")


@cache
def site(name: str) -> Site:
    """A shipped profile by its id."""
    return trusted(text_of(name))


def all_sites() -> tuple[Site, ...]:
    """Every shipped profile."""
    return tuple(site(name) for name in names())
