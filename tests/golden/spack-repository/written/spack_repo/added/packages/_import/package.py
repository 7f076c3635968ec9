from spack_repo.builtin.build_systems.autotools import AutotoolsPackage

from spack.package import *


class Import(AutotoolsPackage):
    """import"""

    url = "https://x.org/import-1.0.tar.gz"

    version("1.0", sha256="abababababababababababababababababababababababababababababababab")

    depends_on("c", type="build")
    depends_on("cxx", type="build")

    def configure_args(self):
        return [
            "--enable-x",
        ]
