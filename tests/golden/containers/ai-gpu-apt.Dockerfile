# Written by stackbridge; change its source rather than this file.
# ai-gpu: Debian's packages on debian:12.

FROM debian:12

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        gromacs \
        gromacs-data \
        libmpich-dev \
        mpich \
        openmpi-bin \
        python3-torch \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --shell /bin/bash user
ENV LANG="C.UTF-8" \
    LC_ALL="C.UTF-8" \
    OMPI_MCA_plm_rsh_agent="sh"
LABEL org.opencontainers.image.title="ai-gpu" \
      org.stackbridge.route="apt" \
      org.stackbridge.contents="py-torch=1.13.1 mpich=4.0.2 gromacs=2022.5"
USER user
WORKDIR /home/user
CMD ["python3"]
