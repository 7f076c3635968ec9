"""Which parameters an easyconfig may have, and which easyblock it is built with.

The data (`data/easybuild-parameters.json`) is read from EasyBuild's own sources by
`tools/make_easybuild_parameters.py`. A site's own easyblocks are not in it: `known` tells.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from stackbridge.ecosystems.easybuild.language.constants import PARAMETER_ALTERNATIVES
from stackbridge.ecosystems.easybuild.resolving.shipped import read_data

__all__ = ["Parameters", "easyblock_of", "parameters"]

# EasyBuild framework 5.4.1, tools/filetools.py, STRING_ENCODING_CHARMAP
_ENCODED = {
    " ": "space", "!": "exclamation", '"': "quotation", "#": "hash", "$": "dollar",
    "%": "percent", "&": "ampersand", "(": "leftparen", ")": "rightparen", "*": "asterisk",
    "+": "plus", ",": "comma", "-": "minus", ".": "period", "/": "slash", ":": "colon",
    ";": "semicolon", "<": "lessthan", "=": "equals", ">": "greaterthan", "?": "question",
    "@": "atsign", "[": "leftbracket", "]": "rightbracket", "^": "circumflex",
    "_": "underscore", "`": "backquote", "{": "leftcurly", "|": "verticalbar",
    "}": "rightcurly", "~": "tilde",
}  # fmt: skip


def easyblock_of(name: str) -> str:
    """The class that EasyBuild looks for when an easyconfig names none: `EB_FFTW_period_MPI`."""
    return "EB_" + "".join(f"_{_ENCODED[c]}_" if c in _ENCODED else c for c in name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All names: `common` ones, those of each easyblock, and names that have changed."""

    common: frozenset[str]
    easyblocks: Mapping[str, frozenset[str]]
    mandatory: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, tuple[str, ...]]
    moduleclasses: tuple[str, ...]
    replaced: Mapping[str, str]
    deprecated: Mapping[str, str]

    def known(self, easyblock: str) -> bool:
        """Is that an easyblock of EasyBuild's release?"""
        return easyblock in self.easyblocks

    def allows(self, name: str, easyblock: str) -> bool:
        """May an easyconfig with that easyblock have that parameter?"""
        return (
            name in self.common
            or name in self.easyblocks.get(easyblock, ())
            or name in PARAMETER_ALTERNATIVES
            or any(fnmatch.fnmatchcase(name, item) for item in self.patterns.get(easyblock, ()))
        )

    def all_for(self, easyblock: str) -> frozenset[str]:
        """The usual names for that easyblock."""
        return self.common | self.easyblocks.get(easyblock, frozenset())


@cache
def parameters() -> Parameters:
    """The parameters of the shipped release."""
    data: dict[str, Any] = json.loads(read_data("easybuild-parameters.json"))
    blocks: dict[str, dict[str, list[str]]] = data["easyblocks"]
    return Parameters(
        common=frozenset(data["parameters"]),
        easyblocks={name: frozenset(row["parameters"]) for name, row in blocks.items()},
        mandatory={
            name: tuple(row["mandatory"]) for name, row in blocks.items() if "mandatory" in row
        },
        patterns={
            name: tuple(row["patterns"]) for name, row in blocks.items() if "patterns" in row
        },
        moduleclasses=tuple(data["moduleclasses"]),
        replaced=data["replaced"],
        deprecated=data["deprecated"],
    )
