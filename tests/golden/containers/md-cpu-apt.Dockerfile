# Written by stackbridge; change its source rather than this file.
# md-cpu: Debian's packages on debian:12.

FROM debian:12

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        gromacs \
        gromacs-data \
        libfftw3-bin \
        libfftw3-dev \
        libfftw3-mpi-dev \
        libopenmpi-dev \
        openmpi-bin \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --shell /bin/bash user
ENV LANG="C.UTF-8" \
    LC_ALL="C.UTF-8" \
    OMPI_MCA_plm_rsh_agent="sh"
LABEL org.opencontainers.image.title="md-cpu" \
      org.opencontainers.image.description="Molecular dynamics on CPUs: GROMACS with MPI." \
      org.stackbridge.route="apt" \
      org.stackbridge.contents="gromacs=2022.5 openmpi=4.1.4 fftw=3.3.10"
USER user
WORKDIR /home/user
CMD ["/bin/bash"]
