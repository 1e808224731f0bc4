"""Pooling over any number of axes, with lists of sizes (C3D's forks, Intel's kernel_size_3d).

Source: yjxiong's caffe (2016) src/caffe/layers/pooling_layer.cpp, LayerSetUp and Reshape.
"""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._pool import AVE, MAX
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


def listed(x: Site) -> bool:
    """Whether a size of the window is a list; `kernel_size: [3, 3, 3]` reads as kernel_size_3d."""
    param = x.param.pooling_param
    return bool(param.kernel_size_3d or param.stride_3d or param.pad_3d)


def _sizes(x: Site, name: str, usual: int) -> Shape:
    """One number a spatial axis: the list, or a single number for all axes."""
    param, axes = x.param.pooling_param, len(x.bottoms[0]) - 2
    values = tuple(getattr(param, f"{name}_3d"))
    if not values:
        values = (getattr(param, name) if param.HasField(name) else usual,)
    if len(values) not in (1, axes) or (axes != 2 and param.HasField("kernel_h")):
        raise ShapeError(
            f"{name} {list(values)} for {axes} spatial axes",
            field=f"pooling_param.{name}",
            hint="write one number, or one per spatial axis",
        )
    return values * axes if len(values) == 1 else values


def window(x: Site) -> dict[str, Shape]:
    """Kernel, stride and pad, a number an axis. Raises ShapeError for what the forks refuse."""
    param, axes = x.param.pooling_param, len(x.bottoms[0]) - 2
    if param.pool not in (MAX, AVE) or x.n_tops > 1 or not 1 <= axes <= 3:
        raise UnsupportedError(
            "sizes in a list are for MAX and AVE over 1 to 3 axes, with one top",
            hint="pool the last two axes with kernel_h and kernel_w",
        )
    kernel = x.bottoms[0][2:] if param.global_pooling else _sizes(x, "kernel_size", 0)
    stride, pad = _sizes(x, "stride", 1), _sizes(x, "pad", 0)
    for name, bad in (
        ("kernel_size", not min(kernel)),
        ("stride", not min(stride)),
        ("pad", any(p >= k for p, k in zip(pad, kernel, strict=True))),
    ):
        if bad:
            what = f"kernel {kernel}, stride {stride} and pad {pad} do not go together"
            raise ShapeError(what, field=f"pooling_param.{name}", hint="pad is below the kernel")
    return {"kernel": kernel, "stride": stride, "pad": pad}


def shapes_nd(x: Site) -> list[Shape]:
    """(N, C, ...) -> (N, C, ...), each size rounded up as in two dimensions."""
    first, w = x.bottoms[0], window(x)
    out = tuple(sizes_nd(first[2:], **w))
    if min(out) < 1:
        raise ShapeError(
            f"a kernel of {w['kernel']} over {first[2:]} gives an output of {out}",
            field="pooling_param.kernel_size",
            hint="use a smaller kernel or a larger input",
        )
    return [(*first[:2], *out)]


def code_nd(x: Site) -> Code:
    """The source of MAX or AVE over all spatial axes; global pooling takes any size."""
    settings: dict[str, Any] = window(x)
    if x.param.pooling_param.global_pooling:
        settings["kernel"] = None
    return op(pool_nd, **settings, average=x.param.pooling_param.pool == AVE)


def cost_nd(x: Site, tops: list[Shape]) -> int:
    """Multiply-adds: one a value of each window."""
    return math.prod(tops[0]) * math.prod(window(x)["kernel"])


def sizes_nd(sizes: Any, kernel: Any, stride: Any, pad: Any) -> list[int]:
    """Output sizes, rounded up; where there is padding, no window starts outside the image."""
    out = []
    for size, k, s, p in zip(sizes, kernel, stride, pad, strict=True):
        n = -((k - size - 2 * p) // s) + 1
        out.append(n - 1 if p and (n - 1) * s >= size + p else n)
    return out


def pool_nd(x: torch.Tensor, kernel: Any, stride: Any, pad: Any, average: bool) -> torch.Tensor:
    """MAX or AVE of windows over all axes from 2 on; AVE divides by the window that is inside
    the padded image.
    """
    kernel = kernel or tuple(x.shape[2:])
    out = sizes_nd(x.shape[2:], kernel, stride, pad)
    edges = []
    for size, n, k, s, p in reversed(list(zip(x.shape[2:], out, kernel, stride, pad, strict=True))):
        edges += [p, (n - 1) * s + k - p - size]
    name = f"{'avg' if average else 'max'}_pool{len(kernel)}d"
    if not average:
        lowest = max(torch.finfo(x.dtype).min, -3.4028234663852886e38)  # −FLT_MAX
        return getattr(F, name)(F.pad(x, edges, value=lowest), kernel, stride)
    area = torch.ones((), device=x.device, dtype=x.dtype)
    for size, n, k, s, p in zip(x.shape[2:], out, kernel, stride, pad, strict=True):
        start = torch.arange(n, device=x.device) * s - p
        area = area.unsqueeze(-1) * ((start + k).clamp(max=size + p) - start)
    whole = 1
    for k in kernel:
        whole = whole * k
    return getattr(F, name)(F.pad(x, edges), kernel, stride) * (whole / area)
