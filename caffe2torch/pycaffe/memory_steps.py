"""Layers that compute nothing and share memory: Split, Flatten, Reshape, Silence, Parameter.

Source: Caffe src/caffe/layers/split_layer.cpp, flatten_layer.cpp, reshape_layer.cpp,
concat_layer.cpp and slice_layer.cpp (of a single blob), silence_layer.cpp, parameter_layer.hpp
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from caffe2torch.graph.model import Node
from caffe2torch.layers.base import DiffMemory
from caffe2torch.pycaffe.blob import Blob
from caffe2torch.pycaffe.steps import Step


class SplitStep(Step):
    """One blob under several names; backward adds up their gradients, whoever wrote them."""

    def reshape(self) -> None:
        for top in self.tops:
            top.resize(self.bottoms[0].shape)

    def forward(self) -> None:
        for top in self.tops:
            top.share_data(self.bottoms[0])

    def backward(self) -> None:
        if not self.node.bottom_need_backward[0]:
            return
        total = self.tops[0].diff_tensor().clone()
        for top in self.tops[1:]:
            if top.touched:
                total += top.diff_tensor()
        self.bottoms[0].put_diff(total)


class FlattenStep(Step):
    """The bottom in another shape: its values after forward, its gradient after backward."""

    def reshape(self) -> None:
        if self.moved():
            site = replace(self.node.site, bottoms=list(self.shapes))
            for top, shape in zip(self.tops, self.node.layer.shapes(site), strict=True):
                top.resize(tuple(shape))

    def forward(self) -> None:
        self.tops[0].share_data(self.bottoms[0])

    def backward(self) -> None:
        self.bottoms[0].share_diff(self.tops[0])


class ReshapeStep(FlattenStep):
    """Reshape, and Concat and Slice of one: top and bottom share both memories from the start.

    Where a Flatten behind it lets the top take another gradient, the bottom does not see it: in
    Caffe, too, no gradient passes a Reshape that is followed by a Flatten.
    """

    def reshape(self) -> None:
        super().reshape()
        for top in self.tops:
            top.share_data(self.bottoms[0])
            top.share_diff(self.bottoms[0])

    def backward(self) -> None:
        """Nothing: the gradient is already there."""


class SilenceStep(Step):
    """Takes blobs and makes nothing of them; their gradient is 0."""

    def backward(self) -> None:
        for blob, need in zip(self.bottoms, self.node.bottom_need_backward, strict=True):
            if need:
                blob.diff[...] = 0


class ParameterStep(Step):
    """A weight as a blob: one memory for both, values and gradient."""

    def attach(self, blobs: Sequence[Blob]) -> None:
        """Use this blob as parameter and as top."""
        self.blobs[:] = blobs
        self.refresh(0)

    def refresh(self, index: int) -> None:
        """Let the top see the present memory of the parameter."""
        self.tops[0].share_data(self.blobs[0])
        self.tops[0].share_diff(self.blobs[0])

    def backward(self) -> None:
        """Nothing: the gradient is already there. Source: parameter_layer.hpp."""


def sharing(node: Node) -> type[Step] | None:
    """Return the step of a layer that hands on its bottom's memory, None for any other."""
    if not node.layer.shares_bottom(node.site):
        return None
    if node.type == "Split":
        return SplitStep
    moved = node.layer.diff_memory(node.site) == DiffMemory.MOVED
    return FlattenStep if moved else ReshapeStep
