from spack_repo.builtin.build_systems.python import PythonPackage

from spack.package import *


class PyNewthing(PythonPackage):
    """newthing"""

    pypi = "newthing/newthing-2.0.tar.gz"

    version("2.0", sha256="abababababababababababababababababababababababababababababababab")

    depends_on("c", type="build")
    depends_on("cxx", type="build")

    depends_on("thing", type=("build", "run"))
