from spack_repo.builtin.build_systems.cargo import CargoPackage

from spack.package import *


class Ferris(CargoPackage):
    """ferris"""

    default_buildsystem = "cargo"
    url = "https://x.org/ferris-1.tar.gz"

    version("1", sha256="abababababababababababababababababababababababababababababababab")
