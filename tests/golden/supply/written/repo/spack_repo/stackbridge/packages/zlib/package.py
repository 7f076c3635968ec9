from spack_repo.tiny.packages.zlib.package import Zlib as BuiltinZlib

from spack.package import *


class Zlib(BuiltinZlib):
    """zlib, for tests."""

    version(
        "1.3.2",
        sha256="7171717171717171717171717171717171717171717171717171717171717171",
        url="https://zlib.org/files/zlib-1.3.2.tar.gz",
    )
    version(
        "0.95",
        sha256="7272727272727272727272727272727272727272727272727272727272727272",
        url="https://zlib.org/files/zlib-0.95.tar.gz",
    )
