from spack.package import *


class Zlib(PackageBase):
    """zlib, for tests."""

    homepage = "https://zlib.net"
    url = "https://zlib.net/zlib-1.3.1.tar.gz"
    version("1.3.1", sha256="a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1")
    version("1.2.13", sha256="a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2")
