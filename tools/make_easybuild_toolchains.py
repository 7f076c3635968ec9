"""Write stackbridge/data/easybuild-toolchains.json from the classes of an EasyBuild framework.

    python tools/make_easybuild_toolchains.py .../site-packages/easybuild

The classes are read, not run. Only facts are taken: names, subtoolchains, module names.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

from stackbridge.ecosystems.easybuild.resolving.storage import RELEASE
from stackbridge.ecosystems.easybuild.resolving.toolchain_classes import (
    ToolchainClass,
    read_classes,
)

TARGET = Path(__file__).parents[1] / "stackbridge" / "data" / "easybuild-toolchains.json"
ATTRIBUTES = (
    "NAME", "SUBTOOLCHAIN", "OPTIONAL", "COMPILER_MODULE_NAME", "MPI_MODULE_NAME",
    "BLAS_MODULE_NAME", "LAPACK_MODULE_NAME", "SCALAPACK_MODULE_NAME", "FFT_MODULE_NAME",
)  # fmt: skip


def row(item: ToolchainClass) -> dict[str, Any]:
    """What is not empty of a class."""
    roles = ("compilers", "mpi", "blas", "lapack", "scalapack", "fft")
    fields: dict[str, Any] = {"below": item.below, "composite": item.composite}
    fields["optional"] = item.optional
    fields |= {role: getattr(item, role) for role in roles}
    return {key: value for key, value in fields.items() if value}


def classes(files: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Class names with bases and the attributes a site's class may refer to or inherit."""
    found: dict[str, dict[str, Any]] = {}
    constants: dict[str, Any] = {"SYSTEM_TOOLCHAIN_NAME": "system"}
    nodes: list[ast.ClassDef] = []
    for text in files.values():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                nodes.append(node)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                try:
                    constants[node.targets[0].id] = ast.literal_eval(node.value)
                except ValueError:
                    continue
    own: dict[str, dict[str, ast.expr]] = {}
    for node in nodes:
        own[node.name] = {
            part.targets[0].id: part.value
            for part in node.body
            if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name)
        }
    bases = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)] for node in nodes
    }

    def attribute(name: str, key: str) -> Any:
        if key in own.get(name, {}):
            return value(own[name][key])
        return next(
            (found for base in bases.get(name, []) if (found := attribute(base, key)) is not None),
            None,
        )

    def value(node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return constants.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return attribute(node.value.id, node.attr)
        if isinstance(node, (ast.List, ast.Tuple)):
            items = [value(item) for item in node.elts]
            return items if isinstance(node, ast.List) else tuple(items)
        try:
            return ast.literal_eval(node)
        except ValueError:
            return None

    for node in nodes:
        kept = {
            key: given
            for key in ATTRIBUTES
            if key in own[node.name] and (given := value(own[node.name][key])) is not None
        }
        found[node.name] = {"bases": [base for base in bases[node.name] if base in own], **kept}
    return found


def main() -> None:
    """Read the classes below `toolchains/`, and their bases below `tools/toolchain/`."""
    root = Path(sys.argv[1])
    files = {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted([*root.glob("toolchains/*.py"), *root.glob("toolchains/*/*.py")])
    }
    base = {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.glob("tools/toolchain/*.py"))
    }
    found = read_classes(files, base)
    document: dict[str, Any] = {
        "source": f"EasyBuild framework {RELEASE}, toolchains/*.py",
        "toolchains": {name: row(found[name]) for name in sorted(found, key=str.lower)},
        "classes": {
            name: item for name, item in sorted(classes({**base, **files}).items()) if item
        },
    }
    parts = [f' "source": {json.dumps(document.pop("source"))}']
    for section, content in document.items():
        rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in content.items())
        parts.append(f' "{section}": {{\n{rows}\n }}')
    TARGET.write_text("{\n" + ",\n".join(parts) + "\n}\n")
    print(f"{len(found)} toolchains, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
