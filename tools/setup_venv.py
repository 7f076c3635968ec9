"""Make or refresh the project's own virtual environment, `.venv`, with nothing but Python.

Used by `tools/try.py` and `tools/test.py`. A stamp of `pyproject.toml` tells whether the
environment is current, so a second run starts at once.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 10)


def say(text: str) -> None:
    """Progress belongs on standard error."""
    print(text, file=sys.stderr, flush=True)


def create() -> None:
    """Create the environment; Debian's bare Python may need its venv package first."""
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if shutil.which("apt-get") and hasattr(Path, "owner") and Path("/etc/shadow").owner() == "root":
        say(f"installing {package}, which this Python lacks")
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", package]):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        again = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
        if again.returncode == 0:
            return
    sys.exit(f"error: can't create {VENV}\n\nhint: install your system's {package} package")


def ready(extra: str = "") -> Path:
    """The `bin` directory of an environment which has the project, editable, and `extra`."""
    if sys.version_info < OLDEST:
        sys.exit("error: Python 3.10 or newer is needed\n\nhint: call this with a newer python3")
    python = VENV / "bin" / "python"
    wanted = hashlib.sha256(
        (ROOT / "pyproject.toml").read_bytes() + extra.encode() + sys.version.encode()
    ).hexdigest()
    stamp = VENV / f"ready-{extra or 'base'}"
    if stamp.is_file() and stamp.read_text() == wanted and python.exists():
        return python.parent
    if not python.exists():
        say("creating .venv")
        create()
    say("installing the project and its dependencies into .venv")
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--editable", target],
        check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit("error: pip could not install the dependencies; its message stands above")
    stamp.write_text(wanted)
    return python.parent
