"""Where the real EasyBuild of the test environment and its easyconfigs are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def easyconfigs() -> Path:
    """The easyconfigs of the installed EasyBuild release."""
    found = Path(sys.prefix) / "easybuild" / "easyconfigs"
    if not found.is_dir():
        pytest.skip("EasyBuild's easyconfigs are not installed beside this Python")
    return found


@pytest.fixture(scope="session")
def sample(easyconfigs: Path) -> list[Path]:
    """Every 80th released easyconfig."""
    return sorted(easyconfigs.glob("*/*/*.eb"))[::80]


@pytest.fixture(scope="session")
def eb_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the real EasyBuild runs, without touching the user's files."""
    home = tmp_path_factory.mktemp("easybuild")
    tool = Path("/usr/share/lmod/lmod/libexec/lmod")
    modules = (
        {"LMOD_CMD": str(tool), "EASYBUILD_MODULES_TOOL": "Lmod"}
        if tool.exists()
        else {"EASYBUILD_MODULES_TOOL": "NoModulesTool"}
    )
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("EASYBUILD_")},
        **modules,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "EASYBUILD_PREFIX": str(home / "prefix"),
        "EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
