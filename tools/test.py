"""Set up a virtual environment and run everything that must hold: lint, types, tests.

Arguments are handed to pytest: `python3 tools/test.py tests/hub -k versions`.
"""

from __future__ import annotations

import os
import subprocess
import sys

from setup_venv import ROOT, ready


def main() -> int:
    """Ruff, mypy, pytest; the first that fails decides, and pytest's summary comes last."""
    bin_dir = ready("test")
    environment = dict(os.environ, PATH=f"{bin_dir}{os.pathsep}{os.environ.get('PATH', '')}")
    chosen = sys.argv[1:]
    checks = [
        ["ruff", "check", "--quiet", "."],
        ["ruff", "format", "--quiet", "--check", "."],
        ["mypy"],
    ]
    failed = 0
    for check in [] if chosen else checks:
        print("$ " + " ".join(check), flush=True)
        code = subprocess.run(
            [str(bin_dir / check[0]), *check[1:]], cwd=ROOT, env=environment, check=False
        ).returncode
        failed = failed or code
    tests = ["pytest", "-q", "-n", "2", "--dist", "loadgroup", *chosen]
    print("$ " + " ".join(tests), flush=True)
    code = subprocess.run(
        [str(bin_dir / "pytest"), *tests[1:]], cwd=ROOT, env=environment, check=False
    ).returncode
    return failed or code


if __name__ == "__main__":
    sys.exit(main())
