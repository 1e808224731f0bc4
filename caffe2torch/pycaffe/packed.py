"""Convolutions of nets that only run forward, in NHWC, on filters that are packed once.

torch's own convolution packs its filters at every call. The operator behind torch.compile takes
packed ones, and a ReLU that it applies before it stores. Values are those of the plain operator up
to the order of additions. Without oneDNN, or without the operator, nothing is packed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from caffe2torch.pycaffe.blob import BlobVec, Memory


class PackedConvolution:
    """A two-dimensional convolution of a layer whose first blob holds the filters.

    Filters are packed again when a program may have changed them, or the bottom has a new shape.
    """

    def __init__(self, module: nn.Conv2d, blobs: BlobVec) -> None:
        self.module, self.blobs = module, blobs
        self.arguments = module.padding, module.stride, module.dilation, module.groups
        self.filters: Tensor | None = None
        self.key: tuple[Memory, int, torch.Size] | None = None

    @classmethod
    def fits(cls, module: Any) -> bool:
        """Whether a layer's module is such a convolution, and this torch can pack its filters."""
        return type(module) is nn.Conv2d and hasattr(torch.ops.mkldnn, "_convolution_pointwise")

    def plain(self, x: Tensor) -> Tensor:
        """x (N, C, H, W) -> (N, num_output, H', W'), in NHWC."""
        return self._convolve(x, "none")

    def rectified(self, x: Tensor) -> Tensor:
        """max(plain(x), 0)."""
        return self._convolve(x, "relu")

    def _convolve(self, x: Tensor, after: str) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        filters, bias = self._packed(x.shape), self.module.bias
        top: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x, filters, bias, *self.arguments, after, [], ""
        )
        return top

    def _packed(self, shape: torch.Size) -> Tensor:
        memory = self.blobs[0].data_memory
        key = memory, memory.looks, shape
        if self.filters is None or key != self.key or memory.leased():
            self.filters, self.key = self._pack(shape), key
        return self.filters

    def _pack(self, shape: torch.Size) -> Tensor:
        plain = self.module.weight.detach().to_mkldnn()
        filters: Tensor = torch.ops.aten.mkldnn_reorder_conv2d_weight(plain, *self.arguments, shape)
        return filters
