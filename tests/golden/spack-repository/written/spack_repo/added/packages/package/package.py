from spack_repo.builtin.build_systems.generic import Package as BuiltinPackage

from spack.package import *


class Package(BuiltinPackage):
    """package"""

    url = "https://x.org/package-1.tar.gz"

    version("1", sha256="abababababababababababababababababababababababababababababababab")

    def install(self, spec, prefix):
        install_tree(".", prefix)
