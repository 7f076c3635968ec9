from spack.package import *


class Openblas(PackageBase):
    """openblas, for tests."""

    url = "https://blas.org/openblas-0.3.23.tar.gz"
    version("0.3.23", sha256="f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2")
    provides("blas", "lapack")
