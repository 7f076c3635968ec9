from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class Nosource(MakefilePackage):
    """nosource"""

    has_code = False

    version("1")
