"""The prototxt and the weights of a net, from files or from memory, and a digest of both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.format import schema
from caffe2torch.format.upgrade import Net, net_from_message, parse_net, read_net

Given = Any
"""A path, or the content of a file: bytes, bytearray, memoryview or an array of uint8."""
CHUNK = 1 << 24


@dataclass(frozen=True)
class Source:
    """What a net is read from; `weights` is None for the first values of the net's fillers."""

    prototxt: Given
    weights: Given = None

    def net(self) -> Net:
        """The net in the present format. Raises: C2TError; OSError."""
        if is_path(self.prototxt):
            return read_net(self.prototxt).filled()
        data = bytes(self.prototxt)
        if schema.is_text(data):
            return parse_net(schema.decode(data, "the prototxt"), "").filled()
        message = schema.parse_binary(data, "NetParameter", "the net")
        assert isinstance(message, pb.NetParameter)
        return net_from_message(message).filled()

    @contextmanager
    def weights_path(self) -> Iterator[Path | None]:
        """A file of the weights, for as long as the block runs."""
        if self.weights is None or is_path(self.weights):
            yield None if self.weights is None else Path(self.weights)
            return
        with TemporaryDirectory() as folder:
            path = Path(folder, "buffer.caffemodel")
            path.write_bytes(bytes(self.weights))
            yield path

    @cached_property
    def digest(self) -> str:
        """Of the content of both. Raises: OSError."""
        total = blake2b(digest_size=16)
        for given in (self.prototxt, self.weights):
            part = blake2b(digest_size=16)
            for chunk in _chunks(given):
                part.update(chunk)
            total.update(part.digest())
        return total.hexdigest()


def is_path(given: Given) -> bool:
    """Whether what was given names a file."""
    return isinstance(given, str | os.PathLike)


def _chunks(given: Given) -> Iterator[bytes]:
    if given is None:
        return
    if not is_path(given):
        yield bytes(given)
        return
    with inputs.opened(given) as file:
        while chunk := file.read(CHUNK):
            yield chunk
