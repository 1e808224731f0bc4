"""Is a net made for pretrained weights? Nobody writes the command line into a prototxt.

Fillers are written for what is new, so a body without any below a head with some is a net to be
fine-tuned, as are frozen layers without a filler, which from scratch would stay 0.
"""

from __future__ import annotations

from typing import Any

from caffe2torch import caffe_pb2 as pb

PARAMS = {"Convolution": "convolution_param", "InnerProduct": "inner_product_param"}
LEAST = 5
"""Layers without a filler below one that has some, from which on it is hardly an oversight."""


def awaited(layers: list[pb.LayerParameter], alone: bool) -> bool:
    """Whether most hidden layers have no filler, and the rest of the net shows that it is meant.

    alone: there is no solver that says what the net starts from: no filler is evidence enough
    """
    weighted = [layer for layer in layers if layer.type in PARAMS]
    body = weighted[:-1]
    bare = [layer for layer in body if not _filled(layer)]
    if 2 * len(bare) <= len(body):
        return False
    head = len(bare) >= LEAST and _filled(weighted[-1])
    frozen = any(layer.param and layer.param[0].lr_mult == 0 for layer in bare)
    stored = any(layer.batch_norm_param.use_global_stats for layer in layers)
    return head or frozen or stored or alone


def _filled(layer: pb.LayerParameter) -> bool:
    param: Any = getattr(layer, PARAMS[layer.type])
    return bool(param.HasField("weight_filler"))
