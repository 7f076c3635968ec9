"""What the real tools say of an output, and the CPU seconds that they take for it."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stackbridge.ecosystems import Writing
from stackbridge.ecosystems.easybuild import easystack

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A judge's answer in words (`-`: nobody was asked), and its CPU seconds."""

    said: str = "-"
    seconds: float | None = None


def written(files: Mapping[str, str], directory: Path) -> None:
    """All files of an output below a scratch directory."""
    for name, text in files.items():
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def easybuild_says(writing: Writing, easyconfigs: Sequence[str], limit: int) -> Judgement:
    """`eb -D --robot` of every entry, in one run."""
    eb = Path(sys.executable).with_name("eb")
    if not eb.exists():
        return Judgement()
    entries = easystack.parse(writing.files[writing.main], writing.main)[0].entries
    names = [entry.easyconfig for entry in entries]
    if not names:
        return Judgement(said="nothing to judge")
    with tempfile.TemporaryDirectory() as scratch:
        written(writing.files, Path(scratch))
        robot = ":".join([str(Path(scratch) / "easyconfigs"), *easyconfigs])
        command = [str(eb), "-D", f"--robot={robot}", f"--prefix={scratch}/prefix", *names]
        code, out, err, seconds = limited(command, limit, scratch, {"HOME": scratch})
        errors = [text for text in (err + out).splitlines() if "ERROR" in text]
        said = f"yes, all {len(names):,}"
        if code != 0:
            said = "no: " + _short(errors[-1] if errors else "no reason given", scratch)
            if seconds >= limit - 1:
                said = f"no answer in {limit} s"
    return Judgement(said=said, seconds=seconds)


def spack_says(writing: Writing, limit: int) -> Judgement:
    """The answer of `tools/spack_check.py` to a copy of the whole output."""
    root = os.environ.get("SPACK_ROOT")
    if not root:
        return Judgement()
    with tempfile.TemporaryDirectory() as scratch:
        written(writing.files, Path(scratch))
        command = [f"{root}/bin/spack", "python", str(ROOT / "tools" / "spack_check.py"), scratch]
        code, out, err, seconds = limited(command, limit, scratch, {})
        if code != 0:
            said = "no: " + _short((err.splitlines() or ["no reason given"])[-1], scratch)
            if seconds >= limit - 1:
                said = f"no answer in {limit} s"
        else:
            answer = json.loads(out.splitlines()[-1])
            problems = answer["problems"]
            said = f"yes, all {answer['roots']:,} roots"
            if problems:
                said = f"no, {len(problems)} problems: " + _short(problems[0], scratch)
    return Judgement(said=said, seconds=seconds)


def limited(
    command: Sequence[str], limit: int, directory: str, more: dict[str, str]
) -> tuple[int, str, str, float]:
    """Run with that many CPU seconds at most: exit code, output, errors, CPU seconds used."""
    start = sum(os.times()[2:4])
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
    )
    return done.returncode, done.stdout, done.stderr, sum(os.times()[2:4]) - start


def _short(text: str, scratch: str) -> str:
    return text.replace(scratch, ".").replace("|", "/").strip()[:120]


def tool_versions() -> str:
    """Which tools judged."""
    said = []
    eb = Path(sys.executable).with_name("eb")
    if eb.exists():
        done = subprocess.run([str(eb), "--version"], capture_output=True, text=True, check=False)
        if found := re.search(r"EasyBuild (\d[\w.]*)", done.stdout):
            said.append(f"EasyBuild {found[1]}")
    if root := os.environ.get("SPACK_ROOT"):
        done = subprocess.run(
            [f"{root}/bin/spack", "--version"], capture_output=True, text=True, check=False
        )
        said.append(f"Spack {(done.stdout.split() or ['?'])[0]}")
    return ", ".join(said) or "none"
