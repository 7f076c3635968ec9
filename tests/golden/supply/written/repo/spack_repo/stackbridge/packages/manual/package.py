import os

from spack_repo.builtin.build_systems.autotools import AutotoolsPackage

from spack.package import *


class Manual(AutotoolsPackage):
    """Has to be bought."""

    homepage = "https://manual.org"
    manual_download = True
    url = f"file://{os.getcwd()}/Manual-3.0.tar.gz"

    version("3.0", sha256="9393939393939393939393939393939393939393939393939393939393939393")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
