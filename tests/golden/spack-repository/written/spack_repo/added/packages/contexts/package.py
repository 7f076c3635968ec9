from spack_repo.fixture.packages.contexts.package import Contexts as BuiltinContexts

from spack.package import *


class Contexts(BuiltinContexts):
    """Blocks."""

    version("2.0", git="https://contexts.org/c.git", tag="v2.0")
