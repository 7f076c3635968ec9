from spack_repo.fixture.packages.plain.package import Plain as BuiltinPlain

from spack.package import *


class Plain(BuiltinPlain):
    "A plain package of two lines. version(\"0.0\", sha256=\"in a docstring, not a directive\") def method(self): not one either"

    version(
        "3.5",
        sha256="abababababababababababababababababababababababababababababababab",
        url="https://elsewhere.org/p-3.5.tar.gz",
    )
