"""ReverseTime: each stream's steps in reverse order, up to its length (caffe's RNN forks)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class ReverseTime(Layer):
    """The first lengths[n] steps of stream n in reverse order.

    Shape:    x (T, N, ...), lengths (N,) -> same as x
    Params:   copy_remaining [false]: the steps behind stay; else they are 0
    Weights:  none
    Differs:  without copy_remaining the fork leaves the steps behind as the memory was
    Raises:   ShapeError if there is not one length a stream
    Source:   Graves and Schmidhuber, Framewise phoneme classification with bidirectional LSTM
              (2005); caffe_train src/caffe/layers/reverse_time_layer.cpp
    """

    type = "ReverseTime"
    origin = "caffe_train"
    bottoms = 2
    roles = frozenset({Role.RESHAPING})
    no_gradient = {1: "holds lengths"}
    param_field = "reverse_time_param"
    examples = (
        Example("", bottoms=[(4, 3, 2), (3,)], integer=(1,), classes=5),
        Example(
            "reverse_time_param { copy_remaining: true }",
            bottoms=[(4, 3), (3,)], integer=(1,), classes=5,
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms[0]) < 2 or x.bottoms[1] != x.bottoms[0][1:2]:
            raise ShapeError(
                f"takes (T, N, ...) and lengths (N,), got {x.bottoms[0]} and {x.bottoms[1]}",
                field="bottom",
            )
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return op(reverse_time, keep=x.param.reverse_time_param.copy_remaining)


def reverse_time(x: torch.Tensor, lengths: torch.Tensor, keep: bool) -> torch.Tensor:
    """The steps of (T, N, ...) in reverse order, up to each stream's length."""
    step = torch.arange(len(x), device=x.device)[:, None]
    length = lengths.detach().long().clamp(0, len(x))[None]
    behind = step >= length
    source = torch.where(behind, step, length - 1 - step)
    shape = (*source.shape, *(1,) * (x.dim() - 2))
    y = x.gather(0, source.reshape(shape).expand_as(x))
    return y if keep else y.masked_fill(behind.reshape(shape), 0)
