from spack.package import *


class Openmpi(PackageBase):
    """openmpi, for tests."""

    url = "https://mpi.org/openmpi-4.1.5.tar.gz"
    version("4.1.5", sha256="f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1")
    provides("mpi")
