"""Manifest -> Stack. Nothing is lost, so there are no notices."""

from __future__ import annotations

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.hub import document

__all__ = ["read"]


def read(source: Input, context: Context) -> Reading:
    """The manifest's stack; InputError with everything that is wrong in it."""
    return Reading(stack=document.read(source.text, source.file))
