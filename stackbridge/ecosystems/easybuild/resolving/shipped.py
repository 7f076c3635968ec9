"""The data files that come with the program, read without `importlib.resources`.

That module imports temporary files, archives and more, which costs a quick command a third
of its time. Missing files raise FileNotFoundError.
"""

from __future__ import annotations

import os

__all__ = ["read_data"]

_DATA = os.path.join(os.path.dirname(__file__), "..", "..", "..", "data")  # noqa: PTH118, PTH120


def read_data(name: str) -> bytes:
    """The bytes of a file below `stackbridge/data`."""
    with open(os.path.join(_DATA, name), "rb") as stream:  # noqa: PTH118, PTH123
        return stream.read()
