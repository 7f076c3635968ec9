"""Every easyconfig below some directories, taken apart and written again.

    python benchmarks/easyconfig_roundtrip.py [--manifest] [--style] DIRECTORY...

Prints how many come back with equal values for every architecture, how many comments stand
where they stood, and the time beside a bare `ast.parse` of the same files. `--manifest`
goes by way of a manifest's text; `--style` asks EasyBuild's own style check.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from stackbridge.ecosystems import Context, Input, Reading
from stackbridge.ecosystems.easybuild import easyconfig_writer
from stackbridge.ecosystems.easybuild.easyconfigs.carrying import package_of
from stackbridge.ecosystems.easybuild.easyconfigs.layout import Layout, read_layout, same
from stackbridge.ecosystems.easybuild.easyconfigs.rendering import render
from stackbridge.ecosystems.easybuild.language.evaluate import evaluate
from stackbridge.ecosystems.manifest import reader, writer
from stackbridge.errors import StackBridgeError
from stackbridge.hub.notices import Code
from stackbridge.hub.stack import Stack

ARCHITECTURES = ("x86_64", "aarch64", "riscv64")


def by_manifest(layout: Layout, text: str) -> str:
    """The file after a way through a manifest's text."""
    stack = Stack(name="s", names="easybuild", entries=(package_of(layout, evaluate(text)),))
    manifest = writer.write(Reading(stack=stack), Context())
    again = reader.read(Input(text=manifest.files[manifest.main], file="m"), Context())
    written = easyconfig_writer.write(again, Context())
    return written.files[written.main]


def different(text: str, result: str) -> list[str]:
    """Parameters whose values differ on some architecture."""
    found = []
    for architecture in ARCHITECTURES:
        try:
            expected = evaluate(text, architecture=architecture).parameters
        except StackBridgeError:
            continue  # not supported there
        values = evaluate(result, architecture=architecture).parameters
        found += [
            f"{name} on {architecture}"
            for name in {*expected, *values}
            if not same(expected.get(name), values.get(name))
        ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--manifest", action="store_true")
    parser.add_argument("--style", action="store_true")
    parser.add_argument("directories", nargs="+", type=Path)
    options = parser.parse_args()
    files = [path for folder in options.directories for path in sorted(folder.rglob("*.eb"))]
    texts = {path: path.read_text(encoding="utf-8").replace("\r\n", "\n") for path in files}
    start = time.process_time()
    for text in texts.values():
        with contextlib.suppress(SyntaxError):
            ast.parse(text)
    parsed = time.process_time() - start
    outcome: Counter[str] = Counter()
    written: dict[Path, str] = {}
    spent = 0.0
    for path, text in texts.items():
        try:
            start = time.process_time()
            layout, _, notices = read_layout(text, str(path))
            written[path] = by_manifest(layout, text) if options.manifest else render(layout)
            spent += time.process_time() - start
            wrong = different(text, written[path])
        except StackBridgeError as error:
            outcome["refused"] += 1
            print(error)
            continue
        outcome["different" if wrong else "equal"] += 1
        outcome["comments moved"] += sum(n.code is Code.COMMENT_MOVED for n in notices)
        if wrong:
            print(f"{path}: {', '.join(wrong[:5])}")
    print(f"{len(files)} files: " + ", ".join(f"{n} {what}" for what, n in sorted(outcome.items())))
    print(f"ast.parse {parsed:.1f} s, there and back {spent:.1f} s, {spent / parsed:.1f} x")
    if options.style:
        style(written)


def style(written: dict[Path, str]) -> None:
    """EasyBuild's style check of everything that was written."""
    os.environ["EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES"] = "1"
    from easybuild.framework.easyconfig.style import check_easyconfigs_style
    from easybuild.tools.options import set_up_configuration

    set_up_configuration(args=["--ignore-osdeps"], silent=True)
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, (path, text) in enumerate(written.items()):
            name = Path(folder) / f"{number}-{path.name}"
            name.write_text(text, encoding="utf-8")
            names.append(str(name))
        print(f"style errors: {check_easyconfigs_style(names, verbose=False)}")


if __name__ == "__main__":
    main()
