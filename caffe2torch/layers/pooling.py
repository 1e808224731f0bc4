"""Pooling: maximum, average or a random element of each window."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._pool import AVE, MAX, MIN, STOCHASTIC, Pool, read
from caffe2torch.layers._pool_nd import code_nd, cost_nd, listed, shapes_nd
from caffe2torch.layers._window import same
from caffe2torch.layers.base import Count, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, nn, torch


class Pooling(Layer):
    """The maximum or average of each window, or (STOCHASTIC) an element drawn by its value.

    Shape:    x (N, C, H, W) -> (N, C, H', W'), H' = (H + 2·pad − kernel) / stride + 1 rounded up;
              with padding, a last window that would start outside the image is dropped.
              MAX may have a second top: the position of the maximum in its plane, row · W + column
    Params:   pool [MAX]; kernel_size or kernel_h, kernel_w; stride [1]; pad [0];
              global_pooling [false]; round_mode [CEIL]. Lists (of forks), such as
              kernel_size_3d, or kernel_size once an axis, pool 1 to 3 axes from axis 2 on
    Weights:  none
    Differs:  MAX of a window with NaN is NaN, where Caffe's passes NaN over; the gradient of a
              window wholly outside goes nowhere, where Caffe writes it in front of the plane. As
              Caffe's, AVE divides by the window clipped to the padded image, and a window wholly
              outside gives −3.4e38 (MAX) or 0 over its negative area (AVE).
              STOCHASTIC computes what Caffe's GPU code does; its CPU code refuses to run
    Raises:   ShapeError for sizes that do not fit; UnsupportedError for lists where they do not
    Source:   Caffe src/caffe/layers/pooling_layer.cpp and pooling_layer.cu
    """

    type = "Pooling"
    tops = (1, 2)
    keeps_output = False
    roles = frozenset({Role.POOLING})
    homogeneous = True
    mode = "pool"
    param_field = "pooling_param"
    examples = (
        Example("pooling_param { kernel_size: 3 stride: 2 }", bottoms=[(2, 3, 8, 7)]),
        Example(
            "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }", bottoms=[(2, 3, 8, 7)]
        ),
        Example("pooling_param { pool: AVE global_pooling: true }", bottoms=[(2, 3, 4, 5)]),
        Example("pooling_param { kernel_size: 2 stride: 2 }", bottoms=[(2, 3, 5, 4)], tops=2),
        Example("pooling_param { kernel_size: 3 pad: 2 stride: 2 }", bottoms=[(2, 3, 6, 5)]),
        Example(
            "pooling_param { pool: STOCHASTIC kernel_size: 3 stride: 2 }",
            bottoms=[(2, 3, 6, 5)],
            phase="TEST",
            low=0.1,
        ),
        Example(
            "pooling_param { kernel_size_3d: [1, 2, 3] stride: 2 pad_3d: [0, 1, 1] }",
            bottoms=[(2, 3, 4, 5, 6)],
        ),
    )

    def counts(self, x: Site) -> tuple[Count, Count]:
        return 1, (1, 2 if x.param.pooling_param.pool == MAX else 1)

    def shapes(self, x: Site) -> list[Shape]:
        if listed(x):
            return shapes_nd(x)
        pool = read(x)
        n, c, *sizes = x.bottoms[0]
        kernel = pool.kernel or (sizes[0], sizes[1])
        out = tuple(pooled_sizes(sizes, kernel, pool.stride, pool.pad, pool.ceil))
        if min(out) < 1:
            raise ShapeError(
                f"a kernel of {kernel[0]}×{kernel[1]} over {sizes[0]}×{sizes[1]} pixels with pad "
                f"{pool.pad} gives an output of {out}",
                field="pooling_param.kernel_size",
                hint="use a smaller kernel or a larger input",
            )
        return [(n, c, *out)] * x.n_tops

    def linear(self, x: Site) -> bool:
        return bool(x.param.pooling_param.pool == AVE)

    def remembers(self, x: Site, tops: list[Shape], backward: bool) -> int:
        places = backward and x.param.pooling_param.pool == MAX
        return 8 * math.prod(tops[0]) if places else 0

    def code(self, x: Site) -> Code:
        if listed(x):
            return code_nd(x)
        pool = read(x)
        if x.n_tops == 2:
            return _helped(max_pool, pool, mask=True)
        if pool.method == STOCHASTIC:
            settings = ", ".join(f"{k}={v}" for k, v in pool.settings().items() if k != "pad")
            return Code(f"CaffeStochasticPool({settings})")
        if pool.method == MIN:
            return _helped(min_pool, pool, max_pool)
        if pool.kernel is None:
            return Code(
                "nn.AdaptiveMaxPool2d(1)" if pool.method == MAX else "nn.AdaptiveAvgPool2d(1)"
            )
        if pool.has_twin():
            return Code(_twin(x, pool))
        return _helped(max_pool if pool.method == MAX else ave_pool, pool)

    def signal(self, x: Site) -> Moments | None:
        from caffe2torch.moments.pooling import AvePool, MaxPool

        if listed(x):
            return None
        pool = read(x)
        kind = AvePool if pool.method in (AVE, STOCHASTIC) else MaxPool
        return kind(pool.kernel, pool.stride, pool.pad) if pool.kernel else kind()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        if listed(x):
            return cost_nd(x, tops)
        kernel = read(x).kernel or x.bottoms[0][2:]
        return math.prod(tops[0]) * math.prod(kernel)


def _helped(function: Any, pool: Pool, *more: Any, **settings: Any) -> Code:
    return op(function, **pool.settings(), **settings)


def _twin(x: Site, pool: Pool) -> str:
    """nn.MaxPool2d or nn.AvgPool2d."""
    assert pool.kernel is not None
    items = [str(same(pool.kernel)), f"stride={same(pool.stride)}"]
    if any(pool.pad):
        items.append(f"padding={same(pool.pad)}")
    if pool.ceil:
        items.append("ceil_mode=True")
    if pool.method == AVE and any(pool.pad) and not x.param.pooling_param.avg_include_pad:
        items.append("count_include_pad=False")
    return f"nn.{'MaxPool2d' if pool.method == MAX else 'AvgPool2d'}({', '.join(items)})"


def pooled_sizes(sizes: Any, kernel: Any, stride: Any, pad: Any, ceil: bool) -> list[int]:
    """Output sizes; with padding, a last window that starts outside the image is dropped."""
    out = []
    for size, k, s, p in zip(sizes, kernel, stride, pad, strict=True):
        n = (size + 2 * p - k + (s - 1 if ceil else 0)) // s + 1
        out.append(n - 1 if any(pad) and (n - 1) * s >= size + p else n)
    return out


def fit_windows(
    x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool, value: float
) -> torch.Tensor:
    """Pad (or crop) the image so that all windows that Caffe takes lie inside it."""
    out = pooled_sizes(x.shape[2:], kernel, stride, pad, ceil)
    rows = zip(x.shape[2:], out, kernel, stride, pad, strict=True)
    after = [(n - 1) * s + k - p - size for size, n, k, s, p in rows]
    return F.pad(x, (pad[1], after[1], pad[0], after[0]), value=value)


def max_pool(
    x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool, mask: bool = False
) -> Any:
    """Caffe's MAX pooling for any sizes; with `mask` also the position of each maximum (or −1)."""
    size = tuple(kernel or x.shape[2:])
    lowest = max(torch.finfo(x.dtype).min, -3.4028234663852886e38)  # −FLT_MAX
    fitted = fit_windows(x, size, stride, pad, ceil, lowest)
    if not mask:
        return F.max_pool2d(fitted, size, stride)
    y, index = F.max_pool2d(fitted, size, stride, return_indices=True)
    row, column = index // fitted.shape[3] - pad[0], index % fitted.shape[3] - pad[1]
    inside = (row >= 0) & (row < x.shape[2]) & (column >= 0) & (column < x.shape[3])
    return y, torch.where(inside, row * x.shape[3] + column, -1).to(x.dtype)


