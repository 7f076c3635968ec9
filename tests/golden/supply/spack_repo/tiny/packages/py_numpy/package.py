from spack.package import *


class PyNumpy(PackageBase):
    """py-numpy, for tests."""

    pypi = "numpy/numpy-1.25.1.tar.gz"
    version("1.25.1", sha256="e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1")
