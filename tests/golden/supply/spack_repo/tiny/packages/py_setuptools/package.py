from spack.package import *


class PySetuptools(PackageBase):
    """py-setuptools, for tests."""

    pypi = "setuptools/setuptools-68.0.0.tar.gz"
    version("68.0.0", sha256="e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2")
