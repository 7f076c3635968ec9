"""Write stackbridge/data/easybuild-parameters.json: all parameters that easyconfigs may have.

    python tools/make_easybuild_parameters.py .../site-packages/easybuild

The framework's own (`framework/easyconfig/default.py`), those of every easyblock
(`extra_options`), module classes, and names that were replaced. The sources are read, never
run; only names are taken.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.easybuild.resolving.storage import RELEASE

TARGET = Path(__file__).parents[1] / "stackbridge" / "data" / "easybuild-parameters.json"
# Easyblocks that name parameters in a loop: what these names look like.
LOOPS = {"EB_FFTW": ["use_*", "with_*_prec"], "EB_ELPA": ["use_*"]}


class Classes:
    """Easyblock classes by name, with their bases and `extra_options`."""

    def __init__(self, files: list[Path]) -> None:
        self.bases: dict[str, list[str]] = {}
        self.options: dict[str, ast.FunctionDef] = {}
        self.own: list[str] = []
        for path in files:
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.ClassDef):
                    continue
                self.own.append(node.name)
                self.bases[node.name] = [
                    base.id if isinstance(base, ast.Name) else base.attr
                    for base in node.bases
                    if isinstance(base, (ast.Name, ast.Attribute))
                ]
                for part in node.body:
                    if isinstance(part, ast.FunctionDef) and part.name == "extra_options":
                        self.options[node.name] = part

    def order(self, name: str) -> Iterator[str]:
        """The class and its bases, depth first."""
        yield name
        for base in self.bases.get(name, []):
            yield from self.order(base)

    def is_easyblock(self, name: str) -> bool:
        """Does it derive from EasyBlock or Extension?"""
        return any(base in ("EasyBlock", "ExtensionEasyBlock") for base in self.order(name))

    def parameters(self, name: str, after: str | None = None) -> dict[str, bool]:
        """Parameter -> is it mandatory; `after` looks beyond that class, as `super()` does."""
        order = list(self.order(name))
        if after is not None:
            order = order[order.index(after) + 1 :]
        for item in order:
            if item in self.options:
                return self._read(name, item)
        return {}

    def _read(self, name: str, holder: str) -> dict[str, bool]:
        found: dict[str, bool] = {}
        gone: set[str] = set()
        optional: set[str] = set()
        for node in ast.walk(self.options[holder]):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if node.func.attr == "extra_options":
                    if isinstance(owner, ast.Name) and owner.id in self.bases:
                        found |= self.parameters(owner.id)
                    elif isinstance(owner, ast.Call):  # super()
                        for base in self.bases[holder]:
                            found |= self.parameters(base)
                elif node.func.attr == "pop" and node.args:
                    gone.update(text(node.args[0]))
            elif isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(value, (ast.List, ast.Tuple)) and key is not None:
                        for word in text(key):
                            found[word] = mandatory(value)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                if isinstance(node.value, ast.List):
                    for word in text(node.targets[0].slice):
                        found[word] = mandatory(node.value)
                elif isinstance(node.targets[0].value, ast.Subscript):
                    optional.update(text(node.targets[0].value.slice))  # extra['x'][2] = CUSTOM
            elif isinstance(node, ast.Delete):
                for target in node.targets:
                    if isinstance(target, ast.Subscript):
                        gone.update(text(target.slice))
        return {
            key: value and key not in optional for key, value in found.items() if key not in gone
        }


def text(node: ast.AST) -> list[str]:
    """The constant text, as a list of none or one."""
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def mandatory(node: ast.List | ast.Tuple) -> bool:
    """Does the entry stand in the category MANDATORY?"""
    return (
        bool(node.elts) and isinstance(last := node.elts[-1], ast.Name) and last.id == "MANDATORY"
    )


def assigned(path: Path, name: str) -> ast.expr:
    """The value that a module assigns to a name."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id == name:
                return node.value
    raise SystemExit(f"no {name} in {path}")


def keys(node: ast.expr) -> list[str]:
    """The constant keys of a dict, or first elements of a list of tuples."""
    if isinstance(node, ast.Dict):
        return [word for key in node.keys if key is not None for word in text(key)]
    assert isinstance(node, ast.List)
    return [
        word for item in node.elts if isinstance(item, ast.Tuple) for word in text(item.elts[0])
    ]


def main() -> None:
    """Read the framework and the easyblocks below the given `easybuild` package."""
    root = Path(sys.argv[1])
    default = root / "framework/easyconfig/default.py"
    parser = root / "framework/easyconfig/parser.py"
    classes = Classes(
        [*sorted(root.glob("easyblocks/**/*.py")), root / "framework/extensioneasyblock.py"]
    )
    easyblocks: dict[str, Any] = {}
    for name in sorted(set(classes.own)):
        if classes.is_easyblock(name):
            found = classes.parameters(name)
            easyblocks[name] = {"parameters": sorted(found)}
            patterns = [p for item in classes.order(name) for p in LOOPS.get(item, ())]
            if patterns:
                easyblocks[name]["patterns"] = patterns
            wanted = sorted(key for key, value in found.items() if value)
            if wanted:
                easyblocks[name]["mandatory"] = wanted
    replaced = assigned(parser, "REPLACED_PARAMETERS")
    deprecated = assigned(parser, "DEPRECATED_EASYCONFIG_PARAMETERS")
    document = {
        "source": f"EasyBuild {RELEASE}: framework and easyblocks",
        "parameters": sorted(keys(assigned(default, "DEFAULT_CONFIG"))),
        "moduleclasses": [
            "base",
            *keys(assigned(root / "tools/config.py", "DEFAULT_MODULECLASSES")),
        ],
        "replaced": ast.literal_eval(replaced),
        "deprecated": {key: pair[0] for key, pair in ast.literal_eval(deprecated).items()},
        "easyblocks": easyblocks,
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in document.items()]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(document['parameters'])} parameters, {len(easyblocks)} easyblocks")


if __name__ == "__main__":
    main()
