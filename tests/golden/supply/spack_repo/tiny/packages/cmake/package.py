from spack.package import *


class Cmake(PackageBase):
    """cmake, for tests."""

    url = "https://cmake.org/cmake-3.27.6.tar.gz"
    version("3.27.6", sha256="c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1")
