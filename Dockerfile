# c2t in a container, which reads and writes what is mounted at /work:
#   docker build -t caffe2torch .
#   docker run --rm -v "$PWD:/work" --user "$(id -u):$(id -g)" caffe2torch lint solver.prototxt
# PyTorch brings the libraries of CUDA along, for --gpus all. For an image without them, hand pip
# the CPU index that PyTorch's installation page names, besides its own:
#   docker build --build-arg PIP_ARGS="--extra-index-url ..." -t caffe2torch:cpu .
ARG BASE=python:3.12-slim
FROM ${BASE}

ARG PIP_ARGS=""
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY caffe2torch ./caffe2torch
# hadolint ignore=DL3013,SC2086
RUN pip install --no-cache-dir -c constraints.txt ${PIP_ARGS} ".[onnx]" \
    && useradd --create-home c2t \
    && install --directory --owner=c2t /work

USER c2t
WORKDIR /work
ENTRYPOINT ["c2t"]
CMD ["--help"]
