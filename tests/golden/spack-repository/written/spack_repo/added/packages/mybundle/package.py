from spack_repo.builtin.build_systems.bundle import BundlePackage

from spack.package import *


class Mybundle(BundlePackage):
    """MyBundle"""

    version("2023a")

    depends_on("thing", type=("build", "run"))
    depends_on("plain@0.0.1:", type=("build", "run"))
