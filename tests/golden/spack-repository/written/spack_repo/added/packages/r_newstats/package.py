from spack_repo.builtin.build_systems.r import RPackage

from spack.package import *


class RNewstats(RPackage):
    """newstats"""

    cran = "newstats"

    version("0.3", sha256="abababababababababababababababababababababababababababababababab")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
