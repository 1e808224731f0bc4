"""The pixels under a sliding window, by Conv with filters that pick one pixel each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from caffe2torch.convert.onnx.writer import Writer


def patches(
    w: Writer, value: str, channels: int, kernel: Sequence[int], stride: Sequence[int],
    pad: Sequence[int], dilation: Sequence[int],
) -> str:  # fmt: skip
    """(N, C, sizes) as (N, C · kernel sizes, output sizes)."""
    size = math.prod(kernel)
    picks = np.tile(np.eye(size).reshape(size, 1, *kernel), (channels, 1, *(1,) * len(kernel)))
    return str(
        w.op(
            "Conv",
            value,
            w.constant(picks),
            kernel_shape=list(kernel),
            strides=list(stride),
            pads=[*pad, *pad],
            dilations=list(dilation),
            group=channels,
        )
    )
