from spack_repo.builtin.build_systems.python import PythonPackage

from spack.package import *


class PyStbnewpy(PythonPackage):
    """stbnewpy, as in EasyBuild's Pair-bundle 1.0."""

    pypi = "stbnewpy/stbnewpy-0.3.tar.gz"

    version("0.3", sha256="9292929292929292929292929292929292929292929292929292929292929292")

    depends_on("python@3.11.3:3", type=("build", "run"))
    depends_on("py-setuptools", type="build")
