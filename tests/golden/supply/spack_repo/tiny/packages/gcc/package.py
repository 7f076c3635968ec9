from spack.package import *


class Gcc(PackageBase):
    """gcc, for tests."""

    url = "https://gcc.org/gcc-12.3.0.tar.gz"
    version("12.3.0", sha256="f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4")
    provides("c", "cxx", "fortran")
