"""What a long conversion is at, on a terminal's last line; nothing where stderr is no terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["progress"]

PATIENCE = 0.5  # seconds before a line appears; most conversions are over by then


@contextlib.contextmanager
def progress(first: str) -> Iterator[Callable[[str], None]]:
    """A line that says `first`, then whatever the function it gives is called with.

    It is animated and goes away at the end. NO_COLOR and TERM=dumb are heeded by rich, which
    is imported only when the line appears.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _text: None
        return
    line = _Line(first)
    try:
        yield line.say
    finally:
        line.stop()


class _Line:
    """Appears after a while, from a thread of its own."""

    def __init__(self, first: str) -> None:
        self._text = first
        self._status: Status | None = None
        self._over = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(PATIENCE, self._appear)
        self._timer.daemon = True
        self._timer.start()

    def _appear(self) -> None:
        from rich.console import Console

        with self._lock:
            if not self._over:
                self._status = Console(stderr=True).status(_plain(self._text))
                self._status.start()

    def say(self, text: str) -> None:
        """Say something else; may be called often."""
        self._text = text
        status = self._status
        if status is not None:
            status.update(_plain(text))

    def stop(self) -> None:
        """Remove the line."""
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._status is not None:
                self._status.stop()


def _plain(text: str) -> Any:
    """Text without markup: names come from input."""
    from rich.text import Text

    from stackbridge.reports.terminal import printable

    return Text(printable(text))
