"""Layers that bring data into a net: from the program, from records, from fillers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from caffe2torch.errors import GraphError
from caffe2torch.graph.model import Node
from caffe2torch.pycaffe.blob import Array, Blob
from caffe2torch.pycaffe.steps import Step


class InputStep(Step):
    """Blobs that the program fills."""


class FeedStep(Step):
    """A layer that reads records: each forward fills the tops with the next batch."""

    def __init__(
        self, node: Node, bottoms: list[Blob], tops: list[Blob], batch: Callable[[], list[Array]]
    ) -> None:
        super().__init__(node, bottoms, tops)
        self.batch = batch

    def forward(self) -> None:
        for top, array in zip(self.tops, self.batch(), strict=True):
            top.put(torch.from_numpy(np.ascontiguousarray(array, np.float32)))


class DummyStep(Step):
    """DummyData: constant tops are written once, others at each forward.

    Source: Caffe src/caffe/layers/dummy_data_layer.cpp
    """

    def __init__(self, node: Node, bottoms: list[Blob], tops: list[Blob]) -> None:
        super().__init__(node, bottoms, tops)
        from caffe2torch import caffe_pb2 as pb

        given = list(node.param.dummy_data_param.data_filler) or [pb.FillerParameter()]
        self.fillers = given * len(tops) if len(given) == 1 else given
        for i in range(len(tops)):
            self._fill(i)

    def _fill(self, index: int) -> None:
        from caffe2torch import fillers

        blob = self.tops[index]
        values = torch.empty(blob.shape)
        fillers.fill(values, self.fillers[index], torch.default_generator)
        blob.data[...] = values.numpy()

    def forward(self) -> None:
        for i, filler in enumerate(self.fillers):
            if filler.type != "constant":
                self._fill(i)


class MemoryDataStep(Step):
    """MemoryData: batches out of the program's own arrays, which are not copied.

    Source: Caffe src/caffe/layers/memory_data_layer.cpp (Reset, Forward_cpu)
    """

    def __init__(self, node: Node, bottoms: list[Blob], tops: list[Blob]) -> None:
        super().__init__(node, bottoms, tops)
        self.arrays: tuple[Array, ...] = ()
        self.at = 0

    def give(self, data: Array, labels: Array) -> None:
        """Take the arrays that the next forwards go through, again and again."""
        self.arrays, self.at = (data, labels), 0

    def forward(self) -> None:
        if not self.arrays:
            raise GraphError(
                f'layer "{self.node.name}" (MemoryData) has no data',
                hint="call net.set_input_arrays(data, labels) before forward",
            )
        n = self.node.param.memory_data_param.batch_size
        self.tops[1].resize((n, 1, 1, 1))  # set-up made it (n); every forward does this
        for top, array in zip(self.tops, self.arrays, strict=True):
            top.data_memory.fix(array[self.at : self.at + n].reshape(-1))
        self.at = (self.at + n) % len(self.arrays[0])
