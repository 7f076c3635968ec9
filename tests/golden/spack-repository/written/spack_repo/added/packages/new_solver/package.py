from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class NewSolver(CMakePackage):
    "Solves \"everything\" with a \\ and \"\"\" in its text."

    homepage = "https://solver.org"
    url = "https://solver.org/new-solver-1.2.3.tar.gz"

    license("BSD-3-Clause")

    version("1.2.3", sha256="abababababababababababababababababababababababababababababababab")
    version(
        "1.0",
        sha256="abababababababababababababababababababababababababababababababab",
        url="https://solver.org/new-solver-1.0.tar.gz",
    )

    variant("gpu", default=False, description="gpu, as in the recipe")
    variant(
        "precision",
        default="single,double",
        values=("single", "double"),
        multi=True,
        description="precision, as in the recipe",
    )
    variant(
        "layout",
        default="aos",
        values=("aos",),
        multi=False,
        description="layout, as in the recipe",
    )

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("fortran", type="build")

    depends_on("plain@=2.0+shared", when="@=1.2.3", type=("link", "run"))
    depends_on("contexts@0.5:", when="@=1.2.3", type="build")
    depends_on("loops", when="@=1.2.3")
    depends_on("blas")
    depends_on("thing", when="@=1.2.3")

    resource(
        name="data-1",
        url="https://solver.org/data-1.tar.gz",
        sha256="cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        placement="resource-data-1",
        when="@=1.2.3",
    )

    patch(
        "https://solver.org/x.patch",
        sha256="efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef",
        level=0,
        when="@=1.2.3",
    )

    def cmake_args(self):
        if self.spec.satisfies("@=1.0"):
            return []
        return [
            "-DFAST=ON",
            "-DNAME=\"a b\"",
        ]
