"""What is known while one easyconfig is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackbridge.ecosystems.easybuild.language.budget import Budget
from stackbridge.ecosystems.easybuild.language.constants import ALTERNATIVES, HOST

__all__ = ["MissingError", "Run", "Unknown"]


class Unknown:
    """Stands for a value that could not be evaluated; `why` says what was in the way."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why


class MissingError(Exception):
    """A name that is not defined."""


class Run:
    """One evaluation: names so far, the scope of a comprehension, and what was asked for."""

    __slots__ = (
        "at",
        "budget",
        "constants",
        "environment",
        "host",
        "local",
        "mutated",
        "names",
        "unset",
        "used",
        "variables",
    )

    def __init__(self, constants: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self.names: dict[str, Any] = {}
        self.local: dict[str, Any] | None = None
        self.constants = constants
        self.environment = environment
        self.budget = Budget()
        self.at: Any = None  # the node at work, for messages
        self.mutated = False  # a container was changed in place
        self.used: set[str] = set()
        self.host: dict[str, int] = {}  # host constants -> line of first use
        self.variables: set[str] = set()
        self.unset: dict[str, int] = {}  # undeclared variables -> line of first use

    def constant(self, name: str) -> Any:
        """The constant of that name; MissingError otherwise."""
        name = ALTERNATIVES.get(name, name)
        if name not in self.constants:
            raise MissingError(name)
        self.used.add(name)
        if name in HOST:
            self.host.setdefault(name, getattr(self.at, "lineno", 0))
        value = self.constants[name]
        if type(value) is dict:  # so that no file can change it for the others
            value = self.names[name] = dict(value)
        return value

    def variable(self, name: Any, default: Any) -> Any:
        """The environment variable of that name, from the declared mapping."""
        if not isinstance(name, str):
            raise TypeError("the name of a variable must be a text")
        self.variables.add(name)
        if name in self.environment:
            return self.environment[name]
        self.unset.setdefault(name, getattr(self.at, "lineno", 0))
        return default
