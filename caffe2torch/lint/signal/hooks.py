"""Temporary table of moments by type, until the layer files have their `signal` methods."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph import Node
from caffe2torch.moments import join, linear, loss, normalize, pointwise, pooling
from caffe2torch.moments.base import Moments


def conv(node: Node) -> Moments:
    from caffe2torch.layers._window import window

    w = window(node.site)
    return linear.Linear(
        tuple(w.kernel), tuple(w.stride), tuple(w.pad), tuple(w.dilation),
        node.layer.group(node.site), node.type == "Deconvolution",
    )


def pool(node: Node) -> Moments:
    from caffe2torch.layers.pooling import AVE, read

    p = read(node.site)
    kind = pooling.AvePool if p.method == AVE else pooling.MaxPool
    if p.kernel is None:
        return kind()
    return kind(tuple(p.kernel), tuple(p.stride), tuple(p.pad))


def bn(node: Node) -> Moments:
    p = node.param.batch_norm_param
    frozen = p.use_global_stats if p.HasField("use_global_stats") else not node.site.train
    return normalize.BatchNorm(p.eps, frozen)


def lrn(node: Node) -> Moments:
    p = node.param.lrn_param
    within = p.norm_region == pb.LRNParameter.WITHIN_CHANNEL
    return normalize.LRN(p.local_size, p.alpha, p.beta, 1.0 if within else p.k, within)


def eltwise(node: Node) -> Moments:
    p = node.param.eltwise_param
    if p.operation == pb.EltwiseParameter.SUM:
        return join.Sum(tuple(p.coeff))
    return join.Product() if p.operation == pb.EltwiseParameter.PROD else join.Maximum()


def scale(node: Node) -> Moments:
    return join.Product() if len(node.bottoms) > 1 else linear.Gain()


def power(node: Node) -> Moments:
    p = node.param.power_param
    if p.power == 1:
        return pointwise.Affine(p.scale, p.shift)
    return pointwise.function(
        lambda x: np.abs(p.shift + p.scale * x) ** p.power,
        lambda x: p.power * p.scale * np.abs(p.shift + p.scale * x) ** (p.power - 1),
        False,
    )


TABLE: dict[str, Callable[[Node], Moments]] = {
    "Convolution": conv,
    "Deconvolution": conv,
    "InnerProduct": lambda n: linear.Linear(),
    "ReLU": lambda n: pointwise.relu(n.param.relu_param.negative_slope),
    "PReLU": lambda n: pointwise.relu(0.25),
    "Sigmoid": lambda n: pointwise.function(
        pointwise.sigmoid, lambda x: pointwise.sigmoid(x) * (1 - pointwise.sigmoid(x))
    ),
    "TanH": lambda n: pointwise.function(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "ELU": lambda n: pointwise.function(
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))),
    ),
    "Dropout": lambda n: pointwise.Dropout(n.param.dropout_param.dropout_ratio),
    "Power": power,
    "Pooling": pool,
    "BatchNorm": bn,
    "Scale": scale,
    "LRN": lrn,
    "Eltwise": eltwise,
    "Concat": lambda n: join.Concat(n.param.concat_param.axis),
    "Slice": lambda n: join.Copies(parts=True),
    "Split": lambda n: join.Copies(),
    "Flatten": lambda n: join.Reshape(),
    "Reshape": lambda n: join.Reshape(),
    "Permute": lambda n: join.Reshape(),
    "Crop": lambda n: join.Reshape(),
    "SoftmaxWithLoss": lambda n: loss.SoftmaxLoss(n.param.softmax_param.axis),
    "EuclideanLoss": lambda n: loss.SquaredLoss(),
    "SigmoidCrossEntropyLoss": lambda n: loss.SigmoidLoss(),
    "HingeLoss": lambda n: loss.HingeLoss(
        n.param.hinge_loss_param.norm == pb.HingeLossParameter.L2
    ),
    "MVN": lambda n: normalize.MVN(n.param.mvn_param.normalize_variance),
}
