from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class _3d(Package):
    """3d"""

    url = "https://x.org/3d-1.tar.gz"

    version("1", url="https://x.org/3d-1.tar.gz")

    def install(self, spec, prefix):
        raise InstallError("how this package is installed is not known")
