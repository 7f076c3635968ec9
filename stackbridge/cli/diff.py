"""`stackbridge diff`."""

from __future__ import annotations

import click

from stackbridge.errors import NotAvailableError

__all__ = ["diff"]


@click.command(epilog="Example: stackbridge diff spack.yaml easystack.yaml")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
def diff(a: str, b: str) -> int:
    """Show what differs in meaning between two stacks in any two formats."""
    raise NotAvailableError(
        f"comparing {a} with {b} is not available yet",
        hint="convert both to the manifest and compare the texts",
    )
