"""The architecture, held against the code: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "stackbridge"
FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if not path.is_symlink() and "recipes" not in path.parts
)
ECOSYSTEMS = sorted(
    path.name for path in (PACKAGE / "ecosystems").iterdir() if (path / "__init__.py").is_file()
)


def imports(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] == "stackbridge"}


def layer(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


ALLOWED = {
    "errors": set[str](),
    "yamltext": {"errors"},
    "validation": {"errors", "yamltext"},
    "hub": {"hub", "errors", "yamltext", "validation"},
    "catalog": {"catalog", "hub", "errors", "yamltext", "validation"},
    "sites": {"sites", "hub", "errors", "yamltext", "validation"},
    "resolver": {"resolver", "hub", "catalog", "sites", "errors", "yamltext"},
    "reports": {"reports", "hub", "resolver", "sites", "errors"},
    "ecosystems": {"ecosystems", "hub", "catalog", "errors", "yamltext", "validation"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_layer_imports_only_the_layers_below_it(path: Path) -> None:
    allowed = ALLOWED.get(layer(path))
    if allowed is None:  # cli, __init__ and __main__ see everything
        return
    for name in ours(path):
        parts = name.split(".")
        if len(parts) > 1:
            assert parts[1] in allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_no_ecosystem_imports_another(ecosystem: str) -> None:
    others = tuple(f"stackbridge.ecosystems.{name}" for name in ECOSYSTEMS if name != ecosystem)
    for path in (PACKAGE / "ecosystems" / ecosystem).rglob("*.py"):
        for name in ours(path):
            assert not name.startswith(others), f"{path.relative_to(ROOT)} imports {name}"


HUB_WORDS = ("spack", "easybuild", "easyconfig", "guix", "dockerfile", "versionsuffix")


def names_in_code(path: Path) -> set[str]:
    """Identifiers and string constants, without docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    docs |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id.lower())
        elif isinstance(node, ast.Attribute):
            found.add(node.attr.lower())
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
        ):
            found.add(node.value.lower())
    return found


@pytest.mark.parametrize("path", sorted((PACKAGE / "hub").glob("*.py")), ids=lambda p: p.name)
def test_the_hub_knows_no_ecosystems_words(path: Path) -> None:
    for text in names_in_code(path):
        assert not any(word in text for word in HUB_WORDS), f"{path.name} says {text!r}"


@pytest.mark.parametrize("command", [["--help"], ["formats"], ["--version"]])
def test_simple_commands_import_little(command: list[str]) -> None:
    """No command imports what it does not use."""
    code = (
        "import sys\nfrom stackbridge.cli.app import main\n"
        f"try:\n    main({command!r})\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stderr.split())
    heavy = {
        "yaml",
        "jsonschema",
        "networkx",
        "docker",
        "rich",
        "archspec",
        "ruamel.yaml",
        "sqlite3",
    }
    assert not loaded & heavy
    assert not {name for name in loaded if name.startswith("stackbridge.ecosystems.")}
