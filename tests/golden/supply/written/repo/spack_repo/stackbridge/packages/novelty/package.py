from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Novelty(CMakePackage):
    """novelty does things."""

    homepage = "https://novelty.org"
    url = "https://novelty.org/files/Novelty-2.1.tar.gz"

    version("2.1", sha256="8181818181818181818181818181818181818181818181818181818181818181")
    version(
        "2.0",
        sha256="8080808080808080808080808080808080808080808080808080808080808080",
        url="https://novelty.org/files/Novelty-2.0.tar.gz",
    )

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("fortran", type="build")

    depends_on("cmake@3.27.6:3", type="build")
    depends_on("zlib@1.3.1:1", when="@=2.1", type=("build", "link", "run"))
    depends_on("helper@0.4:0", when="@=2.1", type=("build", "link", "run"))
    depends_on("blas")
    depends_on("lapack")
    depends_on("fftw-api")
    depends_on("mpi")
    depends_on("zlib@1.2.13:1", when="@=2.0", type=("build", "link", "run"))

    patch("Novelty-2.1_fix.patch", when="@=2.1")

    def cmake_args(self):
        if self.spec.satisfies("@=2.0"):
            return []
        return [
            f"-DZLIB_ROOT={self.spec['zlib'].prefix}",
            f"-DPREFIX={self.prefix}",
            "-DNAME=a b",
        ]
