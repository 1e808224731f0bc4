"""Nets for the lint tests, as text: a chain of convolutions on the healthy folder's digits."""

from __future__ import annotations

DATA = """\
layer {{
  name: "digits"
  type: "Data"
  top: "data"
  top: "label"
  include {{ phase: {phase} }}
  transform_param {{
    scale: {scale}  # of 16 grey levels
    mean_file: "mean.binaryproto"
  }}
  data_param {{
    source: "digits_{db}_lmdb"
    backend: LMDB
    batch_size: {batch}
  }}
}}
"""
CONV = """\
layer {{
  name: "conv{i}"
  type: "Convolution"
  bottom: "{bottom}"
  top: "conv{i}"
  convolution_param {{
    num_output: {width}
    pad: 1
    kernel_size: 3
    {filler}
    bias_filler {{ type: "constant" value: {bias} }}
  }}
}}
{activation}"""
RELU = 'layer {{ name: "act{i}" type: "{kind}" bottom: "conv{i}" top: "conv{i}" }}\n'
TOP = """\
layer {{
  name: "score"
  type: "InnerProduct"
  bottom: "{bottom}"
  top: "score"
  inner_product_param {{ num_output: {classes} {filler} }}
}}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }}
layer {{
  name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy"
  include {{ phase: TEST }}
}}
"""


def weights(kind: str) -> str:
    """A weight_filler field; "" for none, or e.g. 'gaussian" std: 0.01' with its settings."""
    if not kind:
        return ""
    return (
        f'weight_filler {{ type: "{kind}" }}'
        if '"' not in kind
        else f'weight_filler {{ type: "{kind} }}'
    )


def chain(
    depth: int = 12,
    filler: str = "msra",
    *,
    last: str = "xavier",
    scale: float = 0.015625,
    width: int = 16,
    batch: int = 64,
    bias: float = 0.0,
    activation: str = "ReLU",
    classes: int = 10,
) -> str:
    """`depth` convolutions with an activation each, and an inner product."""
    text = 'name: "chain"  # keep me\n'
    text += DATA.format(phase="TRAIN", scale=scale, db="train", batch=batch)
    text += DATA.format(phase="TEST", scale=scale, db="test", batch=60)
    bottom = "data"
    for i in range(1, depth + 1):
        act = RELU.format(i=i, kind=activation) if activation else ""
        text += CONV.format(
            i=i, bottom=bottom, width=width, filler=weights(filler), bias=bias, activation=act
        )
        bottom = f"conv{i}"
    return text + TOP.format(bottom=bottom, classes=classes, filler=weights(last))


DEAD = chain(14, "xavier", scale=0.02)
"""Fourteen layers through which no signal comes."""
