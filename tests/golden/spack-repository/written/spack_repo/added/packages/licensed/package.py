import os

from spack_repo.builtin.build_systems.autotools import AutotoolsPackage

from spack.package import *


class Licensed(AutotoolsPackage):
    """licensed"""

    manual_download = True
    url = f"file://{os.getcwd()}/licensed-5.4.tgz"

    version("5.4", sha256="1212121212121212121212121212121212121212121212121212121212121212")

    depends_on("c", type="build")
    depends_on("cxx", type="build")

    depends_on("plain")

    patch("here.patch", level=0)

    def configure_args(self):
        return [
            f"--with-plain={self.spec['plain'].prefix}/{{lib}}",
            f"--prefix={self.prefix}",
            f"CC=\"{self.compiler.cc}\"",
        ]
