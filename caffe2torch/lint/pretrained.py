"""Is a net made for pretrained weights? Nobody writes the command line into a prototxt.

Fillers are written for what is new, so a body without any below a head with some is a net to be
fine-tuned, as are frozen layers without a filler, which from scratch would stay 0.
"""

from __future__ import annotations

from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.layers.base import Role

LEAST = 5
"""Layers without a filler below one that has some, from which on it is hardly an oversight."""


def awaited(net: list[pb.LayerParameter], alone: bool) -> bool:
    """Whether most hidden layers have no filler, and the rest of the net shows that it is meant.

    alone: there is no solver that says what the net starts from: no filler is evidence enough
    """
    weighted = [layer for layer in net if _weighted(layer)]
    body = weighted[:-1]
    bare = [layer for layer in body if not _filled(layer)]
    if 2 * len(bare) <= len(body):
        return False
    head = len(bare) >= LEAST and _filled(weighted[-1])
    frozen = any(layer.param and layer.param[0].lr_mult == 0 for layer in bare)
    stored = any(layer.batch_norm_param.use_global_stats for layer in net)
    return head or frozen or stored or alone


def _filled(layer: pb.LayerParameter) -> bool:
    param: Any = getattr(layer, layers.chosen(layer).param_field)
    return bool(param.HasField("weight_filler"))


def _weighted(layer: pb.LayerParameter) -> bool:
    """Whether it has weights that somebody trains; Deconvolutions are often left to upsample."""
    kind = layers.known(layer)
    return kind is not None and kind.plays(Role.WEIGHTS) and kind.type != "Deconvolution"
