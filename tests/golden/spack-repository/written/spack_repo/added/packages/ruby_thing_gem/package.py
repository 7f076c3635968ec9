from spack_repo.builtin.build_systems.ruby import RubyPackage

from spack.package import *


class RubyThingGem(RubyPackage):
    """thing-gem"""

    url = "https://gems.org/thing-gem-0.7.gem"

    version(
        "0.7",
        sha256="abababababababababababababababababababababababababababababababab",
        url="https://gems.org/thing-gem-0.7.gem",
        expand=False,
    )
