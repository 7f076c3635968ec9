"""Where the robot looks for an easyconfig: the layout of a repository."""

from __future__ import annotations

__all__ = ["candidates", "letter"]


def letter(name: str) -> str:
    """The directory of names with that first letter: `0` for what is no letter."""
    first = name[:1].lower()
    return first if "a" <= first <= "z" else "0"


def candidates(name: str, version: str) -> tuple[str, ...]:
    """Where the robot looks below a directory, in order (EasyBuild's `create_paths`)."""
    stem = f"{name}-{version}"
    return (
        f"{name}/{version}.eb",
        f"{name}/{stem}.eb",
        f"{letter(name)}/{name}/{stem}.eb",
        f"{stem}.eb",
    )
