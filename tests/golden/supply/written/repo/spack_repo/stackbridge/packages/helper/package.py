from spack_repo.builtin.build_systems.autotools import AutotoolsPackage

from spack.package import *


class Helper(AutotoolsPackage):
    """helper does things."""

    homepage = "https://helper.org"
    url = "https://helper.org/files/Helper-0.4.tar.gz"

    version("0.4", sha256="8282828282828282828282828282828282828282828282828282828282828282")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("fortran", type="build")

    depends_on("novelty@2.1:2", type=("build", "link", "run"))
    depends_on("blas")
    depends_on("lapack")
    depends_on("fftw-api")
    depends_on("mpi")

    def configure_args(self):
        return [
            "--enable-help",
        ]