def min_pool(x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool) -> torch.Tensor:
    """The smallest element of each window, which some forks add to `pool`."""
    return -max_pool(-x, kernel, stride, pad, ceil)


def ave_pool(x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool) -> torch.Tensor:
    """Caffe's AVE pooling for any sizes: the sum over the window clipped to the padded image."""
    size = tuple(kernel or x.shape[2:])
    sums = F.avg_pool2d(
        fit_windows(x, size, stride, pad, ceil, 0.0), size, stride, divisor_override=1
    )
    area = torch.ones((), device=x.device, dtype=x.dtype)
    for i in range(2):
        start = torch.arange(sums.shape[2 + i], device=x.device) * stride[i] - pad[i]
        end = (start + size[i]).clamp(max=x.shape[2 + i] + pad[i])
        area = area.unsqueeze(-1) * (end - start)
    return sums / area


class CaffeStochasticPool(nn.Module):
    """An element of each window, drawn with probability by value; its expectation in eval mode.

    Zeiler and Fergus 2013. x must not be negative.
    """

    def __init__(self, kernel: Any, stride: Any, ceil: bool = True) -> None:
        super().__init__()
        self.kernel, self.stride, self.ceil = kernel, stride, ceil

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel = self.kernel or x.shape[2:]
        fitted = fit_windows(x, kernel, self.stride, (0, 0), self.ceil, 0.0)
        rows = fitted.unfold(2, kernel[0], self.stride[0])
        window = rows.unfold(3, kernel[1], self.stride[1]).flatten(4)
        if self.training:
            total = window.cumsum(-1)
            threshold = torch.rand_like(total[..., -1:]) * total[..., -1:]
            drawn = (total >= threshold).to(torch.uint8).argmax(-1, keepdim=True)
            return window.gather(-1, drawn).squeeze(-1)
        total = window.sum(-1)
        positive = total > 0
        mean = window.square().sum(-1) / torch.where(positive, total, 1.0)
        return torch.where(positive, mean, 0.0)
