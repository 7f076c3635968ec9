from spack_repo.tiny.packages.py_numpy.package import PyNumpy as BuiltinPyNumpy

from spack.package import *


class PyNumpy(BuiltinPyNumpy):
    """py-numpy, for tests."""

    version("1.26.0", sha256="9191919191919191919191919191919191919191919191919191919191919191")
