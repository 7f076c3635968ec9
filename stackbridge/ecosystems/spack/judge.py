"""What real Spack says of an environment of ours.

Spack writes into the directory that it is given and may even rewrite spack.yaml, so a copy
is judged. Nothing of the user's configuration takes part.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stackbridge.errors import ToolMissingError

__all__ = ["Verdict", "concretize", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`accepted`, and what Spack printed; `lock` is the text of spack.lock, if it made one."""

    accepted: bool
    output: str
    lock: str | None = None


def judge(files: Mapping[str, str], root: str | Path, timeout: float = 600) -> Verdict:
    """Whether Spack reads the environment: schema, includes, expansion, specs; no solver.

    `files` are names and texts, `spack.yaml` among them; `root` is Spack's own directory
    (SPACK_ROOT). Raises `ToolMissingError` where there is no Spack, or no answer in time.
    """
    return _run(files, root, ["find", "-c"], timeout)


def concretize(files: Mapping[str, str], root: str | Path, timeout: float = 1800) -> Verdict:
    """Whether Spack finds a solution, and the lock file; nothing is reused or installed."""
    return _run(files, root, ["concretize", "-f", "-q"], timeout)


_SETTINGS = ("concretizer:reuse:false", "concretizer:targets:host_compatible:false")


def _run(files: Mapping[str, str], root: str | Path, words: list[str], timeout: float) -> Verdict:
    program = Path(root) / "bin" / "spack"
    if not program.is_file():
        raise ToolMissingError(
            f"there is no Spack in `{root}`", hint="SPACK_ROOT names the directory of Spack itself"
        )
    environment = {**os.environ, "SPACK_DISABLE_LOCAL_CONFIG": "1"}
    environment.pop("SPACK_ENV", None)
    directory = Path(tempfile.mkdtemp(prefix="stackbridge-"))
    try:
        for name, text in files.items():
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        done = subprocess.run(
            [str(program), *settings, "-D", str(directory), *words],
            capture_output=True,
            text=True,
            env=environment,
            timeout=timeout,
            check=False,
        )
        lock = directory / "spack.lock"
        return Verdict(
            accepted=done.returncode == 0,
            output=f"{done.stdout}{done.stderr}".replace(str(directory), "."),
            lock=lock.read_text(encoding="utf-8") if lock.is_file() else None,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolMissingError(f"Spack gave no answer: {error}") from None
    finally:
        shutil.rmtree(directory, ignore_errors=True)
