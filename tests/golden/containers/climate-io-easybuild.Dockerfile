# Written by stackbridge; change its source rather than this file.
# climate-io: built by EasyBuild 5.4.1 on debian:12.

FROM debian:12 AS easybuild

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        build-essential \
        bzip2 \
        ca-certificates \
        curl \
        file \
        git \
        libibverbs-dev \
        libssl-dev \
        lmod \
        patch \
        python3 \
        python3-venv \
        rsync \
        unzip \
        xz-utils \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/easybuild \
 && /opt/easybuild/bin/pip install --no-cache-dir --disable-pip-version-check easybuild==5.4.1 PyYAML==6.0.2
RUN useradd --create-home --shell /bin/bash builder \
 && install -d -o builder -g builder /opt/software
COPY ["easystack.yaml", "/opt/stack/easystack.yaml"]
COPY ["easyconfigs", "/opt/stack/easyconfigs"]
ENV PATH="/opt/easybuild/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    LMOD_CMD="/usr/share/lmod/lmod/libexec/lmod" \
    EASYBUILD_MODULES_TOOL="Lmod" \
    EASYBUILD_PREFIX="/home/builder/.local/easybuild" \
    EASYBUILD_INSTALLPATH="/opt/software" \
    EASYBUILD_BUILDPATH="/tmp/easybuild" \
    LANG="C.UTF-8"
USER builder
WORKDIR /home/builder

FROM easybuild AS build

# Once you accept the licenses, set here: ACCEPT_EULA_FOR=CUDA
ARG ACCEPT_EULA_FOR=""
ENV EASYBUILD_OPTARCH="GENERIC"
RUN eb --easystack /opt/stack/easystack.yaml --robot=/opt/stack/easyconfigs ${ACCEPT_EULA_FOR:+"--accept-eula-for=$(echo "$ACCEPT_EULA_FOR" | tr " " ",")"}

FROM debian:12

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates \
        libc6-dev \
        libibverbs1 \
        libssl3 \
        lmod \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --shell /bin/bash user
COPY --from=build ["/opt/software", "/opt/software"]
ENV LANG="C.UTF-8" \
    LC_ALL="C.UTF-8" \
    MODULEPATH="/opt/software/modules/all" \
    BASH_ENV="/etc/profile.d/lmod.sh"
LABEL org.opencontainers.image.title="climate-io" \
      org.stackbridge.route="easybuild" \
      maintainer="HPC support"
USER user
WORKDIR /home/user
CMD ["/bin/bash", "-l"]
