from spack.package import *


class Hdf5(PackageBase):
    """hdf5, for tests."""

    url = "https://hdf.org/hdf5-1.14.3.tar.gz"
    variant("mpi", default=True)
    version("1.14.3", sha256="b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1")
    version("1.10.0", sha256="b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2", deprecated=True)
