"""Modules an easyconfig may import: stand-ins that reach nothing outside."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from stackbridge.ecosystems.easybuild.language.functions import (
    Environ,
    Function,
    LooseVersion,
    Module,
    UnsupportedError,
    plain,
)

if TYPE_CHECKING:
    from stackbridge.ecosystems.easybuild.language.state import Run

__all__ = ["MODULES", "import_module"]


def _getenv(run: Run, args: list[Any], kwargs: dict[str, Any]) -> Any:
    name = args[0] if args else kwargs["key"]
    default = args[1] if len(args) > 1 else kwargs.get("default")
    return run.variable(name, default)


def _path(name: str) -> Function:
    function = getattr(posixpath, name)

    def call(run: Run, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if kwargs or not all(isinstance(arg, str) for arg in args):
            raise TypeError(f"os.path.{name} wants texts")
        run.budget.charge_text(sum(map(len, args)))
        return function(*args)

    return Function(name, call)


_PATH = Module(
    "os.path",
    {
        **{
            name: _path(name)
            for name in ("basename", "dirname", "isabs", "join", "normpath", "split", "splitext")
        },
        "sep": "/",
    },
)  # fmt: skip
_LOOSE = Function("LooseVersion", plain(LooseVersion))
_MACHINE = Function("machine", lambda run, _args, _kwargs: run.constant("ARCH"))

MODULES: dict[str, Module] = {
    "os": Module(
        "os",
        {
            "getenv": Function("getenv", _getenv),
            "environ": Environ(),
            "path": _PATH,
            "sep": "/",
            "linesep": "\n",
            "pathsep": ":",
        },
    ),
    "os.path": _PATH,
    "platform": Module("platform", {"machine": _MACHINE}),
    "distutils.version": Module("distutils.version", {"LooseVersion": _LOOSE}),
    "easybuild.tools": Module("easybuild.tools", {"LooseVersion": _LOOSE}),
    "easybuild.tools.version": Module("easybuild.tools.version", {}),
    "__future__": Module(
        "__future__",
        dict.fromkeys(("absolute_import", "division", "print_function", "annotations")),
    ),
}


def import_module(name: str) -> Module:
    """The stand-in for that module; UnsupportedError when there is none."""
    try:
        return MODULES[name]
    except KeyError:
        raise UnsupportedError(f"the module `{name}`") from None
