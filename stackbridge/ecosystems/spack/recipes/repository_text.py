"""Text of package.py files: every value quoted so that nothing can leave its quotes."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Directive", "ModuleText", "docstring", "literal", "package_spelling", "version_text"]

_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_WIDTH = 99


def literal(value: object) -> str:
    """A Python literal for a text, a truth, a number, or a sequence of them."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        clean = value.encode("utf-8", "replace").decode("utf-8")
        # what JSON leaves as it is, except line separators, stands for itself in Python too
        return re.sub(
            r"[\x7f-\x9f\u2028\u2029\ufeff]",
            lambda m: f"\\u{ord(m[0]):04x}",
            json.dumps(clean, ensure_ascii=False),
        )
    if isinstance(value, Sequence):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    message = f"no literal for {type(value).__name__}"
    raise TypeError(message)


def docstring(text: str, indent: str = "    ") -> str:
    """A docstring; Spack wants one for every package."""
    words = " ".join(text.split()) or "No description."
    words = words[:4000]
    plain = '"' not in words and "\\" not in words and words.isprintable()
    if not plain:
        return f"{indent}{literal(words)}"
    if len(indent) + len(words) + 6 <= _WIDTH:
        return f'{indent}"""{words}"""'
    lines = textwrap.wrap(
        words,
        _WIDTH - 3,
        initial_indent=f'{indent}"""',
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return "\n".join([*lines, f'{indent}"""'])


def version_text(text: str) -> bool:
    """Whether Spack takes the text as a version."""
    return _VERSION.fullmatch(text) is not None and len(text) <= 200


def package_spelling(name: str) -> str:
    """The nearest name that Spack allows: lower case letters, digits and dashes; may be empty."""
    text = name.lower().replace("+", "plus")
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


@dataclass(frozen=True, slots=True)
class Directive:
    """One call in a class body: unnamed arguments, then named ones that are not None."""

    name: str
    arguments: tuple[object, ...] = ()
    keywords: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [literal(each) for each in self.arguments]
        parts += [f"{key}={literal(v)}" for key, v in self.keywords.items() if v is not None]
        line = f"    {self.name}({', '.join(parts)})"
        if len(line) <= _WIDTH:
            return line
        return "\n".join([f"    {self.name}(", *(f"        {p}," for p in parts), "    )"])


@dataclass(slots=True)
class ModuleText:
    """A package.py: one class, its base as (module, name), its body in blocks of lines."""

    class_name: str
    description: str
    base: tuple[str, str]
    imports: tuple[str, ...] = ()
    blocks: list[list[str]] = field(default_factory=list)

    def block(self, lines: Iterable[object]) -> None:
        """Lines (directives, assignments, a method) set apart by an empty line."""
        found = [str(line) for line in lines]
        if found:
            self.blocks.append(found)

    def __str__(self) -> str:
        module, name = self.base
        alias = f"Builtin{name}" if name == self.class_name else name
        imported = name if alias == name else f"{name} as {alias}"
        body = "\n\n".join("\n".join(lines) for lines in self.blocks)
        needs = "".join(f"import {name}\n" for name in self.imports) + "\n" * bool(self.imports)
        return (
            f"{needs}from {module} import {imported}\n\n"
            "from spack.package import *\n\n\n"
            f"class {self.class_name}({alias}):\n"
            f"{docstring(self.description)}\n" + (f"\n{body}\n" if body else "")
        )
