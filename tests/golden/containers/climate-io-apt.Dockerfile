# Written by stackbridge; change its source rather than this file.
# climate-io: Debian's packages on debian:12.

FROM debian:12

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        cdo \
        hdf5-helpers \
        hdf5-tools \
        libeccodes-data \
        libeccodes-dev \
        libeccodes-tools \
        libhdf5-dev \
        libhdf5-openmpi-dev \
        libnetcdf-dev \
        libnetcdf-mpi-dev \
        libnetcdff-dev \
        libudunits2-dev \
        nco \
        netcdf-bin \
        udunits-bin \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --shell /bin/bash user
ENV LANG="C.UTF-8" \
    LC_ALL="C.UTF-8"
LABEL org.opencontainers.image.title="climate-io" \
      org.stackbridge.route="apt" \
      org.stackbridge.contents="netcdf-c=4.9.0 netcdf-fortran=4.5.4 hdf5=1.10.8 eccodes=2.28.0 cdo=2.1.1 nco=5.1.4 udunits=2.2.28" \
      maintainer="HPC support"
USER user
WORKDIR /home/user
CMD ["/bin/bash"]
