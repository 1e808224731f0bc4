"""UnlabeledMatching: similarities to a queue of features of strangers (person_search)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.labeled_matching import CaffeStoredProducts as CaffeStoredProducts
from caffe2torch.layers.lazy import nn, torch


class UnlabeledMatching(Layer):
    """Products of features with a queue; each backward puts those with label -1 into it.

    Shape:    x (N, any), label (N, ...) -> (N, queue_size)
    Params:   queue_size [1000]
    Weights:  weight (queue_size, K), 0 at first and without a gradient; the place of the next
              entry is not stored, as in the fork
    Differs:  entries are stored in TRAIN whenever the layer is backpropagated; the fork also asks
              for an lr_mult that is not 0
    Raises:   ShapeError for a queue of 0, or if there is not one label an item
    Source:   Xiao et al., person search (2017); its unlabeled_matching_layer.cpp, as in MAF
              caffe-fast-rcnn/src/caffe/layers/unlabeled_matching_layer.cpp
    """

    type = "UnlabeledMatching"
    origin = "person_search"
    bottoms = 2
    no_gradient = {1: "holds labels"}
    param_field = "unlabeled_matching_param"
    examples = (
        Example("unlabeled_matching_param { queue_size: 3 }", bottoms=[(4, 5), (4,)], integer=(1,)),
    )

    def shapes(self, x: Site) -> list[Shape]:
        size, shape = x.param.unlabeled_matching_param.queue_size, x.shape(0, 1)
        if size < 1:
            raise ShapeError(
                f"is {size}, and must be 1 or more", field="unlabeled_matching_param.queue_size"
            )
        if math.prod(x.bottoms[1]) != shape[0]:
            raise ShapeError(f"{x.bottoms[1]} are no labels of {shape[0]} items", field="bottom")
        return [(shape[0], size)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        shape = (x.param.unlabeled_matching_param.queue_size, math.prod(x.bottoms[0][1:]))
        return {"weight": Blob(shape, learnable=False)}

    def code(self, x: Site) -> Code:
        size = math.prod(x.bottoms[0][1:])
        queue = x.param.unlabeled_matching_param.queue_size
        return Code(f"CaffeUnlabeledMatching({queue}, {size})")


class CaffeUnlabeledMatching(nn.Module):
    """Products of features (N, any) with a queue; `state` is the place of the next entry."""

    weight: torch.Tensor
    state: int = 0

    def __init__(self, queue: int, size: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(queue, size))

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        labels = label.detach().trunc().reshape(-1).tolist() if self.training else []

        def renew(features: torch.Tensor) -> None:
            for feature, at in zip(features, labels, strict=True):
                if at == -1:
                    self.weight[self.state] = feature
                    self.state = (self.state + 1) % len(self.weight)

        return CaffeStoredProducts.apply(
            x.flatten(1), self.weight, renew if self.training else None
        )
