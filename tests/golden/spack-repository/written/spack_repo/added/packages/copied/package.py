import glob
import os

from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class Copied(MakefilePackage):
    """copied"""

    url = "https://x.org/copied-1.1.tar.gz"

    version("1.1", sha256="abababababababababababababababababababababababababababababababab")

    depends_on("c", type="build")
    depends_on("cxx", type="build")

    depends_on("plain")

    @property
    def build_targets(self):
        return [
            f"CC={self.compiler.cc}",
            f"PLAIN={self.spec['plain'].prefix}",
            "all",
        ]

    def install(self, spec, prefix):
        for pattern, folder in (
            ("src/*", "bin"),
            ("LICENSE", ""),
        ):
            target = join_path(prefix, folder)
            mkdirp(target)
            for path in glob.glob(pattern):
                if os.path.isdir(path):
                    install_tree(path, join_path(target, os.path.basename(path)))
                else:
                    install(path, target)
