"""How much work and memory one easyconfig may cost: the one place for these limits.

An easyconfig is a program. Every load of a container is charged with the number of values
in it, every loop with its turns, every text that is made with its length, so that no file
can make us work or store much more than its own size suggests.
"""

from __future__ import annotations

from typing import Any

__all__ = ["MAX_BYTES", "MAX_STEPS", "MAX_TEXT", "Budget", "BudgetError", "count", "text_size"]

MAX_BYTES = 5_000_000  # of a file; the longest released easyconfig has 158,412
MAX_STEPS = 2_000_000
MAX_TEXT = 16_000_000  # characters, in all texts made by one file

_NESTED = (list, tuple, dict, set, frozenset)


class BudgetError(Exception):
    """The file asks for more work or memory than it may have."""


def count(value: Any, limit: int) -> int:
    """Values in a nested container, itself included; stops soon after `limit`."""
    total = 1
    waiting = [value]
    while waiting:
        item = waiting.pop()
        parts = list(item.values()) if isinstance(item, dict) else item
        total += len(parts)
        if total > limit:
            return total
        for part in parts:
            if isinstance(part, _NESTED):
                waiting.append(part)
    return total


def text_size(value: Any, limit: int = MAX_TEXT) -> int:
    """About how many characters `str(value)` has; stops soon after `limit`."""
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, _NESTED):
        return value.bit_length() // 3 + 2 if isinstance(value, int) else 32
    total = 0
    waiting: list[Any] = [value]
    while waiting and total <= limit:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
            total += 2 + 2 * len(item)
        elif isinstance(item, _NESTED):
            waiting.extend(item)
            total += 2 + 2 * len(item)
        elif isinstance(item, str):
            total += 4 * len(item) + 2  # escapes
        else:
            total += 32
    return total


class Budget:
    """What is left of one file's allowance."""

    __slots__ = ("steps", "text")

    def __init__(self, steps: int = MAX_STEPS, text: int = MAX_TEXT) -> None:
        self.steps = steps
        self.text = text

    def charge(self, steps: int = 1) -> None:
        """Take that many steps; BudgetError when there are none left."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetError(f"it needs more than {MAX_STEPS:,} steps")

    def charge_container(self, value: Any) -> None:
        """Take as many steps as the container has values."""
        self.charge(count(value, self.steps))

    def charge_text(self, characters: int) -> None:
        """Take that many characters, before they are made."""
        self.text -= characters
        if self.text < 0:
            raise BudgetError(f"it makes more than {MAX_TEXT:,} characters of text")
