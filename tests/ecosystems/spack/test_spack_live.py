"""Against real Spack itself; needs SPACK_ROOT (and SPACK_PYTHON where Spack needs one)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems import Context, Input, Reading, format_named
from stackbridge.ecosystems.spack.environments.expansion import roots
from stackbridge.ecosystems.spack.judge import concretize, judge
from stackbridge.ecosystems.spack.language.formatting import canonical
from stackbridge.ecosystems.spack.reader import read
from stackbridge.ecosystems.spack.writer import write
from stackbridge.hub.resolution import Resolution

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("SPACK_ROOT" not in os.environ, reason="needs real Spack (SPACK_ROOT)"),
]
ROOT = Path(__file__).parents[3]
TOOLS = ROOT / "tools"
SHARED = ROOT.parent / "shared" / "corpus"
CORPUS = SHARED if SHARED.is_dir() else ROOT / "tests" / "corpus" / "spack"
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))


def spack(*words: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(os.environ["SPACK_ROOT"]) / "bin" / "spack")
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def recorded(directory: Path, out: Path) -> dict[str, Any]:
    script = str(TOOLS / "record_spack_roots.py")
    done = spack("python", script, str(directory), str(out))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))["environments"]
    return found


def reading(path: Path) -> Reading:
    return read(Input(text=path.read_text(encoding="utf-8"), file=str(path)), Context())


def expanded(found: Reading) -> dict[str, list[str]]:
    assert found.stack is not None
    return {name: [canonical(p) for p in group] for name, group in roots(found.stack).items()}


def test_roots_of_real_environments(tmp_path: Path) -> None:
    answers = recorded(CORPUS, tmp_path / "roots.json")
    known = {name: found for name, found in answers.items() if isinstance(found, dict) and found}
    assert known
    wrong = [name for name in known if expanded(reading(CORPUS / name)) != known[name]]
    assert wrong == []


def test_what_we_write_expands_to_the_same_roots(tmp_path: Path) -> None:
    """spack.yaml -> manifest -> spack.yaml, judged by Spack."""
    manifest = format_named("manifest")
    before = recorded(CORPUS, tmp_path / "before.json")
    copies = tmp_path / "copies"
    for name, found in before.items():
        if isinstance(found, dict) and found:
            made = manifest.load_writer().write(reading(CORPUS / name), Context())
            source = Input(text=made.files[made.main], file=made.main)
            again = manifest.load_reader().read(source, Context())
            target = copies / name
            target.parent.mkdir(parents=True)
            text = write(again, Context()).files["spack.yaml"]
            target.write_text(text, encoding="utf-8")
    after = recorded(copies, tmp_path / "after.json")
    assert after == {name: before[name] for name in after}
    assert after


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_spack_reads_what_we_make_of_recipes(path: Path, tmp_path: Path) -> None:
    source = Input(text=path.read_text(encoding="utf-8"), file=str(path))
    stack = format_named("manifest").load_reader().read(source, Context())
    text = write(stack, Context()).files["spack.yaml"]
    (tmp_path / "spack.yaml").write_text(text, encoding="utf-8")
    done = spack("-D", str(tmp_path), "find", "-c")
    assert done.returncode == 0, done.stderr


def test_the_judge_tells_good_from_bad() -> None:
    root = os.environ["SPACK_ROOT"]
    assert judge({"spack.yaml": "spack:\n  specs: [zlib]\n"}, root).accepted
    verdict = judge({"spack.yaml": "spack:\n  specks: [zlib]\n"}, root)
    assert not verdict.accepted
    assert "specks" in verdict.output


def test_an_exact_pin_concretizes_to_the_same_graph() -> None:
    """Of a small environment: names, versions, variants and targets of all nodes agree."""
    from stackbridge.ecosystems.spack.installed import lock_reader

    root = os.environ["SPACK_ROOT"]
    text = "spack:\n  view: false\n  specs: [zlib-ng@2.2.4]\n"
    first = concretize({"spack.yaml": text}, root)
    assert first.lock is not None, first.output
    before = lock_reader.read(Input(text=first.lock), Context())
    pinned = write(before, Context(pin="exact")).files
    second = concretize(pinned, root)
    assert second.lock is not None, second.output
    after = lock_reader.read(Input(text=second.lock), Context())
    assert before.resolution is not None
    assert after.resolution is not None
    assert nodes(after.resolution) == nodes(before.resolution)


def nodes(resolution: Resolution) -> list[tuple[Any, ...]]:
    return sorted(
        (n.name, n.version, str(n.features), n.target or "", len(list(resolution.children(n.key))))
        for n in resolution.nodes
    )
