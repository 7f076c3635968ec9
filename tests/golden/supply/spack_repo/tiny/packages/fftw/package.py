from spack.package import *


class Fftw(PackageBase):
    """fftw, for tests."""

    url = "https://fftw.org/fftw-3.3.10.tar.gz"
    version("3.3.10", sha256="f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3")
    provides("fftw-api")
