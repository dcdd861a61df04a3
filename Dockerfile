# An image that runs graft as a user without rights. Its context is the folder of the package:
#   tools/package deb && docker build -f Dockerfile -t graft build/packages
#   docker run --rm -v "$PWD:/work" graft run pipeline.yaml
# For GPUs too (larger by gigabytes): --build-arg LIBTORCH=--cuda, and docker run --gpus all.
# tools/try-package image runs these commands in a Debian of its own.
FROM debian:12-slim
ARG LIBTORCH=
COPY graft_*_amd64.deb /tmp/
RUN apt-get update && \
    apt-get install -y --no-install-recommends /tmp/graft_*_amd64.deb ca-certificates fonts-dejavu-core python3-pip && \
    /usr/lib/graft/share/graft/fetch-libtorch --in-tree $LIBTORCH && \
    apt-get purge -y --auto-remove python3-pip && \
    rm -rf /var/lib/apt/lists/* /tmp/graft_*_amd64.deb
RUN useradd --create-home --uid 1000 graft && mkdir /work && chown graft:graft /work
USER graft
WORKDIR /work
ENTRYPOINT ["graft"]
CMD ["--help"]
