"""Pairs that anyone in the field knows, written down by hand, against the shipped catalog."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stackbridge.catalog.lookup import Catalog

# EasyBuild's name = Spack's name
SPACK = """
GCC=gcc GCCcore=gcc binutils=binutils LLVM=llvm Clang=llvm NVHPC=nvhpc intel-compilers=intel-oneapi-compilers
imkl=intel-oneapi-mkl impi=intel-oneapi-mpi OpenMPI=openmpi MPICH=mpich UCX=ucx UCX-CUDA=ucx UCC=ucc UCC-CUDA=ucc
libfabric=libfabric PMIx=pmix PRRTE=prrte hwloc=hwloc numactl=numactl libevent=libevent OpenBLAS=openblas BLIS=blis
FlexiBLAS=flexiblas ScaLAPACK=netlib-scalapack LAPACK=netlib-lapack FFTW=fftw FFTW.MPI=fftw HDF5=hdf5 netCDF=netcdf-c
netCDF-Fortran=netcdf-fortran netCDF-C++4=netcdf-cxx4 PnetCDF=parallel-netcdf ADIOS2=adios2 Boost=boost Boost.MPI=boost
Boost.Python=boost Eigen=eigen GSL=gsl GMP=gmp MPFR=mpfr MPC=mpc METIS=metis ParMETIS=parmetis SCOTCH=scotch
PETSc=petsc SLEPc=slepc Hypre=hypre MUMPS=mumps SuperLU=superlu SuperLU_DIST=superlu-dist SuiteSparse=suite-sparse
Trilinos=trilinos SUNDIALS=sundials ELPA=elpa Kokkos=kokkos MAGMA=magma CUDA=cuda cuDNN=cudnn NCCL=nccl GDRCopy=gdrcopy
cuTENSOR=cutensor GROMACS=gromacs LAMMPS=lammps NAMD=namd CP2K=cp2k QuantumESPRESSO=quantum-espresso VASP=vasp
NWChem=nwchem ABINIT=abinit Siesta=siesta OpenFOAM=openfoam WRF=wrf OpenMM=openmm PLUMED=plumed Amber=amber
Python=python Perl=perl R=r Ruby=ruby Rust=rust Go=go Julia=julia Lua=lua Java=openjdk Tcl=tcl Tk=tk nodejs=node-js
CMake=cmake make=gmake Ninja=ninja Meson=meson Autoconf=autoconf Automake=automake libtool=libtool M4=m4 Bison=bison
flex=flex pkgconf=pkgconf gettext=gettext ncurses=ncurses libreadline=readline zlib=zlib bzip2=bzip2 XZ=xz zstd=zstd
lz4=lz4 Szip=libszip libaec=libaec cURL=curl OpenSSL=openssl libxml2=libxml2 libxslt=libxslt expat=expat SQLite=sqlite
PCRE=pcre PCRE2=pcre2 libffi=libffi libpng=libpng libjpeg-turbo=libjpeg-turbo LibTIFF=libtiff freetype=freetype
fontconfig=fontconfig cairo=cairo Pango=pango HarfBuzz=harfbuzz GLib=glib Tkinter=python Qt5=qt Mesa=mesa
ParaView=paraview VTK=vtk VisIt=visit gnuplot=gnuplot Graphviz=graphviz Doxygen=doxygen ImageMagick=imagemagick
Ghostscript=ghostscript FFmpeg=ffmpeg GEOS=geos GDAL=gdal PROJ=proj UDUNITS=udunits CDO=cdo NCO=nco ESMF=esmf
ecCodes=eccodes CGAL=cgal Voro++=voropp DB=berkeley-db ICU=icu4c ZeroMQ=libzmq libsodium=libsodium
BLAST+=blast-plus BWA=bwa SAMtools=samtools BCFtools=bcftools HTSlib=htslib STAR=star Bowtie2=bowtie2 HMMER=hmmer
MAFFT=mafft RAxML=raxml IQ-TREE=iq-tree FastQC=fastqc Trimmomatic=trimmomatic BEDTools=bedtools2 GATK=gatk
Nextflow=nextflow snakemake=snakemake SPAdes=spades Kraken2=kraken2 Salmon=salmon
TensorFlow=py-tensorflow PyTorch=py-torch Horovod=py-horovod scikit-learn=py-scikit-learn matplotlib=py-matplotlib
h5py=py-h5py mpi4py=py-mpi4py numba=py-numba netcdf4-python=py-netcdf4 Cython=py-cython PyYAML=py-pyyaml
pybind11=py-pybind11 networkx=py-networkx ASE=py-ase dask=py-dask xarray=py-xarray protobuf=protobuf
protobuf-python=py-protobuf JupyterLab=py-jupyterlab wxPython=py-wxpython PyTables=py-tables python-igraph=py-igraph
igraph=igraph Valgrind=valgrind GDB=gdb Score-P=scorep Scalasca=scalasca CubeLib=cubelib CubeWriter=cubew OTF2=otf2
OPARI2=opari2 Extrae=extrae PAPI=papi ReFrame=reframe EasyBuild=easybuild OSU-Micro-Benchmarks=osu-micro-benchmarks
HPL=hpl IOR=ior IMB=intel-mpi-benchmarks Git=git Subversion=subversion tmux=tmux Vim=vim Emacs=emacs parallel=parallel
Singularity=singularityce tbb=intel-tbb VTune=intel-oneapi-vtune CHARM++=charmpp Xerces-C++=xerces-c
CFITSIO=cfitsio Geant4=geant4 ROOT=root FastJet=fastjet HepMC3=hepmc3 PYTHIA=pythia8 DFTB+=dftbplus
libxc=libxc libint=libint libxsmm=libxsmm Libint=libint spglib-python=py-spglib Wannier90=wannier90
"""

# EasyBuild's extension = Spack's name
EXTENSIONS = """
numpy=py-numpy scipy=py-scipy pandas=py-pandas ggplot2=r-ggplot2 data.table=r-data-table Rcpp=r-rcpp dplyr=r-dplyr
igraph=r-igraph Biobase=r-biobase DESeq2=r-deseq2 limma=r-limma requests=py-requests setuptools=py-setuptools
XML::LibXML=perl-xml-libxml JSON=perl-json DBI=perl-dbi Moose=perl-moose cryptography=py-cryptography
"""

# EasyBuild's name = Guix's name
GUIX = """
FFTW.MPI=fftw-openmpi HDF5=hdf5 OpenMPI=openmpi Boost.MPI=boost-mpi GROMACS=gromacs ZeroMQ=zeromq PnetCDF=pnetcdf
netCDF=netcdf OpenBLAS=openblas ScaLAPACK=scalapack LAPACK=lapack PyTorch=python-pytorch GTK3=gtk+ GStreamer=gstreamer
nodejs=node Java=openjdk make=make GCCcore=gcc Clang=clang mpi4py=python-mpi4py matplotlib=python-matplotlib DB=bdb
R=r-minimal PETSc=petsc-openmpi MUMPS=mumps-openmpi SuiteSparse=suitesparse BLAST+=blast+ igraph=igraph
"""

# EasyBuild's name = Debian's source or binary package
DEBIAN = """
FFTW=fftw3 FFTW.MPI=libfftw3-mpi-dev HDF5=libhdf5-dev HDF5=libhdf5-openmpi-dev OpenMPI=libopenmpi-dev netCDF=libnetcdf-dev
netCDF-Fortran=libnetcdff-dev netCDF-C++4=libnetcdf-c++4-dev OpenBLAS=libopenblas-dev ScaLAPACK=scalapack GSL=libgsl-dev
Boost=libboost-all-dev ZeroMQ=libzmq3-dev PETSc=petsc-dev GROMACS=gromacs LAMMPS=lammps CMake=cmake Python=python3.13
R=r-base-core Perl=perl zlib=zlib1g-dev make=make GCCcore=gcc-14 Java=openjdk-21-jdk matplotlib=python3-matplotlib
PyTorch=python3-torch scikit-learn=python3-sklearn mpi4py=python3-mpi4py cURL=libcurl4-openssl-dev OpenSSL=libssl-dev
"""

# These are not the same, however much they look it.
NOT = """
easybuild:STAR spack:star-ccm-plus|easybuild:igraph spack:r-igraph|easybuild:igraph spack:py-igraph
easybuild:python-igraph spack:igraph|easybuild:python-igraph spack:r-igraph|easybuild:parallel spack:r-parallelly
easybuild:parallel guix:python-parallel|easybuild:parallel guix:ghc-parallel|easybuild:Julia spack:r-juliacall
easybuild:basemap_data spack:py-basemap|easybuild:AMS spack:ams|easybuild:FoX spack:fox|easybuild:GHOST spack:ghost
easybuild:GapFiller spack:gapfiller|easybuild:Hydra spack:hydra|easybuild:Hydra guix:hydra|easybuild:CTPL spack:ctpl
easybuild:Netgen spack:netgen|easybuild:Spectre spack:spectre|easybuild:gappa guix:gappa|easybuild:tdlib guix:tdlib
easybuild:LIME guix:lime|easybuild:LSD2 spack:lsd|easybuild:MAGIC guix:magic|easybuild:MAGIC spack:r-magic
easybuild:king debian:king|easybuild:MUSCLE3 debian:muscle3|easybuild:EMD debian:emd|easybuild:sisl debian:sisl
easybuild:worker debian:worker|easybuild:mgen debian:mgen|easybuild:GLIMPSE debian:glimpse|easybuild:GEM debian:gem
easybuild:Alfred debian:alfred|easybuild:CRYSTAL debian:crystal|easybuild:Ray-project spack:ray|easybuild:HiGHS spack:py-highspy
easybuild:protobuf spack:py-protobuf|easybuild:protobuf-python spack:protobuf|easybuild:netCDF spack:netcdf-fortran
easybuild:netCDF spack:py-netcdf4|easybuild:Boost spack:py-boost-histogram|easybuild:OSMesa spack:mesa
easybuild:make debian:make-doc|easybuild:HDF5 spack:py-h5py|easybuild:HDF5 spack:hdf|easybuild:HDF spack:hdf5
easybuild:PCRE spack:pcre2|easybuild:PCRE2 spack:pcre|easybuild:Bowtie spack:bowtie2|easybuild:Bowtie2 spack:bowtie
easybuild:libxc spack:py-pylibxc|easybuild:METIS spack:parmetis|easybuild:SuperLU spack:superlu-dist|easybuild:ICU spack:py-pyicu
easybuild:OpenMPI spack:mpich|easybuild:MPICH spack:mvapich2|easybuild:OpenBLAS spack:netlib-lapack|easybuild:xxHash spack:py-xxhash
easybuild:python-xxhash spack:xxhash|easybuild:Python spack:py-pip|easybuild:R spack:r-rcpp|easybuild:CUDA spack:py-cuda-core
easybuild:GTK4 spack:gtkplus|easybuild:Qt6 spack:qt|easybuild:Qt5 spack:qt-base|easybuild:zlib spack:zlib-ng
easybuild:zlib-ng spack:zlib|easybuild:libjpeg-turbo spack:libjpeg|easybuild:sonic guix:sonic|easybuild:half spack:libhalf
guix:python-orderedset spack:py-ordered-set|debian:python-orderedset spack:py-ordered-set|easybuild:Flux spack:flux
easybuild:KrakenTools spack:kraken2|easybuild:MotionCor3 spack:motioncor2|easybuild:NAG spack:nag|easybuild:IMAGE debian:rust-image
"""


def rows(text: str) -> Iterator[tuple[str, str]]:
    for word in text.split():
        name, _, other = word.partition("=")
        yield name, other


def nots() -> Iterator[tuple[str, str, str, str]]:
    for item in NOT.replace("\n", "|").split("|"):
        if item.strip():
            left, right = item.split()
            yield (*left.split(":", 1), *right.split(":", 1))  # type: ignore[misc]


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    with Catalog.open() as opened:
        yield opened


def everywhere(
    catalog: Catalog, name: str, source: str, target: str, *, software: bool = True
) -> set[str]:
    names: set[str] = set()
    for match in catalog.search(name, source):
        if software and match.kind == "extension":
            continue
        for other in match.identity.names.get(target, ()):
            names.add(other.name)
            names.update(binary.name for binary in other.binaries)
    return names


@pytest.mark.parametrize(("name", "other"), list(rows(SPACK)))
def test_easybuild_and_spack(catalog: Catalog, name: str, other: str) -> None:
    identity = catalog.find(name, "easybuild")
    assert identity is not None
    assert identity.key == other
    assert other in {n.name for n in identity.names["spack"]}


@pytest.mark.parametrize(("name", "other"), list(rows(EXTENSIONS)))
def test_extensions_and_spack(catalog: Catalog, name: str, other: str) -> None:
    assert other in everywhere(catalog, name, "easybuild", "spack", software=False)


@pytest.mark.parametrize(("name", "other"), list(rows(GUIX)))
def test_easybuild_and_guix(catalog: Catalog, name: str, other: str) -> None:
    assert other in everywhere(catalog, name, "easybuild", "guix")


@pytest.mark.parametrize(("name", "other"), list(rows(DEBIAN)))
def test_easybuild_and_debian(catalog: Catalog, name: str, other: str) -> None:
    assert other in everywhere(catalog, name, "easybuild", "debian")


@pytest.mark.parametrize(("source", "name", "target", "other"), list(nots()))
def test_not_the_same(catalog: Catalog, source: str, name: str, target: str, other: str) -> None:
    assert other not in everywhere(catalog, name, source, target)


def test_the_list_is_long_enough() -> None:
    pairs = [*rows(SPACK), *rows(EXTENSIONS), *rows(GUIX), *rows(DEBIAN)]
    assert len(pairs) > 250
    assert len(list(nots())) >= 60
