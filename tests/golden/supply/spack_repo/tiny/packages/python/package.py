from spack.package import *


class Python(PackageBase):
    """python, for tests."""

    url = "https://python.org/Python-3.11.3.tgz"
    version("3.11.3", sha256="d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1")
