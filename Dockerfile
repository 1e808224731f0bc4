# c2t in a container. For CUDA give a CUDA runtime image of Python and PyTorch's CUDA index:
#   docker build --build-arg BASE=... --build-arg PIP_ARGS="--index-url ..." -t caffe2torch .
ARG BASE=python:3.12-slim
FROM ${BASE}

ARG PIP_ARGS=""
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY caffe2torch ./caffe2torch
# hadolint ignore=DL3013,SC2086
RUN pip install --no-cache-dir -c constraints.txt ${PIP_ARGS} ".[onnx]" \
    && useradd --create-home c2t

USER c2t
WORKDIR /work
ENTRYPOINT ["c2t"]
CMD ["--help"]
