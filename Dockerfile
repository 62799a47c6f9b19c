# A server of one detector:
#   docker build --tag multibox .
#   docker run --read-only --tmpfs /tmp --publish 8080:8080 --volume "$PWD/detector.onnx:/models/detector.onnx:ro" multibox

FROM swift:6.3.1-bookworm AS build
# Python unpacks OpenVINO; the development packages are those that Scripts/bootstrap would install.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
    dpkg-dev file fonts-dejavu-core g++ git libcairo2-dev libexif-dev libgif-dev libgloo-dev libheif-dev libjpeg-dev \
    libpng-dev libtiff-dev libwebp-dev libxml2-dev libxxhash-dev libzip-dev make patchelf pkg-config python3-pip \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /multibox
COPY . .
RUN make package

FROM debian:bookworm-slim
# The packages of Debian that it depends on come with it.
# hadolint ignore=DL3008
RUN --mount=from=build,source=/multibox/.build/packages,target=/packages \
  apt-get update \
  && apt-get install --yes --no-install-recommends /packages/multibox_*.deb \
  && rm -rf /var/lib/apt/lists/*
USER 65534:65534
EXPOSE 8080
# Bash opens the connection: the image has no curl, and needs none.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /v2/health/ready HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["multibox", "serve", "--host", "0.0.0.0", "--port", "8080"]
CMD ["--model", "/models/detector.onnx"]
